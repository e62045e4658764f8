"""A proposal as Markdown, with the command to copy and, if asked for, the arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report.markdown import render_markdown
from seatrial.report.plan.view import Asked, proposal_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.coefficients import Calibration
    from seatrial.domain.plan import Proposal


def proposal_markdown(
    proposal: Proposal,
    *,
    explain: bool = False,
    serve: str | None = None,
    calibrations: Sequence[Calibration] = (),
    typed: str | None = None,
) -> str:
    """The proposal as Markdown text that ends in a newline; the arguments as of `proposal_text`."""
    asked = Asked(serve=serve, wide=True, explain=explain, calibrations=tuple(calibrations), typed=typed)
    return render_markdown(proposal_view(proposal, asked), copyables=True)
