"""The command line: one short file per command."""

from __future__ import annotations


def main() -> None:
    """The entry point of the `seatrial` script."""
    from seatrial.cli.main import main as run

    run()
