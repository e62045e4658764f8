"""Distributions: how many were at most so slow (ECDF), and how slow the slowest were (percentiles, log tail)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from seatrial.report import figures
from seatrial.report.charts import axes, cells, spec, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.traces import Curve, RunTraces
    from seatrial.report.view import Chart

METRICS = ("ttft_s", "tpot_s", "e2e_s", "icl_s")
HEIGHT_PX = 230
FEWEST_BEYOND = 10
"""Values beyond a quantile from which it can be told (docs/measurement.md); the curve is faint with fewer."""
FAINT = 0.4
HALF = 0.5
_TICKS = [1, 2, 10, 20, 100, 1_000, 10_000, 100_000, 1_000_000]


class _Curve(NamedTuple):
    candidate: str
    workload: str
    curve: Curve


def distributions(traces: RunTraces, candidates: Sequence[str]) -> tuple[Chart, ...]:
    """For each metric an ECDF and a percentile curve; the workload is chosen where there are several."""
    charts: list[Chart] = []
    for metric in METRICS:
        curves = list(_curves(traces, metric))
        if any(found.curve.n > 1 for found in curves):
            charts += [_ecdf(metric, curves, candidates), _percentiles(metric, curves, candidates)]
    return tuple(charts)


def _curves(traces: RunTraces, metric: str) -> Iterator[_Curve]:
    for candidate in traces.candidates:
        for workload in candidate.workloads:
            if metric in workload.curves:
                yield _Curve(candidate.candidate, workload.workload, workload.curves[metric])


class _Plan(NamedTuple):
    """What both charts of a metric share. `first`: the workload that is shown at first, that of most values."""

    look: spec.Look
    workloads: list[str]
    first: int
    unit: axes.Unit
    log: bool
    title: str


def _plan(metric: str, curves: Sequence[_Curve], candidates: Sequence[str]) -> _Plan:
    names = list(dict.fromkeys(found.workload for found in curves))
    counts = [sum(found.curve.n for found in curves if found.workload == name) for name in names]
    first = counts.index(max(counts))
    shown = [value for found in curves if found.workload == names[first] for value in found.curve.values]
    log = axes.needs_log(shown)  # gaps of 0 (chunks of one read) have no place on it: the curve begins after them
    unit = axes.unit_of(metric, shown)
    title = axes.quantity(words.short(metric), unit.name, log=log)
    return _Plan(spec.look(candidates), names, first, unit, log, title)


def _ecdf(metric: str, curves: Sequence[_Curve], candidates: Sequence[str]) -> Chart:
    plan = _plan(metric, curves, candidates)
    data = _data(plan, curves, lambda share, _: 100 * share)
    x = {
        "field": "v", "type": "quantitative", "title": plan.title, "axis": {"format": ",.4~r"},
        "scale": axes.value_scale(log=plan.log),
    }  # fmt: skip
    y = {"field": "s", "type": "quantitative", "title": "share of requests (%)", "scale": {"domain": [0, 100]}}
    if metric == "icl_s":
        y["title"] = "share of gaps (%)"
    layers = _layers(plan, x, y, {"interpolate": "step-after"})
    return _made(f"ecdf-{metric[:-2]}", f"{words.titled(metric)}, cumulative share", curves, plan, data | layers)


def _percentiles(metric: str, curves: Sequence[_Curve], candidates: Sequence[str]) -> Chart:
    plan = _plan(metric, curves, candidates)
    # The largest of n values stands at 1 - 1 / 2n, so that it has a place on the axis (Hazen's positions).
    data = _data(plan, curves, lambda share, n: 1 / (1 - share + 0.5 / n))
    x = {
        "field": "s", "type": "quantitative",
        "title": f"percentile (faint: fewer than {FEWEST_BEYOND} values beyond)",
        "scale": {"type": "log", "nice": False, "padding": 4},
        "axis": {"values": _TICKS, "labelExpr": "format(100 - 100 / datum.value, '.7~g') + ' %'"},
    }  # fmt: skip
    y = {
        "field": "v", "type": "quantitative", "title": plan.title, "axis": {"format": ",.4~r"},
        "scale": axes.value_scale(log=plan.log),
    }  # fmt: skip
    layers = _layers(plan, x, y, {"interpolate": "linear"}, faint=True)
    return _made(f"tail-{metric[:-2]}", f"{words.titled(metric)}, by percentile", curves, plan, data | layers)


def _data(plan: _Plan, curves: Sequence[_Curve], place: Any) -> spec.Spec:
    """Columns: `w` workload, `i` candidate, `v` value, `s` its place, `o` whether enough values lie beyond."""
    names = list(plan.look.label)
    number = {name: place for place, name in enumerate(plan.workloads)}
    found = [
        (number[f.workload], names.index(f.candidate), value * plan.unit.factor, place(share, f.curve.n),
         int(f.curve.n * (1 - share) >= FEWEST_BEYOND))
        for f in curves
        for value, share in zip(f.curve.values, f.curve.shares, strict=True)
        if value > 0 or not plan.log
    ]  # fmt: skip
    w, i, v, s, o = zip(*found, strict=True)
    return {"data": cells.columns(w=w, i=i, v=v, s=s, o=o)}


def _layers(plan: _Plan, x: spec.Spec, y: spec.Spec, form: spec.Spec, *, faint: bool = False) -> spec.Spec:
    """Lines, and where `faint` thin ones under them that reach on to where too few values lie beyond."""
    line = {"type": "line", "aria": False, "clip": True, "strokeWidth": 2.5, **form}
    value = {"field": "v", "title": plan.title, "format": ",.4~r"}
    share = {"field": "p", "title": "percentile", "format": ".7~g"}
    order = {"field": "s" if x["field"] == "s" else "v", "type": "quantitative"}
    params = [spec.chooser("w", "Workload", [spec.tame(name) for name in plan.workloads], plan.first)]
    lines: list[spec.Spec] = [{"mark": line, "encoding": {"order": order}}]
    if faint:
        sure: spec.Spec = {"transform": [{"filter": "datum.o == 1"}]}
        lines = [{**lines[0], "mark": line | {"strokeWidth": 1.5, "opacity": FAINT}}, sure | lines[0]]
    percentile = "datum.s" if y["field"] == "s" else "100 - 100 / datum.s"
    return {
        "params": params if len(plan.workloads) > 1 else [],
        "transform": [
            *([{"filter": "datum.w == w"}] if len(plan.workloads) > 1 else []),
            cells.named("i", list(plan.look.label.values()), "c"),
            {"calculate": percentile, "as": "p"},
        ],
        "encoding": {"x": x, "y": y, "color": plan.look.stroke, "strokeDash": plan.look.dash},
        "layer": [
            *lines,
            spec.unseen_dots([{"field": "c", "title": "candidate"}, value, share], "x", "y"),
        ],
    }


def _made(chart_id: str, title: str, curves: Sequence[_Curve], plan: _Plan, body: spec.Spec) -> Chart:
    return spec.chart(chart_id, title, _alt(title, curves, plan), body, HEIGHT_PX)


def _alt(title: str, curves: Sequence[_Curve], plan: _Plan) -> str:
    shown = plan.workloads[plan.first]
    told = [f"{plan.look.label[f.candidate]} {_numbers(f.curve)}" for f in curves if f.workload == shown]
    left = len(plan.workloads) - 1
    others = f" {left} other workload{'s' if left > 1 else ''} can be chosen." if left else ""
    return f"{title}, in {spec.tame(shown)}: {words.listed(told, 4, 'candidate')}.{others}"


def _numbers(curve: Curve) -> str:
    """`has half within 212 ms, 90 % within 1.2 s, and the slowest of 120 at 3.1 s`."""
    within = [
        f"{name} within {figures.seconds(_at(curve, share))}"
        for share, name in ((HALF, "half"), (0.9, "90 %"), (0.99, "99 %"))
        if curve.n * (1 - share) >= FEWEST_BEYOND or share == HALF
    ]
    return f"has {', '.join(within)}, and the slowest of {curve.n:,} at {figures.seconds(curve.values[-1])}"


def _at(curve: Curve, share: float) -> float:
    return next(value for value, reached in zip(curve.values, curve.shares, strict=True) if reached >= share)
