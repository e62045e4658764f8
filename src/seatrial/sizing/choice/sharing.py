"""How a demand is shared: the speed of one of several replicas, and where replicas stand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.sizing.speed.fitted import coefficients_for
from seatrial.sizing.speed.predict import speed_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.plan import Layout, Memory, Speed
    from seatrial.sizing.choice.question import Question
    from seatrial.sizing.speed.fitted import Fitted


def predictor(question: Question, layout: Layout, memory: Memory) -> Callable[[int], Speed]:
    """The speed of one of so many replicas; raises Overloaded."""
    fitted = slowed(coefficients_for(layout, question.calibrations), 1 / question.speed_factor)
    return lambda replicas: speed_of(question.model, layout, memory, question.demand, fitted, replicas)


def slowed(fitted: Fitted, factor: float) -> Fitted:
    """Every predicted time `factor` times as long; a prompt is a step too."""
    if factor == 1.0:
        return fitted
    step = replace(fitted.step, values=tuple((term, value * factor) for term, value in fitted.step.values))
    return replace(fitted, step=step)


def spread(question: Question, needed: int) -> tuple[tuple[int, ...], int]:
    """Replicas per region so that `needed` are left when one region is lost and, in each, `spare` replicas fail."""
    regions = question.sites
    if regions <= 1:
        return (needed + question.spare,), needed
    each = math.ceil(needed / (regions - 1))
    return (each + question.spare,) * regions, each * (regions - 1)
