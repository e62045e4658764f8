"""A measured closed loop as rows for a fit: TPOT by the terms of a step, TTFT by what a prompt waits for."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from seatrial.sizing.speed.fit import Observation
from seatrial.sizing.speed.queueing import prompts_before
from seatrial.sizing.speed.work import arrival_terms, prompt_terms, token_terms

if TYPE_CHECKING:
    from seatrial.domain.coefficients import Coefficients
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Layout


@dataclass(frozen=True, slots=True)
class Loop:
    """`users` who ask again when answered, `sequences` of them served together; prompts of one length."""

    model: Model
    layout: Layout
    users: float
    sequences: float
    input_tokens: float
    output_tokens: float
    family: str = ""

    @property
    def others(self) -> float:
        return max(self.sequences - 1.0, 0.0)


def token_observation(loop: Loop, tpot_s: float, first: Coefficients, weight: float = 1.0) -> Observation:
    """TPOT as a step and the prompts of others after the first token; `first` says how many come before it."""
    return Observation(_token_terms(loop, first), tpot_s, loop.family, loop.layout.gpu.name, weight)


def prompt_observation(
    loop: Loop, ttft_s: float, step: Coefficients, first: Coefficients, weight: float = 1.0
) -> Observation:
    """TTFT of a loop in which nobody waits for a slot, by the factors of `step`; `first` as for TPOT."""
    own = step.seconds(prompt_terms(loop.model, loop.layout, loop.input_tokens, loop.others))
    terms = {
        "prefill": own,
        "bunching": own * sqrt(loop.others),
        "lockstep": own * loop.others**2 / max(loop.sequences, 1.0),
        "running": step.seconds(_token_terms(loop, first)) if loop.others else 0.0,
        **arrival_terms(loop.input_tokens),
    }
    return Observation(terms, ttft_s, loop.family, loop.layout.gpu.name, weight)


def _token_terms(loop: Loop, first: Coefficients) -> dict[str, float]:
    after = max(0.0, loop.others - prompts_before(first, loop.sequences, one_length=True))
    return token_terms(
        loop.model, loop.layout, loop.sequences, loop.input_tokens, loop.output_tokens, prompts=after
    )
