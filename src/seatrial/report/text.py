"""A report for the terminal: plain monospace, never wider than 100 columns, colour only when asked for."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from seatrial.report.ansi import BOLD, SGR, paint, printable
from seatrial.report.text_table import table_lines
from seatrial.report.view import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.report.view import Cell, Section, View

WIDTH = 100
INDENT = "  "


def render_text(view: View, *, styled: bool = False, width: int = WIDTH, copyables: bool = False) -> str:
    """The report as text that ends in a newline; ANSI colour when `styled`, texts to copy if asked for."""
    title = textwrap.wrap(printable(view.title), width)
    blocks = ["\n".join(paint(line, BOLD, styled=styled) for line in title)]
    for section in view.sections:
        lines = [*_section(section, width, styled), *(_to_copy(section, styled) if copyables else ())]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _section(section: Section, width: int, styled: bool) -> Iterator[str]:
    yield paint(section.heading.upper(), BOLD, styled=styled)
    for line in section.lines:
        yield from _wrapped(line, "", width, styled)
    for position, table in enumerate(section.tables):
        if position or section.lines:
            yield ""
        lines = table_lines(table, width - len(INDENT), styled=styled)
        yield from (INDENT + text if text else "" for text in lines)
    if section.tables and section.bullets:
        yield ""
    for bullet in section.bullets:
        yield from _wrapped(bullet, "- ", width, styled)


def _to_copy(section: Section, styled: bool) -> Iterator[str]:
    """Each under its title, every line as it is."""
    for copyable in section.copyables:
        yield ""
        yield INDENT + paint(f"{printable(copyable.title)}:", SGR[Role.DIM], styled=styled)
        yield from (INDENT * 2 + printable(line) for line in copyable.text.splitlines())


def _wrapped(cell: Cell, mark: str, width: int, styled: bool) -> Iterator[str]:
    """A sentence within the width; its own leading spaces indent it further."""
    text = printable(cell.text)
    lead = INDENT + " " * (len(text) - len(text.lstrip()))
    lines = textwrap.wrap(
        text.strip(),
        width,
        initial_indent=lead + mark,
        subsequent_indent=lead + " " * len(mark),
        break_on_hyphens=False,
    )
    for line in lines:
        yield paint(line, SGR.get(cell.role), styled=styled)
