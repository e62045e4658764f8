"""Examples in docs/, run as they are written, so that no page can show what a command does not print."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path

from click.testing import CliRunner

from seatrial.cli.main import cli
from seatrial.errors import EXIT_NOT_MET, EXIT_OK

_COLUMNS = "100"
_DONE = (EXIT_OK, EXIT_NOT_MET)


def shown(command: str, *, fold: str | None = None) -> str:
    """Markdown of `command` (on several lines, if it is long) and its output; from the heading `fold` on, folded.

    It runs in this process, without colour, calibrations or a network it was not told to use. Raises ValueError
    where it ends in anything but 0 or 1, or has no such heading.
    """
    lines = [line.strip() for line in command.strip().splitlines()]
    printed = output_of(" ".join(lines))
    typed = " \\\n    ".join(lines)
    if fold is None:
        return f"```text\n$ {typed}\n{printed}```\n"
    seen, heading, folded = printed.partition(f"\n{fold}\n")
    if not heading:
        raise ValueError(f"{command} prints no heading {fold}")
    told = fold.capitalize()
    below = f"<details><summary>The rest, from {told} on</summary>\n\n```text\n{fold}\n{folded}```\n\n</details>\n"
    return f"```text\n$ {typed}\n{seen}```\n\n{below}"


def output_of(command: str) -> str:
    """What `command` prints on stdout. Raises ValueError as above."""
    program, *arguments = shlex.split(command)
    if program != "seatrial":
        raise ValueError(f"{command} is no command of seatrial")
    with tempfile.TemporaryDirectory() as empty:
        around = {"COLUMNS": _COLUMNS, "NO_COLOR": "1", "SEATRIAL_STORE": str(Path(empty) / "none.db")}
        done = CliRunner(env=around).invoke(cli, arguments, prog_name="seatrial", catch_exceptions=False)
    if done.exit_code not in _DONE:
        raise ValueError(f"{command} ended with {done.exit_code}: {done.output}")
    return done.stdout
