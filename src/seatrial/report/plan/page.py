"""A proposal as one page that opens offline and loads nothing: the report's page with the proposal's pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.report.page import render_html
from seatrial.report.plan.chart_front import front_chart
from seatrial.report.plan.chart_memory import MARKS, memory_chart
from seatrial.report.plan.details import MEMORY
from seatrial.report.plan.view import PLANS, Asked, proposal_view
from seatrial.report.view import Cell, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.coefficients import Calibration
    from seatrial.domain.plan import Proposal
    from seatrial.report.view import Section, View

MOST_PLANS = 40
LETTERS = 110


def proposal_page(
    proposal: Proposal,
    *,
    serve: str | None = None,
    calibrations: Sequence[Calibration] = (),
    typed: str | None = None,
) -> str:
    """The page as HTML. `serve`, `calibrations` and `typed` as of `proposal_text`; the arithmetic is folded away.

    The first page of a process takes some seconds: it makes the bundle of Vega that draws the charts.
    """
    return render_html(drawn(proposal, serve=serve, calibrations=calibrations, typed=typed))


def drawn(
    proposal: Proposal,
    *,
    serve: str | None = None,
    calibrations: Sequence[Calibration] = (),
    typed: str | None = None,
) -> View:
    """The view of the page: wide tables, all the arithmetic, and the charts where they belong."""
    used = tuple(calibrations)
    asked = Asked(MOST_PLANS, serve, wide=True, explain=True, width=LETTERS, calibrations=used, typed=typed)
    view = proposal_view(proposal, asked)
    return replace(view, sections=tuple(_with_charts(section, proposal) for section in view.sections))


def _with_charts(section: Section, proposal: Proposal) -> Section:
    if section.heading == PLANS:
        return replace(section, charts=front_chart(proposal))
    if section.heading == MEMORY:
        marks = Cell(MARKS, Role.DIM)
        return replace(section, lines=(*section.lines, marks), charts=memory_chart(proposal))
    return section
