"""What it takes to measure the same again: the command, and the whole spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report.spec_toml import spec_toml
from seatrial.report.view import Copyable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.summary import RunSummary


def recipe(run: RunSummary) -> Iterator[Copyable]:
    """Texts to copy; what is not known is left out."""
    if run.command:
        yield Copyable("The command", run.command)
    if run.spec is not None:
        yield Copyable("The whole spec, as a file for seatrial run", spec_toml(run.spec), long=True)
