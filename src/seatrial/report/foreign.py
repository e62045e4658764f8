"""What another tool means by a metric, where that is not what docs/measurement.md means by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report.view import Cell, Role, Section

if TYPE_CHECKING:
    from seatrial.domain.summary import RunSummary


def definitions(run: RunSummary) -> Section:
    """One bullet per metric and meaning; empty where every metric has ours, as in any run of seatrial itself."""
    told = {
        f"{metric}: {sentence}": None
        for candidate in run.candidates
        for workload in candidate.workloads
        for metric, sentence in workload.definitions.items()
    }
    if not told:
        return Section("Other definitions")
    return Section(
        "Other definitions",
        lines=(Cell("These metrics are not what seatrial means by the same name.", Role.WARN),),
        bullets=tuple(Cell(sentence) for sentence in told),
    )
