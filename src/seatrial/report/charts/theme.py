"""How charts look on light and on dark ground; specifications themselves hold no colour of text, axis or ground."""

from __future__ import annotations

from typing import Any

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def theme(*, dark: bool = False) -> dict[str, Any]:
    """A Vega-Lite configuration: thin grid, small quiet labels, no frame, a ground that lets the page through."""
    text, quiet, grid = ("#E8E6E1", "#A9A69E", "#3A3A3A") if dark else ("#1F2328", "#5F6670", "#E4E4E1")
    axis = {
        "labelColor": quiet, "titleColor": quiet, "gridColor": grid, "domainColor": grid, "tickColor": grid,
        "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "titlePadding": 8, "tickSize": 4,
        "labelPadding": 4, "labelOverlap": "greedy",
    }  # fmt: skip
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"domain": False, "ticks": False},
        "legend": {
            "labelColor": text, "titleColor": quiet, "labelFontSize": 12, "titleFontSize": 11, "orient": "top",
            "titleFontWeight": "normal", "symbolSize": 80, "labelLimit": 260, "offset": 6, "columnPadding": 18,
        },
        "title": {"color": text, "fontSize": 12, "fontWeight": 600, "anchor": "start"},
        "header": {"labelColor": text, "titleColor": quiet},
        "text": {"color": text},
        "rule": {"color": quiet},
    }  # fmt: skip
