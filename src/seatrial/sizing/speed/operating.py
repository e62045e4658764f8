"""One replica at its operating point: how many sequences it decodes together, and how long each part takes.

closed loop  as many sequences as users, up to what slots and cache hold; the others wait for a slot
open loop    sequences = rate x output tokens x TPOT(sequences), the smallest solution (Little's law)
TTFT         arrival + rest of the running step + prompts before it + a slot + its own prompt
TPOT         a step, and the prompts that others bring between the first and the last token

In a closed loop everyone waits once for the prompt of each of the others: before the first token, because both came
back together, or after it. What TTFT has of them TPOT has not, and E2E does not depend on which.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import TYPE_CHECKING

from seatrial.sizing.speed.queueing import Z95, Wait, prompts_before, tail, wait_for_server, wait_for_slot
from seatrial.sizing.speed.work import Batch, arrival_terms, prompt_terms, step_terms, token_terms

if TYPE_CHECKING:
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Demand, Layout, Memory
    from seatrial.sizing.speed.fitted import Fitted
    from seatrial.sizing.speed.work import Terms

ROUNDS = 20
CLOSE = 1e-3
FOREVER = Wait(inf, inf)


@dataclass(frozen=True, slots=True)
class Point:
    """Means of one request in seconds, with `sequences` decoded together. `wait` is all of TTFT but `prefill_s`."""

    sequences: float
    tpot_s: float
    tpot_p95_s: float
    prefill_s: float
    wait: Wait
    utilization: float
    capacity_per_s: float

    @property
    def ttft_s(self) -> float:
        return self.prefill_s + self.wait.mean_s

    @property
    def ttft_p95_s(self) -> float:
        return self.prefill_s + self.wait.p95_s


@dataclass(frozen=True, slots=True)
class Replica:
    """One of `replicas` that share `demand` evenly, if every step takes `slower` times what is predicted."""

    model: Model
    layout: Layout
    memory: Memory
    demand: Demand
    fitted: Fitted
    replicas: int
    slower: float = 1.0

    @property
    def slots(self) -> int:
        """Sequences there is room for."""
        return max(1, int(min(self.memory.resident_requests, self.layout.max_num_seqs)))

    @property
    def users(self) -> float:
        """Its share of a closed loop's users, at least one."""
        return max(1.0, (self.demand.concurrency or 1) / self.replicas)

    @property
    def later_tokens(self) -> float:
        """Tokens after the first."""
        return max(self.demand.output_tokens - 1.0, 0.0)

    @property
    def cached_tokens(self) -> float:
        """Tokens that all prompts begin with and the engine keeps (a chat template's), as a calibration saw it."""
        return self.fitted.first.get("cached")

    def terms_of_token(self, sequences: float) -> Terms:
        """Seconds per term between two tokens, with `sequences` decoded together (at least the one itself)."""
        return token_terms(
            self.model,
            self.layout,
            max(sequences, 1.0),
            self.demand.input_tokens,
            self.demand.output_tokens,
            prompts=self.prompts_between(sequences),
            cached_tokens=self.cached_tokens,
        )

    def terms_of_prompt(self, sequences: float) -> Terms:
        """Seconds per term of a prompt, while `sequences` are decoded."""
        return prompt_terms(
            self.model, self.layout, self.demand.input_tokens, sequences, cached_tokens=self.cached_tokens
        )

    def tpot_s(self, sequences: float) -> float:
        return self.fitted.step.seconds(self.terms_of_token(sequences)) * self.slower

    def prompts_between(self, sequences: float) -> float:
        """How many prompts of others are processed between the first and the last token of one answer."""
        if self.demand.rate_per_s is not None:
            return sequences * self.later_tokens / max(self.demand.output_tokens, 1.0)
        return max(0.0, sequences - 1.0 - self._prompts_before(sequences))

    def _prompts_before(self, sequences: float) -> float:
        return prompts_before(self.fitted.first, sequences, one_length=self.demand.cv == 0.0)

    def prefill_s(self, sequences: float) -> float:
        """From a prompt's turn to its first token, while `sequences` are decoded."""
        own = self.fitted.step.seconds(self.terms_of_prompt(sequences))
        return self.fitted.first.get("prefill") * own * self.slower

    @property
    def arrival_s(self) -> float:
        """Before its turn, whoever else is there."""
        return self.fitted.first.seconds(arrival_terms(self.demand.input_tokens))

    @property
    def capacity_per_s(self) -> float:
        """Requests a second with every slot taken, and never more than prompts that steps have room for."""
        answered = self.slots / (self.tpot_s(self.slots) * self.later_tokens + self.prefill_s(0.0))
        return min(answered, 1.0 / self.prompt_share_s)

    @property
    def prompt_share_s(self) -> float:
        """What one prompt takes of the engine where prompts come one upon the other.

        Steps are then full of prompts (`max_num_batched_tokens`) and short ones share a step; `prefill_s` is that
        of a prompt alone, with the whole step that it rides in.
        """
        new, step = max(1.0, self.demand.input_tokens - self.cached_tokens), self.layout.max_num_batched_tokens
        full = Batch(0.0, 0.0, float(step), self.demand.input_tokens - new / 2)
        seconds = self.fitted.step.seconds(step_terms(self.model, self.layout, full))
        return self.fitted.first.get("prefill") * seconds * new / step * self.slower

    def point(self, capacity_per_s: float | None = None) -> Point:
        """Where it settles; its capacity need not be worked out again where it is known."""
        capacity = self.capacity_per_s if capacity_per_s is None else capacity_per_s
        if self.demand.rate_per_s is None:
            return self._closed(capacity)
        return self._open(self.demand.rate_per_s / self.replicas, capacity)

    def _closed(self, capacity_per_s: float) -> Point:
        sequences = min(self.users, self.slots)
        tpot, prefill = self.tpot_s(sequences), self.prefill_s(max(sequences - 1.0, 0.0))
        bunched = prefill * self._prompts_before(sequences)
        running = self.fitted.first.get("running") * tpot if sequences > 1 else 0.0
        held = prefill + bunched + running + tpot * self.later_tokens
        before = self.arrival_s + held * (self.users - sequences) / sequences
        served = min(1.0, sequences / held / capacity_per_s)
        wait = Wait(before + running + bunched, before + running + 2.0 * bunched)
        return Point(sequences, tpot, tpot, prefill, wait, served, capacity_per_s)

    def _open(self, rate_per_s: float, capacity_per_s: float) -> Point:
        load = rate_per_s / capacity_per_s
        sequences = self._together(rate_per_s) if load < 1.0 else float(self.slots)
        tpot, prefill = self.tpot_s(sequences), self.prefill_s(sequences)
        crowded = self.tpot_s(min(float(self.slots), sequences + Z95 * sqrt(sequences)))
        wait = self._wait(rate_per_s, sequences, tpot, prefill) if load < 1.0 else FOREVER
        return Point(sequences, tpot, crowded, prefill, wait, load, capacity_per_s)

    def _wait(self, rate_per_s: float, sequences: float, tpot_s: float, prefill_s: float) -> Wait:
        running = self.fitted.first.get("running") * tpot_s * min(1.0, sequences)
        try:
            prompts = wait_for_server(rate_per_s, self.prompt_share_s, self.demand.cv)
            slot = wait_for_slot(rate_per_s, prefill_s + tpot_s * self.later_tokens, self.slots)
        except ValueError:
            return FOREVER
        longer = prefill_s * (tail(self.demand.cv) - 1.0)
        return Wait(
            self.arrival_s + running + prompts.mean_s + slot.mean_s,
            self.arrival_s + running + max(prompts.p95_s, longer) + slot.p95_s,
        )

    def _together(self, rate_per_s: float) -> float:
        """The smallest n with n = rate x output tokens x TPOT(n), by Newton steps within a bracket.

        They start below: TPOT may bend upwards, and a second, larger solution is no operating point.
        """
        asked = rate_per_s * self.demand.output_tokens
        sequences = min(asked * self.tpot_s(1.0), float(self.slots))
        low, high = 0.0, float(self.slots)
        for _ in range(ROUNDS):
            needed = asked * self.tpot_s(sequences)
            if abs(needed - sequences) <= CLOSE * needed:
                break
            low, high = (sequences, high) if needed > sequences else (low, sequences)
            slope = (asked * self.tpot_s(sequences * (1.0 + CLOSE)) - needed) / (sequences * CLOSE)
            newton = sequences + (needed - sequences) / (1.0 - slope) if slope < 1.0 else high
            sequences = newton if low < newton < high else (low + high) / 2.0
        return sequences
