"""All charts of a run, by the section they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report.charts.arrivals import arrivals
from seatrial.report.charts.cold import cold_starts
from seatrial.report.charts.failures import failures
from seatrial.report.charts.front import front
from seatrial.report.charts.load import load
from seatrial.report.charts.right import quality
from seatrial.report.charts.shapes import distributions
from seatrial.report.charts.sides import sides
from seatrial.report.charts.timeline import timelines

if TYPE_CHECKING:
    from seatrial.domain.summary import RunSummary
    from seatrial.domain.traces import RunTraces
    from seatrial.report.view import Chart


def charts(run: RunSummary, traces: RunTraces | None) -> dict[str, tuple[Chart, ...]]:
    """By section, in the order of a report; a section without charts is left out.

    Without `traces` (another tool's results) there is nothing to draw distributions and time lines from.
    """
    candidates = [candidate.name for candidate in run.candidates]
    found = {
        "sides": sides(run),
        "front": front(run),
        "load": load(run),
        "distributions": distributions(traces, candidates) if traces else (),
        "timelines": timelines(traces, candidates) if traces else (),
        "cold": cold_starts(run),
        "arrivals": arrivals(run, traces) if traces else (),
        "quality": quality(run),
        "failures": failures(run),
    }
    return {name: drawn for name, drawn in found.items() if drawn}
