"""A metric over one load or several, gathered from both sides before it is judged."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from seatrial.stats.compare.metrics import needed
from seatrial.stats.compare.ratio import Logged, between_runs, logged, logged_share, mean_of, over
from seatrial.words import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.summary import WorkloadSummary
    from seatrial.domain.values import Estimate
    from seatrial.stats.compare.metrics import Metric
    from seatrial.stats.compare.sides import Load

_ANY_TAIL = 0.05


class Faced(NamedTuple):
    """What the runs of each side measured under one load."""

    base: tuple[Estimate, ...]
    new: tuple[Estimate, ...]


class Cell(NamedTuple):
    """`faced`: under each load that counts. `requests`: how many a side made there, the lesser of both, per run.

    `definitions`: what the sides mean by the metric where that differs, and then nothing is faced.
    `to_be_given`: how many requests a quantile needs that is not given, or not with an interval. `left_out`: loads
    that do not count.
    """

    metric: Metric
    faced: tuple[Faced, ...]
    requests: int
    definitions: str = ""
    to_be_given: int | None = None
    left_out: tuple[str, ...] = ()

    @property
    def runs(self) -> int:
        """How many runs the side with most of them has."""
        return max((len(side) for faced in self.faced for side in faced), default=1)

    @property
    def is_told(self) -> bool:
        """Whether there is a ratio that could be judged."""
        ratio = ratio_of(self, _ANY_TAIL)
        return ratio is not None and math.isfinite(min(ratio.down, ratio.up))


def gather(metric: Metric, loads: Sequence[Load]) -> Cell | None:
    """The cell of a metric; None where no load has it on both sides, nor would with more requests."""
    there = [(load, faced) for load in loads if (faced := _faced(metric, load)) is not None]
    if definitions := _definitions(metric, [load for load, _ in there]):
        return Cell(metric, (), 0, definitions)
    if not there:
        lacking = [count for load in loads if (count := _lacking(metric, load)) is not None]
        requests = min((_requests(load) for load in loads), default=0)
        return Cell(metric, (), requests, to_be_given=max(lacking)) if lacking else None
    # A load too short for an interval would take the interval from all.
    sure = [(load, faced) for load, faced in there if _has_interval(metric, faced)] or there
    kept = {load.label for load, _ in sure}
    left_out = tuple(load.label for load in loads if load.label not in kept)
    requests = sum(_requests(load) for load, _ in sure)
    growth = max(_growth_needed(metric, load) for load, _ in sure)
    to_be_given = math.ceil(requests * growth) if growth > 1 else None
    return Cell(metric, tuple(faced for _, faced in sure), requests, to_be_given=to_be_given, left_out=left_out)


def ratio_of(cell: Cell, tail: float, growth: float = 1.0) -> Logged | None:
    """New over base at level 1 - `tail`, had there been `growth` times the samples; None where nothing is faced."""
    if not cell.faced:
        return None
    within = mean_of([_within(cell.metric, faced, tail, growth) for faced in cell.faced])
    first = cell.faced[0]
    if len(first.base) == len(first.new) == 1:
        return within
    ratio = between_runs(_by_run(cell, 0), _by_run(cell, 1), tail, growth)
    if not cell.metric.is_share:
        return ratio
    # Runs in which everything succeeds do not differ, and still are only so many requests.
    return Logged(ratio.value, max(ratio.down, within.down), max(ratio.up, within.up))


def _by_run(cell: Cell, side: int) -> list[float]:
    """Of each run of a side, the mean logarithm over the loads."""
    runs = zip(*(faced[side] for faced in cell.faced), strict=True)
    return [sum(_log(cell.metric, e, _ANY_TAIL).value for e in run) / len(run) for run in runs]


def _within(metric: Metric, faced: Faced, tail: float, growth: float) -> Logged:
    """By the intervals of the runs themselves, those of one side averaged."""
    base, new = (mean_of([_log(metric, e, tail, growth) for e in side]) for side in faced)
    return over(new, base)


def _log(metric: Metric, estimate: Estimate, tail: float, growth: float = 1.0) -> Logged:
    found = (logged_share if metric.is_share else logged)(estimate, tail, growth)
    assert found is not None, "what has no logarithm is not faced"
    return found


def _faced(metric: Metric, load: Load) -> Faced | None:
    sides = [tuple(e for w in side if (e := _usable(metric, w)) is not None) for side in (load.base, load.new)]
    whole = len(sides[0]) == len(load.base) and len(sides[1]) == len(load.new)
    return Faced(*sides) if whole else None


def _usable(metric: Metric, workload: WorkloadSummary) -> Estimate | None:
    estimate = metric.of(workload)
    if estimate is None or (logged_share if metric.is_share else logged)(estimate, _ANY_TAIL) is None:
        return None
    return estimate


def _has_interval(metric: Metric, faced: Faced) -> bool:
    if len(faced.base) + len(faced.new) > 2:
        return True
    ratio = _within(metric, faced, _ANY_TAIL, 1.0)
    return math.isfinite(ratio.down + ratio.up)


def _requests(load: Load) -> int:
    return min(w.counts.completed for w in load.all)


def _lacking(metric: Metric, load: Load) -> int | None:
    """How many values the quantile needs, if that is why it is not given on a side."""
    counts = [needed(w, metric.key) for w in load.all if metric.of(w) is None]
    return None if not counts or None in counts else max(count for count in counts if count is not None)


def _growth_needed(metric: Metric, load: Load) -> float:
    """How many times the samples a quantile without interval needs for one; 1 where it has one, or none can say."""
    found = [(metric.of(w), needed(w, metric.key)) for w in load.all]
    return max((count / e.n for e, count in found if e is not None and count is not None and e.n), default=1.0)


def _definitions(metric: Metric, loads: Sequence[Load]) -> str:
    for load in loads:
        base, new = ({w.definitions.get(metric.source, "") for w in side} for side in (load.base, load.new))
        if len(base | new) > 1:
            words = [joined(sorted(text or "as seatrial does" for text in side)) for side in (base, new)]
            return f"not the same quantity; base: {words[0]}; new: {words[1]}"
    return ""
