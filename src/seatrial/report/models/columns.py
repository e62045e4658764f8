"""A flat list as columns: words to the left, numbers to the right, and no line wider than the terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from seatrial.report.ansi import BOLD, SGR, paint, printable
from seatrial.report.view import Cell, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP = "  "


class Column(NamedTuple):
    """`cells` is as long as the list. Where the width is short, the column of the highest `rank` goes first."""

    title: str
    cells: Sequence[Cell]
    right: bool = False
    rank: int = 0

    @property
    def width(self) -> int:
        return max(len(text) for text in (self.title, *(printable(cell.text) for cell in self.cells)))


def column_lines(columns: Sequence[Column], width: int, *, styled: bool) -> Iterator[str]:
    """The head and a line for each row; then which columns had no room, if any. Columns of rank 0 always stay."""
    shown, left_out = _that_fit(columns, width)
    yield paint(_line([(column, column.title) for column in shown]), BOLD, styled=styled)
    for place in range(len(shown[0].cells)):
        cells = [(column, column.cells[place]) for column in shown]
        yield GAP.join(_placed(column, cell, styled) for column, cell in cells).rstrip()
    if left_out:
        yield ""
        told = "no room for " + ", ".join(column.title.lower() for column in left_out)
        yield from note_lines(f"{told}: --json has all", width, styled=styled)


def note_lines(text: str, width: int, *, styled: bool, role: Role = Role.DIM) -> Iterator[str]:
    """A remark below a list, wrapped."""
    for line in textwrap.wrap(printable(text), width, break_on_hyphens=False):
        yield paint(line, SGR.get(role), styled=styled)


def _that_fit(columns: Sequence[Column], width: int) -> tuple[list[Column], list[Column]]:
    shown, left_out = [*columns], []
    while _total(shown) > width and any(column.rank for column in shown):
        least = max(shown, key=lambda column: column.rank)
        shown.remove(least)
        left_out.append(least)
    return shown, left_out


def _total(columns: Sequence[Column]) -> int:
    return sum(column.width + len(GAP) for column in columns) - len(GAP)


def _line(cells: Sequence[tuple[Column, str]]) -> str:
    return GAP.join(
        text.rjust(column.width) if column.right else text.ljust(column.width) for column, text in cells
    ).rstrip()


def _placed(column: Column, cell: Cell, styled: bool) -> str:
    text = printable(cell.text)
    gap = " " * (column.width - len(text))
    painted = paint(text, SGR.get(cell.role), styled=styled)
    return gap + painted if column.right else painted + gap
