"""Each candidate over the load: output tokens/s, TTFT, TPOT and time to complete against concurrency or rate.

A series is what differs in nothing but load: the workloads of an experiment over users, the batches of a workload,
the stages of a schedule that hold still. A series of one level is no curve and is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.answer import LoadPoint
from seatrial.domain.trial import Verdict
from seatrial.domain.values import Estimate
from seatrial.stats.choice.contest import warm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seatrial.domain.summary import CandidateSummary, Distribution, StageSummary, WorkloadSummary

CONCURRENCY = "concurrency"
RATE = "rate_per_s"
METRICS = ("output_tokens_per_s", "ttft_s", "tpot_s", "e2e_s")


class Spot(NamedTuple):
    """A point of a curve and the workload it comes from."""

    point: LoadPoint
    workload: WorkloadSummary


class _Level(NamedTuple):
    series: str
    x: str
    level: float
    workload: WorkloadSummary
    stage: StageSummary | None = None


def load_spots(candidates: Iterable[CandidateSummary]) -> tuple[Spot, ...]:
    """The curves of all candidates, in their order; invalid measurements are in none."""
    return tuple(spot for candidate in candidates for spot in _of(candidate))


def _of(candidate: CandidateSummary) -> Iterator[Spot]:
    series: dict[tuple[str, str], dict[float, _Level]] = {}
    for found in _levels([w for w in warm(candidate) if w.trust.verdict is not Verdict.INVALID]):
        # Where a schedule comes back to a level, its first time there is taken: after a spike is another thing.
        series.setdefault((found.series, found.x), {}).setdefault(found.level, found)
    for levels in series.values():
        if len(levels) > 1:
            for _, found in sorted(levels.items()):
                yield from _spots(candidate.name, found)


def _levels(workloads: list[WorkloadSummary]) -> Iterator[_Level]:
    for workload in workloads:
        if workload.stages:
            yield from _of_stages(workload)
        elif workload.arrivals is not None and workload.arrivals.asked_rate_per_s:
            yield _Level(workload.suite or "open arrivals", RATE, workload.arrivals.asked_rate_per_s, workload)
        elif workload.concurrency is not None:
            yield _Level(_series(workload, workloads), CONCURRENCY, workload.concurrency, workload)


def _series(workload: WorkloadSummary, workloads: list[WorkloadSummary]) -> str:
    """The experiment, unless that varies something else than users: then each of its steps is a series."""
    if workload.group is None:
        return workload.suite or "users"
    over_users = all(w.level == w.concurrency for w in workloads if w.group == workload.group)
    return workload.suite or workload.group if over_users else f"{workload.group} {workload.level:g}"


def _of_stages(workload: WorkloadSummary) -> Iterator[_Level]:
    for stage in workload.stages:
        if " to " in stage.label:  # a slope: no level of its own
            continue
        if stage.concurrency is not None:
            yield _Level(workload.name, CONCURRENCY, stage.concurrency, workload, stage)
        elif stage.offered_per_s:
            yield _Level(workload.name, RATE, float(f"{stage.offered_per_s:.3g}"), workload, stage)


def _spots(name: str, found: _Level) -> Iterator[Spot]:
    for metric in METRICS:
        estimate = _of_stage(found.stage, metric) if found.stage else _of_workload(found.workload, metric)
        if estimate is not None:
            point = LoadPoint(name, found.series, found.x, float(found.level), metric, estimate)
            yield Spot(point, found.workload)


def _of_workload(workload: WorkloadSummary, metric: str) -> Estimate | None:
    return workload.rates.get(metric) if metric.endswith("_per_s") else _mean(workload.metrics.get(metric))


def _of_stage(stage: StageSummary, metric: str) -> Estimate | None:
    if metric.endswith("_per_s"):
        rate = stage.output_tokens_per_s
        return None if rate is None else Estimate(rate, None, None, stage.counts.completed)
    return _mean({"ttft_s": stage.ttft_s, "e2e_s": stage.e2e_s}.get(metric))  # a stage has no TPOT


def _mean(distribution: Distribution | None) -> Estimate | None:
    return None if distribution is None else distribution.mean
