"""A report for the terminal: plain monospace, never wider than 100 columns, colour only when asked for."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from seatrial.report.view import Cell, Role, Row, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.report.view import View

WIDTH = 100
INDENT = "  "
GAP = "  "
HEADER_WIDTH = 24
LABEL_WIDTH = 40

# The one place that decides about colour: Select Graphic Rendition codes.
_SGR = {Role.GOOD: "32", Role.WARN: "33", Role.BAD: "31", Role.DIM: "2"}
_BOLD = "1"


def render_text(view: View, *, styled: bool = False) -> str:
    """The report as text that ends in a newline; with ANSI colour when `styled`."""
    title = textwrap.wrap(_printable(view.title), WIDTH)
    blocks = ["\n".join(_paint(line, _BOLD, styled) for line in title)]
    blocks += ["\n".join(_section(section, styled)) for section in view.sections]
    return "\n\n".join(blocks) + "\n"


def _section(section: Section, styled: bool) -> Iterator[str]:
    yield _paint(section.heading.upper(), _BOLD, styled)
    for line in section.lines:
        yield from _wrapped(line, "", styled)
    for position, table in enumerate(section.tables):
        if position or section.lines:
            yield ""
        yield from _table(table, styled)
    for bullet in section.bullets:
        yield from _wrapped(bullet, "- ", styled)


def _wrapped(cell: Cell, mark: str, styled: bool) -> Iterator[str]:
    """A sentence within the width; its own leading spaces indent it further."""
    text = _printable(cell.text)
    lead = INDENT + " " * (len(text) - len(text.lstrip()))
    lines = textwrap.wrap(
        text.strip(),
        WIDTH,
        initial_indent=lead + mark,
        subsequent_indent=lead + " " * len(mark),
        break_on_hyphens=False,
    )
    for line in lines:
        yield _paint(line, _SGR.get(cell.role), styled)


def _table(table: Table, styled: bool) -> Iterator[str]:
    """The table, cut into as many as the width demands; each repeats the labels."""
    label_width = max(len(line) for row in table.rows for line in _label_lines(row))
    headers = [_header_lines(column) for column in table.columns]
    widths = [
        max(*(len(line) for line in header), *(len(row.cells[i].text) for row in table.rows))
        for i, header in enumerate(headers)
    ]
    for number, columns in enumerate(_cuts(widths, WIDTH - len(INDENT) - label_width, table.together)):
        if number:
            yield ""
        title = table.title if number == 0 else f"{table.title} (continued)"
        for line in textwrap.wrap(_printable(title), WIDTH - len(INDENT)):
            yield INDENT + _paint(line, _BOLD, styled)
        height = max(len(headers[i]) for i in columns)
        for place in range(height):
            cells = [_line_of(headers[i], place, height).rjust(widths[i]) for i in columns]
            yield _paint((INDENT + GAP.join([" " * label_width, *cells])).rstrip(), _SGR[Role.DIM], styled)
        for row in table.rows:
            yield from _row(row, label_width, columns, widths, styled)


def _row(row: Row, label_width: int, columns: Sequence[int], widths: Sequence[int], styled: bool) -> Iterator[str]:
    first, *rest = _label_lines(row)
    cells = [_paint(row.cells[i].text.rjust(widths[i]), _SGR.get(row.cells[i].role), styled) for i in columns]
    yield INDENT + GAP.join([first.ljust(label_width), *cells])
    for line in rest:
        yield INDENT + line


def _cuts(widths: Sequence[int], room: int, together: int) -> Iterator[range]:
    """Ranges of columns that fit into `room`; columns that belong together are parted only if they must be."""
    start = 0
    while start < len(widths):
        end, used = start, 0
        while end < len(widths) and (end == start or used + len(GAP) + widths[end] <= room):
            used += len(GAP) + widths[end]
            end += 1
        whole = (end - start) // together * together
        if end < len(widths) and whole:
            end = start + whole
        yield range(start, end)
        start = end


def _header_lines(column: tuple[str, ...]) -> list[str]:
    return [line for part in column for line in textwrap.wrap(_printable(part), HEADER_WIDTH) or [""]]


def _label_lines(row: Row) -> list[str]:
    return textwrap.wrap(_printable(row.label), LABEL_WIDTH, subsequent_indent="  ") or [""]


def _line_of(header: list[str], line: int, height: int) -> str:
    """Headers stand on the bottom line of the head."""
    place = line - (height - len(header))
    return header[place] if place >= 0 else ""


def _paint(text: str, code: str | None, styled: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if styled and code else text


def _printable(text: str) -> str:
    """What a server said, without what would steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
