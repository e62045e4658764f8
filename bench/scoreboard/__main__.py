"""Prints the board, writes docs/accuracy.md, and fails when a gate is missed or a score got worse."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench.scoreboard import gates
from bench.scoreboard.board import make_board
from bench.scoreboard.page import lines_of, page

from seatrial.catalog.coefficients import shipped

OUT = Path(__file__).parents[2] / "docs" / "accuracy.md"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.scoreboard", description=__doc__)
    parser.add_argument("--record", action="store_true", help="record the scores of now as those to keep")
    arguments = parser.parse_args()
    board = make_board()
    totals = gates.summaries(board.scored)
    if arguments.record:
        gates.record(totals)
    demanded, worse = gates.demanded(totals), gates.worse(totals)
    OUT.write_text(page(board, demanded, worse, shipped()), "utf-8")
    print(*lines_of(board), sep="\n")
    missed = [gate for gate in demanded if not gate.met]
    for gate in missed:
        print(f"MISSED {gate.quantity}, {gate.left_out}: {gate.statistic} {gate.now:.4f}, limit {gate.limit:g}")
    for sentence in worse:
        print(f"WORSE {sentence}")
    print(f"{len(board.rows)} rows, {len(board.left)} of them not predicted. Wrote {OUT.name}.")
    return 1 if missed or worse else 0


if __name__ == "__main__":
    sys.exit(main())
