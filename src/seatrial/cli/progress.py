"""How a run goes, on stderr: one live line on a terminal, plain lines in a pipe."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from seatrial.cli.terminal import one_line
from seatrial.units import format_s
from seatrial.verbs.events import (
    CandidateOpened,
    CandidateStarted,
    Event,
    Progress,
    Remark,
    WorkloadEnded,
    WorkloadStarted,
)

if TYPE_CHECKING:
    from seatrial.domain.traffic import Workload

_BAR_CELLS = 24


class ProgressLines:
    """A listener for `verbs.run`. `live` redraws one line; otherwise only beginnings and ends are told."""

    def __init__(self, *, live: bool | None = None) -> None:
        self._live = sys.stderr.isatty() if live is None else live
        self._drawn = 0

    def __call__(self, event: Event) -> None:
        match event:
            case CandidateStarted(name, position, total):
                self._say(f"{name} ({position + 1} of {total})" if total > 1 else name, bold=True)
            case CandidateOpened(_, info, model):
                version = f" {info.version}" if info.version else ""
                context = f", context {info.context_tokens}" if info.context_tokens else ""
                self._say(f"  {info.engine}{version}, model {model}{context}")
            case WorkloadStarted(workload, position, total):
                if self._live:
                    self._draw(f"  {position + 1}/{total} {workload.name} ...")
            case Progress() if self._live:
                self._draw(f"  {progress_line(event)}")
            case WorkloadEnded(workload, completed, failed, never_sent, seconds):
                self._say(f"  {ended_line(workload, completed, failed, never_sent, seconds)}")
            case Remark(text):
                self._say(f"  {text}")

    def _say(self, text: str, *, bold: bool = False) -> None:
        self._clear()
        click.echo(click.style(one_line(text), bold=bold or None), err=True)

    def _draw(self, text: str) -> None:
        """What does not fit into the line is cut: a wrapped one could not be drawn over."""
        self._clear()
        line = one_line(text)[: shutil.get_terminal_size().columns - 1]
        click.echo(line, nl=False, err=True)
        self._drawn = len(line)

    def _clear(self) -> None:
        if self._drawn:
            click.echo("\r" + " " * self._drawn + "\r", nl=False, err=True)
            self._drawn = 0


def progress_line(event: Progress) -> str:
    """`name  ######......  17/40  2 failed  4.2 s`."""
    if event.planned:
        share, count = event.ended / event.planned, f"{event.ended}/{event.planned}"
    else:
        share, count = min(1.0, event.elapsed_s / (event.limit_s or event.elapsed_s or 1.0)), str(event.ended)
    filled = round(share * _BAR_CELLS)
    failed = f"  {event.failed} failed" if event.failed else ""
    bar = "#" * filled + "." * (_BAR_CELLS - filled)
    return f"{event.workload.name}  {bar}  {count}{failed}  {format_s(event.elapsed_s)}"


def ended_line(workload: Workload, completed: int, failed: int, never_sent: int, seconds: float) -> str:
    """`name: 40 done, 2 failed, 1 never sent in 4.2 s`."""
    parts = [f"{completed} done"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{never_sent} never sent"] if never_sent else []
    return f"{workload.name}: {', '.join(parts)} in {format_s(seconds)}"
