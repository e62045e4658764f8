"""Fitting the two forms of vLLM's speed to rows of a closed loop: `step` (TPOT) and `first` (TTFT)."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from bench.scoreboard.observe import Loop, prompt_observation, token_observation

from seatrial.domain.coefficients import Coefficients
from seatrial.domain.plan import Demand
from seatrial.sizing.memory.vllm import vllm_memory_of
from seatrial.sizing.speed.fit import fit
from seatrial.sizing.speed.priors import FIRST, STEP_VLLM

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.scoreboard.rows import Row

    from seatrial.domain.model import Model
    from seatrial.domain.plan import Layout, Memory
    from seatrial.sizing.speed.fit import Observation

TPOT, TTFT = "TPOT", "TTFT"
ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Load:
    """One row of a closed loop: so many users, who ask again as soon as they are answered."""

    row: Row
    model: Model
    layout: Layout
    family: str
    users: int
    input_tokens: int
    output_tokens: int

    @property
    def demand(self) -> Demand:
        return Demand(float(self.input_tokens), float(self.output_tokens), concurrency=self.users)

    @property
    def memory(self) -> Memory:
        return vllm_memory_of(self.model, self.layout, self.demand)

    @property
    def together(self) -> float:
        """Sequences decoded together: the users, as far as there is room."""
        return min(float(self.users), self.memory.resident_requests)

    @property
    def loop(self) -> Loop:
        lengths = float(self.input_tokens), float(self.output_tokens)
        return Loop(self.model, self.layout, float(self.users), self.together, *lengths, self.family)

    @property
    def queues(self) -> bool:
        return self.users > self.memory.resident_requests

    @property
    def seconds(self) -> float:
        return self.row.value / 1e3


def fit_speed(loads: Sequence[Load]) -> tuple[Coefficients, Coefficients]:
    """The forms `step` and `first` fitted to those rows; TTFT only where nobody waits for a slot.

    How many prompts a user waits for before the first token (`first`) says how many come after it (`step`): fitted
    in turns, from what is expected of any engine.
    """
    _, first = expected()
    for _ in range(ROUNDS):
        step = fit("step", "vllm", [_token(load, first) for load in loads if load.row.quantity == TPOT], STEP_VLLM)
        prompts = [_prompt(load, step, first) for load in loads if load.row.quantity == TTFT and not load.queues]
        first = fit("first", "vllm", prompts, FIRST)
    return step, first


def log_errors(loads: Iterable[Load], step: Coefficients, first: Coefficients) -> dict[str, list[float]]:
    """ln(predicted / measured) of rows, by the form that predicts them. For rows the forms were not fitted to."""
    errors: dict[str, list[float]] = {"step": [], "first": []}
    for load in loads:
        if load.row.quantity == TPOT:
            errors["step"].append(log(step.seconds(_token(load, first).terms) / load.seconds))
        elif not load.queues:
            errors["first"].append(log(first.seconds(_prompt(load, step, first).terms) / load.seconds))
    return errors


def expected() -> tuple[Coefficients, Coefficients]:
    """`step` and `first` before any row was seen: the priors."""
    step, first = (tuple(prior.values.items()) for prior in (STEP_VLLM, FIRST))
    return Coefficients("vllm", "step", step, 0.0, 0), Coefficients("vllm", "first", first, 0.0, 0)


def _token(load: Load, first: Coefficients) -> Observation:
    return token_observation(load.loop, load.seconds, first)


def _prompt(load: Load, step: Coefficients, first: Coefficients) -> Observation:
    return prompt_observation(load.loop, load.seconds, step, first)
