"""Two sides compared: which metrics are better, worse, the same, and of which nothing can be told.

Theory of operation. A comparison looks at some twenty metrics, so one of them would seem to have changed by chance
in most comparisons of a server with itself. Its intervals are therefore made to hold all at once with 95 %
(Bonferroni: each at 1 - 0.05 / number of ratios; where several workloads are pooled, half of the 5 % for the pooled
ratios and half for those of single workloads). Every word follows from the interval shown beside it:

    same         the whole interval lies inside the margin [1 / (1 + m), 1 + m]
    better       it does not, and lies on the better side of 1
    worse        it does not, and lies on the worse side of 1
    cannot tell  else; then, how many more requests would tell

With several runs on a side each run counts as one value: what differs from run to run is then in the interval.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.domain.comparison import PRIMARY, Call, MetricChange, RunComparison
from seatrial.domain.trial import Verdict
from seatrial.stats.compare.cautions import unlike, warnings_on
from seatrial.stats.compare.cell import gather
from seatrial.stats.compare.change import change_of
from seatrial.stats.compare.gate import check_gate
from seatrial.stats.compare.metrics import METRICS, RATES
from seatrial.stats.compare.sides import match

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from seatrial.domain.comparison import GateClause
    from seatrial.domain.summary import RunSummary
    from seatrial.domain.values import Estimate
    from seatrial.stats.compare.cell import Cell
    from seatrial.stats.compare.sides import Load

MARGIN = 0.05
FAMILY_TAIL = 0.05
_INVALID = "a measurement is invalid, so nothing is decided by it"
_UNLIKE = "the loads differ, or are not known to be the same, so nothing is decided by it"


def compare(
    base: Sequence[RunSummary],
    new: Sequence[RunSummary],
    *,
    margin: float = MARGIN,
    gate: Sequence[GateClause] = (),
    strict: bool = False,
    names: tuple[str, str] | None = None,
) -> RunComparison:
    """The comparison of the runs of two sides, and the gate held against it. Raises UsageError: no shared load.

    `names` are what the sides are called; by default their runs. A metric that only one side has is left out.
    `strict`: a clause of the gate that cannot be told fails it.
    """
    sides = match(base, new)
    untrusted = any(w.trust.verdict is Verdict.INVALID for load in sides.loads for w in load.all)
    metrics, workloads = _changes(sides.loads, margin)
    apart = unlike(base, new, sides)
    if why := _INVALID if untrusted else _UNLIKE if apart else "":
        metrics = _undecided(metrics, why)
        workloads = {label: _undecided(changes, why) for label, changes in workloads.items()}
    ours, theirs = names or side_names(base, new)
    paced = all(w.arrivals is not None for load in sides.loads for w in load.all)
    return RunComparison(
        base=ours,
        new=theirs,
        verdict=overall(metrics, workloads, paced=paced),
        margin=margin,
        warnings=warnings_on(base, new, sides),
        metrics=metrics,
        workloads=workloads,
        gate=check_gate(gate, metrics, _measured(sides.loads), strict=strict, untrusted=untrusted, unlike=apart),
        runs=(len(base), len(new)),
        untrusted=untrusted,
        unlike=apart,
        called=_called(base, new) if names is None else ("", ""),
        trust=_least_trust(sides.loads),
    )


def side_names(base: Sequence[RunSummary], new: Sequence[RunSummary]) -> tuple[str, str]:
    """The runs of each side; with the candidate, where both are of the same runs."""
    ours, theirs = (",".join(run.run for run in side) for side in (base, new))
    if ours == theirs and base[0].candidates and new[0].candidates:
        return f"{ours}:{base[0].candidates[0].name}", f"{theirs}:{new[0].candidates[0].name}"
    return ours, theirs


def _called(base: Sequence[RunSummary], new: Sequence[RunSummary]) -> tuple[str, str]:
    """The runs of each side by their names, or else ids; empty where names do not tell the sides apart."""
    ours, theirs = (",".join(dict.fromkeys(run.name or run.run for run in side)) for side in (base, new))
    named = any(run.name for run in (*base, *new))
    return (ours, theirs) if named and ours != theirs else ("", "")


def _least_trust(loads: Sequence[Load]) -> Verdict:
    found = {w.trust.verdict for load in loads for w in load.all}
    return next((verdict for verdict in (Verdict.INVALID, Verdict.DOUBTFUL) if verdict in found), Verdict.TRUSTED)


def overall(
    metrics: Mapping[str, MetricChange],
    workloads: Mapping[str, Mapping[str, MetricChange]],
    *,
    paced: bool = False,
) -> Call:
    """Any change decides, also one that only a single workload shows; `same` when the primary metrics are.

    `paced`: the load came at a given rate, and so did the tokens; how many there were per second tells little.
    """
    calls = [change.verdict for changes in (metrics, *workloads.values()) for change in changes.values()]
    if Call.WORSE in calls:
        return Call.MIXED if Call.BETTER in calls else Call.WORSE
    if Call.BETTER in calls:
        return Call.BETTER
    primary = {metrics[key].verdict for key in _primary(metrics) if not (paced and key in RATES)}
    return Call.SAME if primary == {Call.SAME} else Call.CANNOT_TELL


def _primary(metrics: Mapping[str, MetricChange]) -> list[str]:
    """The primary metrics that there are; the mean in the place of a median that is not given."""
    keys = [key if key in metrics else key.replace(".p50", ".mean") for key in PRIMARY]
    return [key for key in keys if key in metrics]


def _changes(
    loads: Sequence[Load], margin: float
) -> tuple[dict[str, MetricChange], dict[str, dict[str, MetricChange]]]:
    """By metric over all loads, and by load and metric."""
    pooled = _cells(loads)
    if len(loads) == 1:
        metrics = _judged(pooled, FAMILY_TAIL / _tests([pooled]), margin)
        return metrics, {loads[0].label: metrics}
    single = {load.label: _cells([load]) for load in loads}
    each = FAMILY_TAIL / 2 / _tests(single.values())
    return (
        _judged(pooled, FAMILY_TAIL / 2 / _tests([pooled]), margin),
        {label: _judged(cells, each, margin) for label, cells in single.items()},
    )


def _cells(loads: Sequence[Load]) -> dict[str, Cell]:
    found = {key: gather(metric, loads) for key, metric in METRICS.items()}
    return {key: cell for key, cell in found.items() if cell is not None}


def _tests(families: Iterable[Mapping[str, Cell]]) -> int:
    return max(1, sum(cell.is_told for cells in families for cell in cells.values()))


def _judged(cells: Mapping[str, Cell], tail: float, margin: float) -> dict[str, MetricChange]:
    return {key: change_of(cell, tail, margin) for key, cell in cells.items()}


def _measured(loads: Sequence[Load]) -> dict[str, list[tuple[str, Estimate]]]:
    """By metric, what the new side measured under each load."""
    return {
        key: [(load.label, found) for load in loads for w in load.new if (found := metric.of(w)) is not None]
        for key, metric in METRICS.items()
    }


def _undecided(changes: Mapping[str, MetricChange], why: str) -> dict[str, MetricChange]:
    return {
        key: replace(change, verdict=Call.CANNOT_TELL, requests_needed=None, runs_needed=None, note=why)
        for key, change in changes.items()
    }
