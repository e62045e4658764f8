"""A chart as a picture of its own: SVG, which scales, and PNG, which goes everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.errors import UsageError, nearest
from seatrial.report.charts.spec import at_width
from seatrial.report.charts.theme import theme

if TYPE_CHECKING:
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

    text: str = vl_convert.vegalite_to_svg(sized(chart.spec))
    return text


def png(chart: Chart) -> bytes:
    import vl_convert  # noqa: PLC0415

    picture: bytes = vl_convert.vegalite_to_png(sized(chart.spec), scale=PNG_SCALE)
    return picture


def sized(spec: dict[str, Any]) -> dict[str, Any]:
    """The specification for a picture: at its width, on paper."""
    config = theme() | {"background": PAPER}
    return at_width(spec, WIDTH_PX) | {"config": config | spec.get("config", {})}
