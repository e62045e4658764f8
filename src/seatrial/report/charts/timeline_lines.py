"""What the telemetry saw of one candidate's time: a panel per unit, a line per quantity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.report.charts import cells, spec
from seatrial.report.charts.timeline_dots import CLOCK_X
from seatrial.report.palette import NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.traces import CandidateTrace, Line

LINES_PX = 78
_DASHES = ([1, 0], [1, 0], [2, 2], [2, 2], [8, 3, 2, 3], [8, 3, 2, 3])
_UNITS = (
    ("tokens/s", "output (tokens/s)"),
    ("requests", "requests"),
    ("%", "in use (%)"),
    ("GiB", "memory (GiB)"),
    ("cores", "CPU (cores)"),
)


def line_panels(trace: CandidateTrace, colour: str) -> Iterator[spec.Spec]:
    for unit, title in _UNITS:
        lines = [line for line in trace.telemetry if line.unit == unit]
        if lines:
            yield _lines_panel(lines, unit, title, colour)


def _lines_panel(lines: Sequence[Line], unit: str, title: str, colour: str) -> spec.Spec:
    """The first line is drawn in the candidate's colour, the others in it or in grey, each with its dash."""
    names = list(spec.labels(line.name for line in lines).values())
    data = cells.columns(
        t=[t for line in lines for t in line.t_s],
        v=[value for line in lines for value in line.values],
        i=[place for place, line in enumerate(lines) for _ in line.t_s],
    )
    tooltip = [
        {"field": "c", "title": "line"},
        {"field": "v", "title": title, "format": ",.3~r"},
        {"field": "t", "title": "at (s)", "format": ",.1f"},
    ]
    return {
        "height": LINES_PX,
        "data": data,
        "transform": [cells.named("i", names, "c")],
        "encoding": {
            "x": dict(CLOCK_X),
            "y": {
                "field": "v", "type": "quantitative", "title": title, "scale": {"zero": True, "nice": True},
                "axis": {"tickCount": 3, "format": ",.3~r"},
            },
            "color": _told_apart(names, (colour, NEUTRAL)),
            "strokeDash": _told_apart(names, _DASHES),
        },
        "layer": [
            {
                "mark": {
                    "type": "line", "strokeWidth": 1.5, "aria": False, "clip": True,
                    "interpolate": "step-after" if unit == "requests" else "linear",
                }
            },
            spec.unseen_dots(tooltip, "x", size=50),
        ],
    }  # fmt: skip


def _told_apart(names: Sequence[str], looks: Sequence[Any]) -> spec.Spec:
    """An encoding that gives each line the next of `looks`, from the first again after the last."""
    legend = {
        "title": None, "orient": "top", "symbolType": "stroke", "symbolSize": 300, "symbolStrokeWidth": 2,
        "labelFontSize": 10, "labelLimit": 170, "offset": 2, "symbolOpacity": 1,
        "columns": spec.legend_columns(names),
    }  # fmt: skip
    return {
        "field": "c", "type": "nominal", "legend": legend if len(names) > 1 else None,
        "scale": {"domain": names, "range": [looks[place % len(looks)] for place in range(len(names))]},
    }  # fmt: skip
