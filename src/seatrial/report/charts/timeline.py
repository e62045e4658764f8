"""Time lines of one candidate on the run's clock: its requests as dots, and under them what the telemetry saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report import figures
from seatrial.report.charts import cells, spec, words
from seatrial.report.charts.timeline_dots import CLOCK_X, DOTS, OK, dot_columns, dots_panels
from seatrial.report.charts.timeline_lines import line_panels
from seatrial.report.palette import NEUTRAL, styles
from seatrial.report.view import Chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.traces import CandidateTrace, Dots, Line, RunTraces

STRIP_PX = 20
BESIDE_PX = 74
"""Room for the axes at the left and a label that reaches over the right end."""
_CLOCK = "seconds since the start of the run"


def timelines(traces: RunTraces, candidates: Sequence[str]) -> tuple[Chart, ...]:
    """One chart per candidate that sent anything."""
    look = spec.look(candidates)
    return tuple(
        _chart(trace, look.label[trace.candidate], styles(candidates)[trace.candidate].colour, number)
        for number, trace in enumerate(traces.candidates, 1)
    )


def _chart(trace: CandidateTrace, label: str, colour: str, number: int) -> Chart:
    panels = [_strip(trace), *dots_panels(trace, colour), *line_panels(trace, colour)]
    for panel in panels[:-1]:
        panel["encoding"]["x"] = panel["encoding"]["x"] | {"title": None, "axis": _quiet_axis(panel)}
    panels[-1]["encoding"]["x"] = panels[-1]["encoding"]["x"] | {"title": _CLOCK}
    alt = _alt(trace, label)
    body: spec.Spec = {
        "$schema": spec.SCHEMA,
        "description": alt,
        "usermeta": {"beside_px": BESIDE_PX},
        "datasets": {DOTS: cells.columns(**dot_columns(trace))["values"]},
        "spacing": 12,
        "resolve": {
            "scale": {"x": "shared", "color": "independent", "strokeDash": "independent", "shape": "independent"}
        },
        "vconcat": [{"width": 560, **panel} for panel in panels],
    }
    height = sum(panel["height"] + 24 for panel in panels) + 60
    return Chart(f"timeline-{number}", f"Time line of {label}", alt, body, height)


def _quiet_axis(panel: spec.Spec) -> spec.Spec | None:
    return None if panel["height"] == STRIP_PX else {"labels": False, "ticks": False, "domain": False}


def _strip(trace: CandidateTrace) -> spec.Spec:
    """Which workload ran when: a bar each, named where there is room."""
    shown = spec.labels(w.workload for w in trace.workloads)
    values = [
        {"t": w.start_s, "e": w.end_s, "m": (w.start_s + w.end_s) / 2, "w": shown[w.workload], "o": place % 2,
         "k": figures.seconds(w.end_s - w.start_s)}
        for place, w in enumerate(trace.workloads)
    ]  # fmt: skip
    return {
        "height": STRIP_PX,
        "data": cells.rows(values),
        "encoding": {"x": dict(CLOCK_X)},
        "layer": [
            {
                "params": [spec.movable("x")],
                "mark": {"type": "rect", "color": NEUTRAL, "clip": True},
                "encoding": {
                    "x2": {"field": "e"},
                    "opacity": {"field": "o", "type": "ordinal", "scale": {"range": [0.2, 0.34]}, "legend": None},
                    "tooltip": spec.tooltip(w="workload", k="took"),
                },
            },
            {
                "mark": {
                    "type": "text", "fontSize": 10, "clip": True, "aria": False,
                    "limit": {"expr": "max(1, scale('x', datum.e) - scale('x', datum.t) - 4)"},
                },
                "encoding": {"x": {**CLOCK_X, "field": "m"}, "text": {"field": "w"}},
            },
        ],
    }  # fmt: skip


def _alt(trace: CandidateTrace, label: str) -> str:
    dots = [w.dots for w in trace.workloads if w.dots is not None]
    sent = sum(found.of for found in dots)
    shown = sum(len(found.t_s) for found in dots)
    thinned = f" ({shown:,} of them drawn, the slowest and the failed first)" if shown < sent else ""
    start, end = trace.workloads[0].start_s, max(w.end_s for w in trace.workloads)
    return (
        f"{sent:,} requests of {label}{thinned} from second {start:,.0f} to {end:,.0f} of the run,"
        f" {_slowest(dots)}. Under them on the same clock: {_peaks(trace.telemetry)}."
    )


def _slowest(dots: Sequence[Dots]) -> str:
    took = [value for found in dots for value, outcome in zip(found.e2e_s, found.outcome, strict=True)
            if value is not None and outcome == OK]  # fmt: skip
    failed = sum(outcome != OK for found in dots for outcome in found.outcome)
    slowest = f"the slowest answer took {figures.seconds(max(took))}" if took else "none of them completed"
    return f"{slowest}{f', {failed:,} drawn as failed' if failed else ', none failed'}"


def _peaks(lines: Sequence[Line]) -> str:
    told = [f"{spec.tame(line.name)} up to {words.amount(max(line.values))} {line.unit}" for line in lines]
    return ", ".join(told[:6]) or "no telemetry"
