"""Arrivals: how many requests were offered, sent and completed so far, each candidate from its own start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report.charts import cells, spec, words
from seatrial.report.palette import NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.summary import RunSummary
    from seatrial.domain.traces import Line, RunTraces, WorkloadTrace
    from seatrial.report.view import Chart

KINDS = ("offered", "sent", "completed")
_DASHES = ([1, 3], [1, 0], [7, 3])
_TOOLTIP = (
    {"field": "c", "title": "candidate"},
    {"field": "s", "title": "requests"},
    {"field": "v", "title": "so far", "format": ",d"},
    {"field": "t", "title": "at (s)", "format": ",.2f"},
)
HEIGHT_PX = 230


def arrivals(run: RunSummary, traces: RunTraces) -> tuple[Chart, ...]:
    """One chart of the workloads with arrivals of their own (a closed loop sends when it has been answered)."""
    open_ones = {w.name for c in run.candidates for w in c.workloads if w.arrivals is not None}
    found = [w for c in traces.candidates for w in c.workloads if w.workload in open_ones and w.offered is not None]
    if not found:
        return ()
    look = spec.look([candidate.name for candidate in run.candidates])
    names = list(dict.fromkeys(w.workload for w in found))
    title = "Requests so far: offered, sent and completed"
    return (spec.chart("arrivals", title, _alt(title, found, look), _body(found, look, names), HEIGHT_PX),)


def _lines(trace: WorkloadTrace) -> Iterator[tuple[int, Line]]:
    for kind, line in enumerate((trace.offered, trace.sent, trace.completed)):
        if line is not None:
            yield kind, line


def _body(found: Sequence[WorkloadTrace], look: spec.Look, names: Sequence[str]) -> spec.Spec:
    candidates = list(look.label)
    moments = [
        (names.index(w.workload), candidates.index(w.candidate), kind, t_s - w.start_s, value)
        for w in found
        for kind, line in _lines(w)
        for t_s, value in zip(line.t_s, line.values, strict=True)
    ]
    w, i, k, t, v = zip(*moments, strict=True)
    several = len(names) > 1
    line = {"type": "line", "interpolate": "step-after", "strokeWidth": 2, "aria": False, "clip": True}
    dash = {
        "field": "s",
        "type": "nominal",
        "legend": {
            "title": None, "orient": "bottom", "symbolType": "stroke", "symbolSize": 400, "symbolStrokeWidth": 2,
            "symbolStrokeColor": NEUTRAL,
        },
        "scale": {"domain": KINDS, "range": _DASHES},
    }  # fmt: skip
    return {
        "data": cells.columns(w=w, i=i, k=k, t=t, v=v),
        "params": [spec.chooser("w", "Workload", [spec.tame(name) for name in names], 0)] if several else [],
        "transform": [
            *([{"filter": "datum.w == w"}] if several else []),
            cells.named("i", list(look.label.values()), "c"),
            cells.named("k", KINDS, "s"),
        ],
        "encoding": {
            "x": {
                "field": "t", "type": "quantitative", "title": "seconds since the workload began",
                "scale": {"nice": False},
            },
            "y": {"field": "v", "type": "quantitative", "title": "requests so far"},
            "color": look.stroke,
        },
        "layer": [
            {"mark": line, "encoding": {"strokeDash": dash}},
            spec.unseen_dots(_TOOLTIP, "x", "y"),
        ],
    }  # fmt: skip


def _alt(title: str, found: Sequence[WorkloadTrace], look: spec.Look) -> str:
    told = []
    for w in found:
        counts = {KINDS[kind]: line.values[-1] for kind, line in _lines(w)}
        told.append(
            f"{look.label[w.candidate]} in {spec.tame(w.workload)} was offered {counts['offered']:,.0f},"
            f" was sent {counts.get('sent', 0):,.0f} and completed {counts.get('completed', 0):,.0f}"
            f" in {w.end_s - w.start_s:,.1f} s"
        )
    return f"{title}. {words.listed(told, 4, 'pair')}."
