"""A proposal in the form that the name of a file asks for."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from seatrial.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from seatrial.verbs.planning.plan import Planned

WIDTH = 100
FORMS = {".toml": "toml", ".html": "html", ".md": "md", ".json": "json", ".txt": "text"}


def form_of(output: Path) -> str:
    """The form that the name of `output` asks for. Raises UsageError where it asks for none."""
    if output.suffix not in FORMS:
        raise UsageError(f'"{output.name}" says no format', f"end it in one of {', '.join(FORMS)}")
    return FORMS[output.suffix]


def rendered(made: Planned, form: str, *, explain: bool = False, styled: bool = False) -> str:
    """The proposal in one of FORMS, ending in a newline. Raises UsageError for a plan.toml of no plan."""
    proposal, serve, used = made.proposal, made.serve, made.calibrations
    if form == "json":
        from seatrial.report.plan.document import proposal_document  # noqa: PLC0415  loads when it is used

        return json.dumps(proposal_document(proposal), indent=2, allow_nan=False) + "\n"
    if form == "toml":
        from seatrial.report.plan.toml import plan_toml  # noqa: PLC0415

        return plan_toml(proposal, serve=serve, model_path=made.model_path)
    if form == "html":
        from seatrial.report.plan.page import proposal_page  # noqa: PLC0415

        return proposal_page(proposal, serve=serve, calibrations=used, typed=made.typed)
    if form == "md":
        from seatrial.report.plan.markdown import proposal_markdown  # noqa: PLC0415

        return proposal_markdown(proposal, explain=explain, serve=serve, calibrations=used, typed=made.typed)
    from seatrial.report.plan.text import proposal_text  # noqa: PLC0415

    width = shutil.get_terminal_size((WIDTH, 0)).columns if styled else WIDTH
    return proposal_text(
        proposal, width=width, explain=explain, styled=styled, serve=serve, calibrations=used, typed=made.typed
    )
