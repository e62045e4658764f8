"""The objectives held against a prediction: met, missed, and whether that is sure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.report.plan import words
from seatrial.sizing.choice.objectives import predicted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.plan import Demand, Speed
    from seatrial.domain.values import Range


class Judged(NamedTuple):
    """An objective and what is predicted of it; `met` at the middle, None where nothing is predicted.

    `sure`: the whole 80 % interval is on the same side of the limit.
    """

    key: str
    name: str
    limit: float
    found: Range | None
    met: bool | None
    sure: bool


def judged(demand: Demand, speed: Speed | None) -> Iterator[Judged]:
    """Every objective of the demand's SLO in its order."""
    for objective in demand.slo.objectives:
        found = None if speed is None else predicted(objective.metric, objective.stat, speed)
        name = words.objective(objective.metric, objective.stat)
        if found is None:
            yield Judged(objective.key, name, objective.limit, None, None, sure=False)
        else:
            met = found.value <= objective.limit
            end = found.high if met else found.low
            yield Judged(objective.key, name, objective.limit, found, met, (end <= objective.limit) == met)


def told(found: Judged) -> str:
    """`TPOT p95 at most 60 ms: met at the middle of the prediction, not at its slow end (66 ms)`."""
    limit = f"{found.name} at most {words.of_limit(found.limit)}" if found.key != "success" else "success"
    if found.found is None or found.met is None:
        return f"{limit}: not predicted; a trial measures it"
    slow, quick = (words.of_end(end) for end in (found.found.high, found.found.low))
    if found.met:
        how = (
            f", even at the slow end ({slow})"
            if found.sure
            else f" at the middle of the prediction, not at its slow end ({slow})"
        )
        return f"{limit}: met{how}"
    how = f"even at the quick end ({quick})" if found.sure else f"though not at the quick end ({quick})"
    return f"{limit}: missed, {how}"
