"""The order of a report: the answer first, then whether to believe it, then the numbers, then the reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report import details, overview, remarks
from seatrial.report.results import results
from seatrial.report.stage_tables import stages
from seatrial.report.summary import summary
from seatrial.report.view import View

if TYPE_CHECKING:
    from seatrial.domain.summary import RunSummary


def build_view(run: RunSummary) -> View:
    """The whole report of a run; sections that have nothing to say are left out."""
    sections = (
        overview.verdict(run),
        summary(run),
        overview.trust(run),
        results(run),
        details.cold_starts(run),
        stages(run),
        details.growth(run),
        details.arrivals(run),
        remarks.busy(run),
        remarks.failures(run),
        remarks.notes(run),
        overview.reproduce(run),
    )
    title = ", ".join(part for part in (f"seatrial run {run.run}", run.name, run.started) if part)
    return View(title, tuple(section for section in sections if section))
