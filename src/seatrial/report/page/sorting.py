"""What a table is sorted by: the size of a cell, in the unit of its column.

A table whose columns each hold one kind of thing (durations, numbers, words) can be sorted; one whose rows are
different metrics cannot, and gets no buttons.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from seatrial.report.figures import UNKNOWN

if TYPE_CHECKING:
    from seatrial.report.view import Cell, Table

LEAST_ROWS = 3
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}
_NUMBER = re.compile(r"[^\w-]*(-?\d[\d,]*\.?\d*)\s*(us|ms|s|min)?\b")


class Size(NamedTuple):
    """`kind` is duration, number or word; `value` is None for a word."""

    kind: str
    value: float | None


def size(text: str) -> Size | None:
    """The size of a cell's text: that of the number it begins with. None where nothing is known."""
    if text in (UNKNOWN, ""):
        return None
    match = _NUMBER.match(text)
    if match is None:
        return Size("word", None)
    factor = _SECONDS.get(match[2])
    value = float(match[1].replace(",", ""))
    return Size("number", value) if factor is None else Size("duration", value * factor)


def is_sortable(table: Table) -> bool:
    """Whether there are rows to sort, and every column holds one kind of thing."""
    columns = zip(*(row.cells for row in table.rows), strict=True)
    return len(table.rows) >= LEAST_ROWS and all(len(_kinds(column)) <= 1 for column in columns)


def _kinds(column: tuple[Cell, ...]) -> set[str]:
    return {found.kind for cell in column if (found := size(cell.text)) is not None}
