"""What the workloads of a run say, as observations to fit the factors to."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt
from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.plan import Demand
from seatrial.sizing.speed.fit import Observation, spread
from seatrial.sizing.speed.work import Batch, arrival_terms, step_terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatrial.domain.coefficients import Coefficients
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Layout
    from seatrial.sizing.speed.operating import Replica
    from seatrial.verbs.calibration.steps import Decoding, Steps, Waiting


@dataclass(frozen=True, slots=True)
class Cell:
    """One workload of a run: its traffic, what was measured of `n` requests (means), and the steps it tells of.

    `users` is None for open arrivals (`rate_per_s`), which tell of steps but not of how users who come together
    wait. `cached_tokens`: of each prompt, found in the engine's cache.
    """

    name: str
    input_tokens: float
    output_tokens: float
    users: int | None
    rate_per_s: float | None
    cv: float
    ttft_s: float
    tpot_s: float
    output_tokens_per_s: float
    cached_tokens: float
    n: int
    steps: Steps

    @property
    def lengths(self) -> tuple[int, int]:
        """Tokens of a prompt and an answer, to a twentieth: what is left out of a fit together."""
        return round(20 * log(self.input_tokens)), round(20 * log(self.output_tokens))

    @property
    def demand(self) -> Demand:
        return Demand(
            self.input_tokens, self.output_tokens, rate_per_s=self.rate_per_s, concurrency=self.users, cv=self.cv
        )


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of a server: what it serves, how it is set up, and the factors expected of it."""

    model: Model
    layout: Layout
    step: Coefficients
    first: Coefficients


def step_rows(server: Server, cell: Cell) -> list[Observation]:
    """The cell's steps as observations that weigh as much as one of each kind together."""
    decoding, waiting = cell.steps.decoding, cell.steps.waiting
    found = [_observed(server, _decode_terms(server, each), each.seconds, 1 / len(decoding)) for each in decoding]
    found += [_observed(server, _wait_terms(server, each), each.seconds, 1 / len(waiting)) for each in waiting]
    return found


def _observed(server: Server, terms: Mapping[str, float], seconds: float, weight: float) -> Observation:
    return Observation(terms, seconds, server.model.family, server.layout.gpu.name, weight)


def _decode_terms(server: Server, step: Decoding) -> dict[str, float]:
    return step_terms(server.model, server.layout, Batch(step.sequences, step.context_tokens))


def _wait_terms(server: Server, wait: Waiting) -> dict[str, float]:
    """Of all steps of the wait, each with an even share of what was done."""
    tokens = sum(wait.prompts)
    steps = max(float(wait.steps), tokens / server.layout.max_num_batched_tokens)
    attended = sum(new * (context - new / 2) for new, context in zip(wait.prompts, wait.contexts, strict=True))
    batch = Batch(wait.decoded / steps, wait.decoded_context, tokens / steps, attended / tokens)
    terms = {name: s * steps for name, s in step_terms(server.model, server.layout, batch).items()}
    return terms | (arrival_terms(sum(wait.contexts) / len(wait.contexts)) if wait.idle else {})


def noise_of(rows: Sequence[Observation], fitted: Coefficients) -> float:
    """What steps that are alike differ by: log-spread around the median of those that are predicted alike."""
    alike: dict[float, list[float]] = {}
    for row in rows:
        predicted = fitted.seconds(row.terms)
        alike.setdefault(round(log(predicted), 1), []).append(log(row.seconds / predicted))
    return spread([off - float(np.median(offs)) for offs in alike.values() if len(offs) > 2 for off in offs])


def waiting_row(cell: Cell, alone: Replica) -> Observation | None:
    """What a user of a closed loop waits before the first token, beyond the own prompt, and why.

    None where there are no others, where they wait for a slot, and where nobody waited. Its error counts as a share
    of TTFT, not of the part of it that is waited.
    """
    if cell.users is None or not 1 < cell.users <= alone.slots:
        return None
    others = cell.users - 1.0
    prefill = alone.prefill_s(others)
    waited = cell.ttft_s - prefill - alone.arrival_s
    if waited <= 0:
        return None
    terms = {
        "bunching": prefill * sqrt(others),
        "lockstep": prefill * others * others / cell.users if cell.cv == 0.0 else 0.0,
        "running": cell.tpot_s,
    }
    weight = (waited / cell.ttft_s) ** 2
    return Observation(terms, waited, alone.model.family, alone.layout.gpu.name, weight)
