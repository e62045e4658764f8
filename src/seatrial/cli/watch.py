"""`seatrial watch`: an engine, its computer and GPUs, live in the terminal."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import click

from seatrial.cli.terminal import one_line
from seatrial.errors import EXIT_INTERRUPTED, UsageError

if TYPE_CHECKING:
    from seatrial.verbs.watch import Watched

_TO_TOP, _CLEAR_REST = "\x1b[H", "\x1b[0J"


@click.command()
@click.argument("url")
@click.option("--engine", help="ollama, vllm, llama.cpp or openai. Default: found out from the URL.")
@click.option("--for", "duration", metavar="TIME", help="End after so long, such as 30s. Default: at Ctrl-C.")
@click.option("--every", default="1s", show_default=True, metavar="TIME", help="How often to look, at least 0.2s.")
@click.option("--api-key-env", metavar="NAME", help="Environment variable that holds the API key.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document at the end.")
def watch(
    url: str, engine: str | None, duration: str | None, every: str, api_key_env: str | None, as_json: bool
) -> None:
    """Watch an engine at work: queue, KV cache, tokens per second, GPUs, CPU by thread.

    Nothing is asked of the model. CPU and memory are read where the engine is on this computer. In a pipe: a
    line a tick.
    """
    from seatrial.domain.trial import Candidate
    from seatrial.load.interrupts import Interrupts
    from seatrial.verbs.watch import watch as watch_engine

    limit_s, interval_s = _seconds("--for", duration), _seconds("--every", every) or 1.0
    if interval_s < 0.2:
        raise UsageError(f"--every {every} is too often", "0.2s is the least")
    candidate = Candidate("watched", model=None, engine=engine, endpoint=url, api_key_env=api_key_env)
    live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb" and not as_json
    screen = _Screen(live=live, silent=as_json)
    with Interrupts() as interrupts:
        watch_engine(candidate, screen, interrupts.asked, interval_s=interval_s, limit_s=limit_s)
        interrupted = interrupts.asked()
    if as_json:
        _print_json(screen.last)
    if interrupted:
        click.get_current_context().exit(EXIT_INTERRUPTED)


def _seconds(option: str, text: str | None) -> float | None:
    from seatrial.units import parse_duration_s

    if text is None:
        return None
    try:
        seconds = parse_duration_s(text)
    except ValueError as problem:
        raise UsageError(f"{option}: {problem}") from None
    if seconds <= 0:
        raise UsageError(f"{option} {text} is no time at all", "write 30s or 5m")
    return seconds


class _Screen:
    """Draws over what it drew before; in a pipe it prints a line a tick."""

    def __init__(self, *, live: bool, silent: bool) -> None:
        self._live, self._silent = live, silent
        self._drawn = 0
        self._size = shutil.get_terminal_size()
        self.last: Watched | None = None

    def __call__(self, watched: Watched) -> None:
        from seatrial.report.gauges import gauge_line, gauge_lines

        self.last = watched
        lost = f" (not answering: {watched.lost})" if watched.lost else ""
        if self._live:
            size = shutil.get_terminal_size()
            lines = [f"{watched.engine} at {watched.place}{lost}", *gauge_lines(watched.gauges, size.columns - 1)]
            self._draw([one_line(line)[: size.columns - 1] for line in lines[: size.lines - 1]], size)
        elif not self._silent:
            click.echo(one_line(gauge_line(watched.gauges) + lost))

    def _draw(self, lines: list[str], size: os.terminal_size) -> None:
        to_start = f"\x1b[{self._drawn}F" if self._drawn else ""
        if size != self._size:  # what was drawn has been wrapped anew: nobody knows where it begins
            to_start, self._size = _TO_TOP, size
        click.echo(to_start + _CLEAR_REST + "\n".join(lines))
        self._drawn = len(lines)


def _print_json(watched: Watched | None) -> None:
    import json
    from dataclasses import asdict

    document: dict[str, Any] = {"engine": None, "gauges": []} if watched is None else asdict(watched)
    click.echo(json.dumps({"schema": 1, **document}, indent=2))
