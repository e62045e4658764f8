"""A report as Markdown: the same view, with GitHub's tables, and pictures of its charts where there are any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.report.view import Chart, Copyable, Section, Table, View

# What would start markup or end a table cell in a name or in a server's message.
_MARKUP = re.compile(r"([\\`*<>|]|\](?=\())")
# In the alternative text of a picture brackets that do not match would end it.
_BRACKETS = re.compile(r"(?<!\\)([\[\]])")


def render_markdown(view: View, *, pictures: str | None = None, copyables: bool = False) -> str:
    """The report as Markdown text that ends in a newline; with texts to copy if asked for.

    `pictures` is the folder, as the text should name it, that holds each chart as ID.svg; None shows no charts.
    """
    blocks = [f"# {_escaped(view.title)}"]
    for section in view.sections:
        blocks.extend(_section(section, pictures))
        if copyables:
            blocks.extend(map(_to_copy, section.copyables))
    return "\n\n".join(blocks) + "\n"


def _section(section: Section, pictures: str | None) -> Iterator[str]:
    if pictures is None and not (section.lines or section.tables or section.bullets):
        return
    yield f"## {_escaped(section.heading)}"
    for line in section.lines:
        yield _escaped(line.text)
    if pictures is not None:
        for chart in section.charts:
            yield _picture(chart, pictures)
    for table in section.tables:
        if table.title:
            yield f"### {_escaped(table.title)}"
        yield "\n".join(_table(table))
    if section.bullets:
        yield "\n".join(f"- {_escaped(bullet.text)}" for bullet in section.bullets)


def _to_copy(copyable: Copyable) -> str:
    """The title, and the text in a fence that is longer than any in it."""
    runs = re.findall("`+", copyable.text)
    fence = "`" * max(3, 1 + max(map(len, runs), default=0))
    return f"{_escaped(copyable.title)}:\n\n{fence}\n{copyable.text.rstrip()}\n{fence}"


def _picture(chart: Chart, folder: str) -> str:
    """The picture, which has its title in it; the words are its alternative text, shown where it is not."""
    alt = _BRACKETS.sub(r"\\\1", _escaped(chart.alt))
    return f"![{alt}]({quote(folder)}/{chart.id}.svg)"


def _table(table: Table) -> Iterator[str]:
    yield _line("", *("<br>".join(map(_escaped, _head(table, i))) for i in range(len(table.columns))))
    yield _line("---", *("---:" for _ in table.columns))
    for row in table.rows:
        yield _line(_escaped(row.label), *(_escaped(cell.text) for cell in row.cells))


def _head(table: Table, column: int) -> tuple[str, ...]:
    """The header lines of a column, that of its group first: Markdown has no cell over several columns."""
    group = table.groups[column // table.together :][:1]
    return (*group, *table.columns[column])


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    printable = "".join(char if char.isprintable() else " " for char in text.strip())
    return _MARKUP.sub(r"\\\1", printable)
