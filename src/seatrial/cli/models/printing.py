"""What the commands on the catalogue share: options, the width of the terminal, one JSON document."""

from __future__ import annotations

import json
import shutil
import sys
from typing import Any

import click

PIPE_WIDTH = 132  # of output that no terminal shows

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def width() -> int:
    """Columns to print in."""
    return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns if sys.stdout.isatty() else PIPE_WIDTH


def styled() -> bool:
    """Whether colour is wanted: of a terminal, unless NO_COLOR says otherwise."""
    return sys.stdout.isatty() and click.get_current_context().color is not False


def print_json(document: dict[str, Any]) -> None:
    """One JSON document on stdout. Raises ValueError for NaN."""
    click.echo(json.dumps(document, indent=2, allow_nan=False))
