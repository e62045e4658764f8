"""Latency and throughput against load, a line per candidate, and where two of them change places."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from seatrial.report import figures
from seatrial.report.charts import axes, cells, spec, words
from seatrial.report.palette import NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.answer import Crossing, LoadPoint
    from seatrial.domain.summary import RunSummary
    from seatrial.report.view import Chart

METRICS = ("output_tokens_per_s", "ttft_s", "tpot_s", "e2e_s")
HEIGHT_PX = 230
MOST_TOLD, MOST_TICKS = 4, 12
_X_TITLES = {"concurrency": "requests in flight", "rate_per_s": "offered requests/s"}


def load(run: RunSummary) -> tuple[Chart, ...]:
    """Charts of each series of loads: throughput, TTFT, TPOT and time to complete."""
    series: dict[tuple[str, str], dict[str, list[LoadPoint]]] = {}
    for point in run.answer.points if run.answer else ():
        if isfinite(point.estimate.value) and point.level > 0:
            series.setdefault((point.series, point.x), {}).setdefault(point.metric, []).append(point)
    return tuple(
        _chart(run, metric, by_metric[metric], f"{number}-{metric.replace('_', '-')}")
        for number, by_metric in enumerate(series.values(), 1)
        for metric in METRICS
        if len({point.level for point in by_metric.get(metric, ())}) > 1
    )


def _chart(run: RunSummary, metric: str, points: Sequence[LoadPoint], chart_id: str) -> Chart:
    look = spec.look([candidate.name for candidate in run.candidates])
    series, x = points[0].series, points[0].x
    stat = "" if words.is_rate(metric) else "mean"
    crossings = [
        crossing
        for crossing in (run.answer.crossings if run.answer else ())
        if (crossing.metric, crossing.x, crossing.series) == (metric, x, series)
        and {crossing.before, crossing.after} <= look.label.keys()
    ]
    return spec.chart(
        f"load-{chart_id}",
        f"{words.titled(metric, stat)}, against load: {spec.tame(series)}",
        _alt(metric, points, look.label, crossings),
        _body(metric, points, look, crossings),
        HEIGHT_PX,
    )


def _body(metric: str, points: Sequence[LoadPoint], look: spec.Look, crossings: Sequence[Crossing]) -> spec.Spec:
    ends = [end for p in points for end in (p.estimate.value, p.estimate.low, p.estimate.high) if end is not None]
    unit, log = axes.unit_of(metric, ends), axes.needs_log(ends)
    loads = sorted({point.level for point in points})
    wide = loads[-1] / loads[0] > 16
    title = words.short(metric, "" if words.is_rate(metric) else "mean")
    x_title = _X_TITLES[points[0].x]
    encoding = {
        "x": {
            "field": "x",
            "type": "quantitative",
            "title": f"{x_title} (log scale)" if wide else x_title,
            "scale": {"nice": False, "padding": 12} | ({"type": "log", "base": 2} if wide else {"zero": False}),
            "axis": {"format": ",.3~r"} | ({"values": loads} if len(loads) <= MOST_TICKS else {"tickCount": 6}),
        }
    }
    y = {
        "type": "quantitative",
        "title": axes.quantity(title, unit.name, log=log),
        "scale": axes.value_scale(log=log),
    }
    main = {
        "data": cells.rows(_row(point, look.label, unit, metric, log=log) for point in points),
        "encoding": encoding | {"color": look.colour},
        "layer": _curve_layers(y, look, spec.tooltip(c="candidate", k=x_title, t=title, n="of values")),
    }
    return {"layer": [*_crossing_layers(crossings, look.label, encoding), main]}


def _curve_layers(y: spec.Spec, look: spec.Look, tooltip: list[spec.Spec]) -> list[spec.Spec]:
    """The interval as a band and as bars, the line, and its dots."""
    known = [{"filter": "isValid(datum.l)"}]
    ends = {"y": {"field": "l", **y}, "y2": {"field": "h"}}
    return [
        {"transform": known, "mark": {"type": "area", "opacity": 0.16, "aria": False}, "encoding": ends},
        {
            "mark": {"type": "line", "strokeWidth": 2, "aria": False},
            "encoding": {"y": {"field": "v", **y}, "strokeDash": spec.unlisted(look.dash, "d")},
        },
        {
            "transform": known,
            "mark": {"type": "rule", "strokeWidth": 1.5, "opacity": 0.7, "aria": False},
            "encoding": ends,
        },
        {
            "params": [spec.movable("x", "y")],
            "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
            "encoding": {"y": {"field": "v", **y}, "shape": look.shape, "tooltip": tooltip},
        },
    ]


def _row(point: LoadPoint, labels: dict[str, str], unit: axes.Unit, metric: str, *, log: bool) -> dict[str, Any]:
    low, high = axes.interval(point.estimate, unit, log=log)
    return {
        "x": point.level,
        "c": labels[point.candidate],
        "d": list(labels).index(point.candidate),
        "v": point.estimate.value * unit.factor,
        "l": low,
        "h": high,
        "k": figures.count(point.level),
        "t": words.told(metric, point.estimate),
        "n": point.estimate.n,
    }


def _crossing_layers(
    crossings: Sequence[Crossing], labels: dict[str, str], encoding: dict[str, Any]
) -> Iterator[spec.Spec]:
    """A band from where one candidate was last seen ahead to where the other first was."""
    if not crossings:
        return
    yield {
        "data": cells.rows(
            {
                "a": crossing.low,
                "b": crossing.high,
                "f": labels[crossing.before],
                "g": labels[crossing.after],
                "k": f"{figures.count(crossing.low)} to {figures.count(crossing.high)}",
            }
            for crossing in crossings
        ),
        "mark": {"type": "rect", "color": NEUTRAL, "opacity": 0.22},
        "encoding": {
            "x": {**encoding["x"], "field": "a"},
            "x2": {"field": "b"},
            "tooltip": spec.tooltip(k="they change places at", f="better before", g="better after"),
        },
    }


def _alt(metric: str, points: Sequence[LoadPoint], labels: dict[str, str], crossings: Sequence[Crossing]) -> str:
    x_title = _X_TITLES[points[0].x]
    told = []
    for name in dict.fromkeys(point.candidate for point in points):
        own = sorted((point for point in points if point.candidate == name), key=lambda point: point.level)
        first, last = own[0], own[-1]
        told.append(
            f"{labels[name]} goes from {words.told(metric, first.estimate)} at {figures.count(first.level)}"
            f" to {words.told(metric, last.estimate)} at {figures.count(last.level)} {x_title}"
        )
    crossed = "".join(
        f" {labels[c.before]} is better up to {figures.count(c.low)} and {labels[c.after]} from"
        f" {figures.count(c.high)} on."
        for c in crossings
    )
    stat = "" if words.is_rate(metric) else "mean"
    return f"{words.titled(metric, stat)}: {words.listed(told, MOST_TOLD, 'candidate')}.{crossed}"
