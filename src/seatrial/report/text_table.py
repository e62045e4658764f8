"""A table as lines of text: labels to the left, numbers to the right, cut where the width demands."""

from __future__ import annotations

import textwrap
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from seatrial.report.ansi import BOLD, SGR, paint, printable
from seatrial.report.view import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.report.view import Row, Table

GAP = "  "
HEADER_WIDTH = 24
LABEL_WIDTH = 40


class _Grid(NamedTuple):
    """A table measured: the header lines of every column, every width in characters."""

    table: Table
    label_width: int
    headers: list[list[str]]
    widths: list[int]


def table_lines(table: Table, width: int, *, styled: bool) -> Iterator[str]:
    """The title, then the table in as many parts as the width demands; each part repeats the labels."""
    for line in textwrap.wrap(printable(table.title), width):
        yield paint(line, BOLD, styled=styled)
    headers = [_header_lines(column) for column in table.columns]
    widths = [
        max(len(line) for line in (*header, *(row.cells[i].text for row in table.rows)))
        for i, header in enumerate(headers)
    ]
    grid = _Grid(table, max(len(line) for row in table.rows for line in _label_lines(row)), headers, widths)
    for number, columns in enumerate(cuts(widths, width - grid.label_width, table.together)):
        if number:
            yield ""
        for line in (*_group_lines(grid, columns), *_head_lines(grid, columns)):
            yield paint(line.rstrip(), SGR[Role.DIM], styled=styled)
        for row in table.rows:
            yield from _row_lines(grid, row, columns, styled)


def cuts(widths: Sequence[int], room: int, together: int) -> list[range]:
    """Ranges of columns that fit into `room`, gaps included: as few as can be, then as even as can be.

    Columns that belong together are parted only where they alone are too wide.
    """
    sizes = [sum(widths[i : i + together]) + len(GAP) * together for i in range(0, len(widths), together)]
    if together > 1 and max(sizes) > room:
        return cuts(widths, room, 1)
    fewest = _packed(sizes, room, len(sizes))
    even = _packed(sizes, room, -(-len(sizes) // len(fewest)))
    packed = even if len(even) == len(fewest) else fewest
    return [range(part.start * together, min(part.stop * together, len(widths))) for part in packed]


def _packed(sizes: Sequence[int], room: int, most: int) -> list[range]:
    """Runs of at most `most` sizes whose sum fits into `room`; one that does not fit stands alone."""
    parts, start = [], 0
    while start < len(sizes):
        end = start + 1
        while end < min(len(sizes), start + most) and sum(sizes[start : end + 1]) <= room:
            end += 1
        parts.append(range(start, end))
        start = end
    return parts


def _group_lines(grid: _Grid, columns: range) -> Iterator[str]:
    """The titles over columns that belong together, each centred in a rule as wide as they are."""
    if not grid.table.groups:
        return
    spans, titles = [], []
    for group, members in groupby(columns, key=lambda i: i // grid.table.together):
        widths = [grid.widths[i] for i in members]
        spans.append(sum(widths) + len(GAP) * (len(widths) - 1))
        titles.append(_ruled(printable(grid.table.groups[group]), spans[-1]))
    height = max(len(title) for title in titles)
    for place in range(height):
        cells = [_line_of(title, place, height).center(span) for title, span in zip(titles, spans, strict=True)]
        yield GAP.join([" " * grid.label_width, *cells])


def _ruled(title: str, span: int) -> list[str]:
    """`-- title --` where there is room for it, else the title broken into lines."""
    return [f" {title} ".center(span, "-")] if len(title) + 4 <= span else textwrap.wrap(title, span)


def _head_lines(grid: _Grid, columns: range) -> Iterator[str]:
    height = max(len(grid.headers[i]) for i in columns)
    for place in range(height):
        cells = [_line_of(grid.headers[i], place, height).rjust(grid.widths[i]) for i in columns]
        yield GAP.join([" " * grid.label_width, *cells])


def _row_lines(grid: _Grid, row: Row, columns: range, styled: bool) -> Iterator[str]:
    first, *rest = _label_lines(row)
    cells = [
        paint(row.cells[i].text.rjust(grid.widths[i]), SGR.get(row.cells[i].role), styled=styled) for i in columns
    ]
    yield GAP.join([first.ljust(grid.label_width), *cells])
    yield from rest


def _header_lines(column: tuple[str, ...]) -> list[str]:
    return [line for part in column for line in textwrap.wrap(printable(part), HEADER_WIDTH)]


def _label_lines(row: Row) -> list[str]:
    return textwrap.wrap(printable(row.label), LABEL_WIDTH, subsequent_indent="  ") or [""]


def _line_of(header: list[str], line: int, height: int) -> str:
    """Headers stand on the bottom line of the head."""
    place = line - (height - len(header))
    return header[place] if place >= 0 else ""
