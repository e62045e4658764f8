"""The one reader of the catalogue's tables: CSV in, typed rows out, every cell checked.

A table is described by its columns, and a column is a function from the text of a cell to its value that raises
ValueError with what is wrong. Whatever is wrong anywhere becomes a TableError that names table, line and column.
Units are part of a column's name (`_gib`, `_gb_per_s`, `_usd_per_hour`); conversion happens where rows become
records of the domain.
"""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from seatrial.domain.model import Source
from seatrial.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    Column = Callable[[str], Any]

_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


class TableError(UsageError):
    """A table says something it may not; the message names table, line and column."""


@dataclass(frozen=True, slots=True)
class Row:
    """One checked row. `row["column"]` is its value, None where the cell is empty and may be."""

    table: str
    line: int
    values: Mapping[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    def fault(self, column: str, problem: str) -> TableError:
        """The error to raise where a cell contradicts another cell or another table."""
        return TableError(f'{self.table}, line {self.line}, column "{column}": {problem}', "correct the table")


def read(name: str, columns: Mapping[str, Column]) -> tuple[Row, ...]:
    """The rows of table `name` of the package. Raises TableError for the first thing that is wrong."""
    return parse((files("seatrial.catalog") / "data" / name).read_text("utf-8"), name, columns)


def parse(text: str, name: str, columns: Mapping[str, Column]) -> tuple[Row, ...]:
    """The rows of CSV `text`, whose first line must name exactly `columns`, in any order. Raises TableError."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = next(lines, [])
        for word, names in (("lacks", set(columns) - set(head)), ("has an unknown", set(head) - set(columns))):
            if names:
                raise TableError(f'{name}, line 1: {word} column "{min(names)}"', "correct the table")
        return tuple(
            _row(name, lines.line_num, dict(zip(head, cells, strict=False)), len(cells), columns) for cells in lines
        )
    except csv.Error as error:
        raise TableError(f"{name}, line {lines.line_num}: {error}", "correct the table") from None


def _row(name: str, line: int, cells: Mapping[str, str], count: int, columns: Mapping[str, Column]) -> Row:
    if count != len(columns):
        raise TableError(f"{name}, line {line}: {count} cells for {len(columns)} columns", "correct the table")
    values: dict[str, Any] = {}
    for column, value_of in columns.items():
        try:
            values[column] = value_of(cells[column])
        except ValueError as error:
            raise Row(name, line, {}).fault(column, str(error)) from None
    return Row(name, line, values)


def text(cell: str) -> str:
    """Any text that is not empty and has no spaces around it."""
    if not cell or cell != cell.strip():
        raise ValueError("is empty or has spaces around it" if not cell.strip() else "has spaces around it")
    return cell


def optional(column: Column) -> Column:
    """The same column where an empty cell is allowed and means None."""
    return lambda cell: column(cell) if cell else None


def integer(low: int, high: int) -> Column:
    """A column of whole numbers from `low` to `high`."""

    def value_of(cell: str) -> int:
        if not re.fullmatch(r"\d{1,15}", cell):
            raise ValueError(f'"{cell}" is not a whole number')
        return int(_within(int(cell), low, high))

    return value_of


def number(low: float, high: float) -> Column:
    """A column of plain decimal numbers from `low` to `high`."""

    def value_of(cell: str) -> float:
        if not re.fullmatch(r"\d+(\.\d+)?", cell):
            raise ValueError(f'"{cell}" is not a plain decimal number')
        return _within(float(cell), low, high)

    return value_of


def _within(value: float, low: float, high: float) -> float:
    if not (low <= value <= high and math.isfinite(value)):
        raise ValueError(f"{value:g} is outside {low:g} to {high:g}")
    return value


def one_of(*words: str) -> Column:
    """A column of these words."""

    def value_of(cell: str) -> str:
        if cell not in words:
            raise ValueError(f'"{cell}" is none of {", ".join(words)}')
        return cell

    return value_of


def yes_no(cell: str) -> bool:
    """Whether the cell says yes; it may say no."""
    return bool(one_of("yes", "no")(cell) == "yes")


def date(cell: str) -> str:
    """An ISO date, or only its year or month where no more is known."""
    if not _DATE.fullmatch(cell):
        raise ValueError(f'"{cell}" is not a date such as 2026-11-21')
    return cell


def words(cell: str) -> tuple[str, ...]:
    """The words of a cell, separated by semicolons; none in an empty one."""
    found = tuple(cell.split(";")) if cell else ()
    if any(not word.strip() or word != word.strip() for word in found) or len(set(found)) < len(found):
        raise ValueError(f'"{cell}" has an empty or repeated word')
    return found


def some_of(*known: str) -> Column:
    """Words that are all known; at least one."""

    def value_of(cell: str) -> tuple[str, ...]:
        return tuple(one_of(*known)(word) for word in words(text(cell)))

    return value_of


SOURCE: dict[str, Column] = {"source": text, "checked_on": optional(date), "unverified_fields": words}
"""The columns with which every row of every table says where its figures come from."""


def source_of(row: Row, columns: Collection[str]) -> Source:
    """The source of a row. Raises TableError if `unverified_fields` names none of `columns`."""
    unknown = set(row["unverified_fields"]) - set(columns)
    if unknown:
        raise row.fault("unverified_fields", f'"{min(unknown)}" is no column')
    return Source(row["source"], row["checked_on"], row["unverified_fields"])
