"""The candidates side by side: what decides, as dots with their intervals, a row per workload."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from seatrial.report.charts import axes, cells, spec, words
from seatrial.report.lines import statistic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.summary import RunSummary, WorkloadSummary
    from seatrial.domain.values import Estimate
    from seatrial.report.view import Chart

METRICS = ("output_tokens_per_s", "ttft_s", "tpot_s", "e2e_s")
MOST_WORKLOADS = 12
MOST_TOLD = 3
_DOT_PX, _GAP_PX = 17, 11


class _Point(NamedTuple):
    workload: str
    candidate: str
    estimate: Estimate
    completed: int


def sides(run: RunSummary) -> tuple[Chart, ...]:
    """One chart per metric; none where there is no second number to set beside the first."""
    charts = (_chart(run, metric) for metric in METRICS)
    return tuple(chart for chart in charts if chart is not None)


def _chart(run: RunSummary, metric: str) -> Chart | None:
    stat = _stat(run, metric)
    points = list(_points(run, metric, stat))
    if len(points) < 2:
        return None
    look = spec.look([candidate.name for candidate in run.candidates])
    workloads = spec.labels(point.workload for point in points)
    dots = max(sum(point.workload == name for point in points) for name in workloads)
    return spec.chart(
        f"sides-{metric.replace('_', '-')}",
        words.titled(metric, stat),
        _alt(words.titled(metric, stat), metric, points, look.label, workloads),
        _body(points, look, workloads, metric, words.short(metric, stat)),
        len(workloads) * (dots * _DOT_PX + _GAP_PX),
    )


def _stat(run: RunSummary, metric: str) -> str:
    """The median where every workload has one, as in the summary; a rate has no statistic."""
    if words.is_rate(metric):
        return ""
    found = [distribution for w in _ran(run) if (distribution := w.metrics.get(metric)) is not None]
    return "p50" if all(distribution.p50 is not None for distribution in found) else "mean"


def _ran(run: RunSummary) -> Iterator[WorkloadSummary]:
    for candidate in run.candidates:
        yield from (workload for workload in candidate.workloads if workload.skipped is None)


def _points(run: RunSummary, metric: str, stat: str) -> Iterator[_Point]:
    shown = list(dict.fromkeys(workload.name for workload in _ran(run)))[:MOST_WORKLOADS]
    for candidate in run.candidates:
        for w in candidate.workloads:
            estimate = w.rates.get(metric) if not stat else statistic(w.metrics.get(metric), stat)
            if w.skipped is None and w.name in shown and estimate is not None and isfinite(estimate.value):
                yield _Point(w.name, candidate.name, estimate, w.counts.completed)


def _body(
    points: Sequence[_Point], look: spec.Look, workloads: dict[str, str], metric: str, title: str
) -> spec.Spec:
    ends = [end for p in points for end in (p.estimate.value, p.estimate.low, p.estimate.high) if end is not None]
    unit, log = axes.unit_of(metric, ends), axes.needs_log(ends)
    x = {
        "type": "quantitative",
        "title": axes.quantity(title, unit.name, log=log),
        "scale": axes.value_scale(log=log),
        "axis": axes.value_axis([end * unit.factor for end in ends], log=log),
    }
    tooltip = spec.tooltip(c="candidate", w="workload", t=title, n="completed requests")
    return {
        "data": cells.rows(_row(point, look.label, workloads, unit, metric, log=log) for point in points),
        "encoding": {
            "y": spec.name_axis(workloads.values()),
            "yOffset": {"field": "c", "sort": list(look.label.values())},
            "color": look.colour,
        },
        "layer": spec.dots_with_intervals("x", x, look, tooltip),
    }


def _row(
    point: _Point, labels: dict[str, str], workloads: dict[str, str], unit: axes.Unit, metric: str, *, log: bool
) -> dict[str, Any]:
    low, high = axes.interval(point.estimate, unit, log=log)
    return {
        "w": workloads[point.workload],
        "c": labels[point.candidate],
        "v": point.estimate.value * unit.factor,
        "l": low,
        "h": high,
        "t": words.told(metric, point.estimate),
        "n": point.completed,
    }


def _alt(
    title: str, metric: str, points: Sequence[_Point], names: dict[str, str], workloads: dict[str, str]
) -> str:
    """The workloads in which the candidates differ most come first."""
    by_workload: dict[str, list[_Point]] = {}
    for point in points:
        by_workload.setdefault(point.workload, []).append(point)
    order = sorted(by_workload, key=lambda name: -_spread(by_workload[name]))
    told = [
        f"in {workloads[name]} "
        + " against ".join(f"{words.told(metric, p.estimate)} for {names[p.candidate]}" for p in by_workload[name])
        for name in order
    ]
    return f"{title}, with 95 % intervals: {words.listed(told, MOST_TOLD, 'workload')}."


def _spread(points: Sequence[_Point]) -> float:
    values = [point.estimate.value for point in points]
    return max(values) / min(values) if min(values) > 0 else 1.0
