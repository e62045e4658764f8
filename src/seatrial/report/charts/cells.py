"""Data inside a specification: few rows as objects, many as CSV, and names by number."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from seatrial.report.charts.spec import Spec

DIGITS = 5
TIMES = "t"
TIME_DIGITS = 7
"""Of moments on the run's clock: an hour in milliseconds, since a time line is zoomed into."""


def rows(values: Iterable[Mapping[str, Any]]) -> Spec:
    """Data of few rows, as they are; numbers rounded."""
    return {"values": [{key: _rounded(value) for key, value in row.items()} for row in values]}


def columns(**by_name: Sequence[float | int | None]) -> Spec:
    """Data of many rows of numbers, as CSV, which takes a third of the room of objects; None is an empty cell."""
    digits = [TIME_DIGITS if name == TIMES else DIGITS for name in by_name]
    lines = [",".join(by_name)]
    lines += [",".join(map(_cell, row, digits)) for row in zip(*by_name.values(), strict=True)]
    return {
        "values": "\n".join(lines),
        "format": {"type": "csv", "parse": dict.fromkeys(by_name, "number")},
    }


def named(number: str, names: Sequence[str], field: str) -> Spec:
    """A transform that adds the text `field`: the one of `names` at the place that the column `number` holds."""
    values = [{number: place, field: name} for place, name in enumerate(names)]
    return {"lookup": number, "from": {"data": {"values": values}, "key": number, "fields": [field]}}


def _cell(value: float | None, digits: int) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.{digits}g}"


def _rounded(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
