"""A proposal as a person reads it in a terminal: the answer first, then why, then how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report.plan.view import Asked, proposal_view
from seatrial.report.text import WIDTH, render_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.coefficients import Calibration
    from seatrial.domain.plan import Proposal

LEAST_WIDTH, MOST_WIDTH = 60, 120


def proposal_text(
    proposal: Proposal,
    *,
    width: int = WIDTH,
    explain: bool = False,
    styled: bool = False,
    serve: str | None = None,
    calibrations: Sequence[Calibration] = (),
    typed: str | None = None,
) -> str:
    """The proposal as text that ends in a newline, in at most `width` columns (from 60 to 120).

    With `explain` the whole arithmetic of the best plan, with numbers put in, for which it needs the `calibrations`
    the plan was made with. `serve` is what the engine is told to load, if not the model's name, `typed` what the
    user calls the model. Only what is to be copied may be wider.
    """
    width = max(LEAST_WIDTH, min(MOST_WIDTH, width))
    asked = Asked(serve=serve, explain=explain, width=width - 4, calibrations=tuple(calibrations), typed=typed)
    return render_text(proposal_view(proposal, asked), styled=styled, width=width, copyables=True)
