"""A table of the package with one cell changed, to see that the change is refused."""

from __future__ import annotations

import csv
import io
from importlib.resources import files
from typing import TYPE_CHECKING

from seatrial.catalog.table import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from seatrial.catalog.table import Row


def cells(name: str) -> list[dict[str, str]]:
    text = (files("seatrial.catalog") / "data" / name).read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def rows(name: str, columns: Mapping[str, Callable[[str], Any]], key: str, /, **changes: str) -> tuple[Row, ...]:
    """The checked rows of the table `name`, with `changes` made to the first whose first cell is `key`."""
    table = cells(name)
    row = next(row for row in table if next(iter(row.values())) == key)
    assert set(changes) <= set(row)
    row.update(changes)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(row), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return parse(out.getvalue(), name, columns)
