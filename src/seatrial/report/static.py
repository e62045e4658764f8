"""A chart as a picture of its own: SVG, which scales, and PNG, which goes everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.errors import UsageError, nearest
from seatrial.report.ansi import printable
from seatrial.report.charts.spec import at_width
from seatrial.report.charts.theme import theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.report.view import Chart, View

WIDTH_PX = 720
PNG_SCALE = 2.0
# A picture may be put on any ground.
PAPER = "#ffffff"


def charts_of(view: View) -> dict[str, Chart]:
    """Every chart by its id, in the order of the report."""
    return {chart.id: chart for section in view.sections for chart in section.charts}


def pick_chart(view: View, chart_id: str | None) -> Chart:
    """The chart called `chart_id`. Raises UsageError, naming those there are."""
    charts = charts_of(view)
    if not charts:
        raise UsageError("this run has no charts", "it holds too little to draw")
    if chart_id is None:
        raise UsageError("a picture shows one chart", f"name it with --chart: {', '.join(charts)}")
    if chart_id not in charts:
        raise UsageError(f'there is no chart "{chart_id}" in this report', nearest(chart_id, charts))
    return charts[chart_id]


def svg(chart: Chart) -> str:
    import vl_convert  # noqa: PLC0415  heavy: only pictures need it

    text: str = vl_convert.vegalite_to_svg(_titled(chart))
    return text


def png(chart: Chart) -> bytes:
    import vl_convert  # noqa: PLC0415

    picture: bytes = vl_convert.vegalite_to_png(_titled(chart), scale=PNG_SCALE)
    return picture


def _titled(chart: Chart) -> dict[str, Any]:
    """A picture goes about alone: it says itself what it shows, and what was chosen of what the page offers."""
    chosen = list(map(printable, _chosen(chart.spec)))
    return sized(chart.spec) | {"title": {"text": printable(chart.title), "subtitle": chosen}}


def _chosen(spec: dict[str, Any]) -> Iterator[str]:
    """`Workload: ramp` for every list to choose from."""
    for param in spec.get("params", ()):
        bind = param.get("bind")
        if isinstance(bind, dict) and "labels" in bind:
            yield f"{bind['name'].strip()}: {bind['labels'][bind['options'].index(param['value'])]}"


def sized(spec: dict[str, Any]) -> dict[str, Any]:
    """The specification for a picture: at its width, on paper."""
    config = theme() | {"background": PAPER}
    return at_width(spec, WIDTH_PX) | {"config": config | spec.get("config", {})}
