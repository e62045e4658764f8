"""The charts of a stored run as objects that a notebook shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seatrial.report.charts.all import charts
from seatrial.report.static import sized, svg
from seatrial.verbs.summary import summarize_stored
from seatrial.verbs.traces import traces_stored

if TYPE_CHECKING:
    from collections.abc import Container

    from seatrial.report.view import Chart
    from seatrial.store.store import Store

VEGA_LITE = "application/vnd.vegalite.v5+json"
"""The media type under which JupyterLab draws a Vega-Lite specification, and lets the reader zoom into it."""


@dataclass(frozen=True)
class Figure:
    """A chart of the report. In a notebook the last line of a cell shows it; elsewhere see `svg` and `spec`."""

    chart: Chart

    @property
    def title(self) -> str:
        return self.chart.title

    @property
    def alt(self) -> str:
        """The same in words and numbers."""
        return self.chart.alt

    @property
    def spec(self) -> dict[str, Any]:
        """The Vega-Lite specification, its data inline, at the width of a picture."""
        return sized(self.chart.spec)

    def svg(self) -> str:
        return svg(self.chart)

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> dict[str, Any]:
        """What IPython asks for: drawn and movable where it can be, a picture anywhere else, words at worst."""
        found = {
            VEGA_LITE: self.spec,
            "image/svg+xml": self.svg(),
            "text/plain": self.alt,
        }
        return {
            kind: shown
            for kind, shown in found.items()
            if (include is None or kind in include) and (exclude is None or kind not in exclude)
        }


def figures_stored(store: Store, run_id: str) -> dict[str, Figure]:
    """The charts of run `run_id` by id, in the order of the report. Raises UsageError and StoreError."""
    drawn = charts(summarize_stored(store, run_id), traces_stored(store, run_id))
    return {chart.id: Figure(chart) for section in drawn.values() for chart in section}
