"""What a report shows, before it has a form: sections of lines, bullets and tables with formatted cells.

Renderers place these; they format no number and decide nothing. Text and Markdown show neither the headline, which
says no more than the first sections do, nor texts to copy.
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
class Copyable:
    """A text to copy as it is: a command, a spec. `long` ones are folded away until they are asked for."""

    title: str
    text: str
    long: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, then lines, charts, tables, bullets and texts to copy, in this order. Text shows no charts."""

    heading: str
    lines: tuple[Cell, ...] = ()
    tables: tuple[Table, ...] = ()
    bullets: tuple[Cell, ...] = ()
    charts: tuple[Chart, ...] = ()
    copyables: tuple[Copyable, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lines or self.tables or self.bullets or self.charts or self.copyables)


@dataclass(frozen=True, slots=True)
class Fact:
    """A number that is seen from afar, what it is, and how sure it is (may be empty)."""

    value: str
    what: str
    how_sure: str = ""


@dataclass(frozen=True, slots=True)
class Headline:
    """What is read in ten seconds: `lead` says which candidate, `facts` by how much, `trust` whether to believe it.

    `remark` is a word on `trust`.
    """

    lead: Cell
    facts: tuple[Fact, ...]
    trust: Cell
    remark: str


@dataclass(frozen=True, slots=True)
class View:
    """`candidates`: their names in the order of their colours."""

    title: str
    sections: tuple[Section, ...]
    headline: Headline | None = None
    candidates: tuple[str, ...] = ()
