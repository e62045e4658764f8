"""On what a candidate is preferred, as clauses with their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.units import significant
from seatrial.words import joined, ranged, ratio_told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatrial.domain.values import Estimate
    from seatrial.stats.choice.criteria import Criterion
    from seatrial.stats.choice.heat import Heat

_GOOD = {"speed": "speed", "cost": "cost", "quality": "share of right answers"}
NOTHING = "completed nothing"


def clause(heat: Heat, subject: str, best: str, rivals: Sequence[str]) -> str:
    """`over the 9 ... it made ...`, `it costs 1.2 [1.1, 1.3] USD per million output tokens, b 2.4 [...]`."""
    if len(heat.criteria) > 1:
        return _mixed(heat, subject, best, rivals)
    (criterion,) = heat.criteria
    if criterion.contest is not None:
        return f"{criterion.contest.where} {subject} {criterion.contest.what}"
    own, form = "answers {} of the questions right", percent
    if criterion.name == "cost":
        own, form = "costs {} USD per million output tokens", usd
    first, *rest = (form(criterion.scores[name]) for name in (best, *rivals))
    shown = [f"{name} {score}" for name, score in zip(rivals, rest, strict=True)]
    return ", ".join([f"{subject} {own.format(first)}", *shown])


def _mixed(heat: Heat, subject: str, best: str, rivals: Sequence[str]) -> str:
    told = joined(_as_good(heat, best, name) for name in rivals)
    return f"weighing {weighing(heat.weights)}, {subject} is {told}"


def _as_good(heat: Heat, one: str, other: str) -> str:
    if heat.did_nothing(other):
        return f"ahead of {other}, which {NOTHING}"
    return f"{times(heat.lead(one, other))} times as good as {other} ({_parts(heat, one, other)})"


def _parts(heat: Heat, one: str, other: str) -> str:
    return ", ".join(_ratio(criterion, one, other) for criterion in heat.criteria)


def weighing(weights: Mapping[str, float]) -> str:
    """`speed 2 and cost 1`; a single wish has no weight."""
    if len(weights) == 1:
        return next(iter(weights))
    return joined(f"{name} {weight:g}" for name, weight in weights.items())


def compared(heat: Heat, one: str, other: str) -> str:
    """`is 1.21 [1.17, 1.26] times as fast as b, in "concurrency-8"`."""
    if heat.did_nothing(one):
        return NOTHING
    if len(heat.criteria) > 1 or heat.did_nothing(other):
        return f"is {_as_good(heat, one, other)}"
    (criterion,) = heat.criteria
    if criterion.name == "cost":
        return f"costs {times(criterion.leads[other, one])} times as much per token as {other}"
    if criterion.name == "quality":
        return f"has {times(criterion.leads[one, other])} times the right answers of {other}"
    where = f", {criterion.contest.where}" if criterion.contest else ""
    return f"is {times(criterion.leads[one, other])} times as fast as {other}{where}"


def _ratio(criterion: Criterion, one: str, other: str) -> str:
    """`1.21 [1.17, 1.26] times the speed`: of `one` to `other`; of costs it is the cost's own."""
    lead = criterion.leads[other, one] if criterion.name == "cost" else criterion.leads[one, other]
    return f"{times(lead)} times the {_GOOD[criterion.name]}"


def times(lead: Estimate) -> str:
    return ratio_told(lead.value, lead.low, lead.high)


def usd(estimate: Estimate) -> str:
    return ranged(estimate.value, estimate.low, estimate.high, significant)


def percent(estimate: Estimate) -> str:
    return ranged(estimate.value, estimate.low, estimate.high, lambda share: significant(100 * share), " %")
