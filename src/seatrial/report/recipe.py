"""What it takes to measure the same again: the command, and the whole spec."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from seatrial.report.view import Copyable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.summary import RunSummary


def recipe(run: RunSummary) -> Iterator[Copyable]:
    """Texts to copy; what is not known is left out."""
    if run.command:
        yield Copyable("The command", run.command)
    if run.spec is not None:
        text = json.dumps(asdict(run.spec), indent=2, ensure_ascii=False)
        yield Copyable("The whole spec, every default filled in (JSON)", text, long=True)
