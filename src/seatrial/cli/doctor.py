"""`seatrial doctor`: what this computer can measure with, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seatrial.cli.terminal import one_line
from seatrial.errors import EXIT_OUTSIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.verbs.doctor import Finding

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The store, or the folder it is in.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def doctor(store: Path, as_json: bool) -> None:
    """Examine this computer: clock, kernel time stamps, limits, cores, memory, GPUs, disk, and engines on it.

    Ends with exit code 3 when something is missing without which nothing can be measured.
    """
    import msgspec

    from seatrial.verbs.doctor import examine

    findings = examine(store)
    if as_json:
        click.echo(msgspec.json.encode({"schema": 1, "findings": findings}))
    else:
        click.echo(_table(findings))
    if any(finding.status == "fail" for finding in findings):
        click.get_current_context().exit(EXIT_OUTSIDE)


def _table(findings: Sequence[Finding]) -> str:
    """A line per finding, and one below it where there is something to do."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        status = click.style(f"{finding.status:<4}", fg=_COLOURS[finding.status])
        lines.append(f"{status}  {finding.name:<{width}}  {one_line(finding.value)}")
        if finding.advice:
            lines.append(f"{'':<{4 + 2 + width}}  -> {one_line(finding.advice)}")
    return "\n".join(lines)
