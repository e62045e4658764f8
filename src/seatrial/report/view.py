"""What a report shows, before it has a form: sections of lines, bullets and tables with formatted cells.

Text and Markdown place these; they format no number and decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Role(Enum):
    """How a piece of text is meant; a renderer may colour it."""

    PLAIN = "plain"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    DIM = "dim"


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    role: Role = Role.PLAIN


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` holds the header lines of each column; an empty title is none.

    Every `together` columns belong side by side; `groups` are the titles over them, if they have any.
    """

    title: str
    columns: tuple[tuple[str, ...], ...]
    rows: tuple[Row, ...]
    together: int = 1
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A Vega-Lite specification with its data inline, and the same told in words and numbers (`alt`).

    `id` is unique within a view and safe in a file name and an HTML id. `height_px` is the room kept for it.
    """

    id: str
    title: str
    alt: str
    spec: dict[str, Any]
    height_px: int = 260


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, then lines, charts, tables and bullets, in this order. Text shows no charts."""

    heading: str
    lines: tuple[Cell, ...] = ()
    tables: tuple[Table, ...] = ()
    bullets: tuple[Cell, ...] = ()
    charts: tuple[Chart, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lines or self.tables or self.bullets or self.charts)


@dataclass(frozen=True, slots=True)
class View:
    title: str
    sections: tuple[Section, ...]
