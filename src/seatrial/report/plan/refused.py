"""What was refused and why: those that one change would save first, then the nearest misses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from seatrial.report import figures
from seatrial.report.plan import words
from seatrial.report.view import Cell, Role, Row, Section, Table
from seatrial.sizing import names
from seatrial.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.plan import Rejection

MOST_TOLD = 10
MOST_ROWS = 200
MOST_PLACES = 6
_FIGURES = re.compile(r"\d[\d,.]*\s?(?:[KMG]iB|ms|us|s|min|%)?(?: / \d+(?: = [\d.]+ [KMG]iB)?)?")


class Refusal(NamedTuple):
    """Rejections that are alike: the first of them, and how they are called."""

    first: Rejection
    names: tuple[str, ...]


def refusals(rejected: Sequence[Rejection], *, loosely: bool = False) -> list[Refusal]:
    """The rejections, those of one engine, reason and change as one, the most useful first.

    Loosely alike are those of one quantisation whose reasons differ in their figures alone. What nothing was worked
    out of (no offer, too large) is always told so.
    """
    alike: dict[tuple[object, ...], list[Rejection]] = {}
    for each in sorted(rejected, key=_usefulness):
        is_loose = loosely or (each.memory is None and each.speed is None)
        key = _shape(each) if is_loose else (each.layout.engine, each.reason, each.change)
        alike.setdefault(key, []).append(each)
    return [
        Refusal(group[0], tuple(dict.fromkeys(names.short_name(each.layout) for each in group)))
        for group in alike.values()
    ]


def _shape(rejection: Rejection) -> tuple[object, ...]:
    """What is left of a rejection without its figures."""
    layout, change = rejection.layout, rejection.change
    reason = _FIGURES.sub("", rejection.reason.replace(layout.gpu.name, ""))
    return (layout.engine, layout.weights.quant, reason, change and change.flag)


def _usefulness(rejection: Rejection) -> tuple[int, float]:
    """First what only the budget rules out, by its cost; then what a change saves, by how much memory is short.

    Then what runs; then what cannot.
    """
    if rejection.usd_per_month is not None:
        return -1, rejection.usd_per_month
    if rejection.change is not None:
        return 0, _short(rejection)
    return (1, 0.0) if rejection.speed is not None else (2, _short(rejection))


def _short(rejection: Rejection) -> float:
    memory = rejection.memory
    return 0.0 if memory is None or not memory.total.value else max(0.0, memory.shortfall / memory.total.value)


def told(rejected: Sequence[Rejection], most: int = MOST_TOLD) -> Section:
    """A bullet for each of the first, and how many there are besides."""
    found = refusals(rejected, loosely=True)
    bullets = [Cell(_sentence(each)) for each in found[:most]]
    if left := sum(len(each.names) for each in found[most:]):
        bullets.append(Cell(f"and {left:,} more: --json lists all", Role.DIM))
    return Section("Refused", bullets=tuple(bullets))


def table(rejected: Sequence[Rejection]) -> Section:
    """All, in a table; beyond MOST_ROWS only how many."""
    found = refusals(rejected)
    rows = tuple(
        Row(_names(each), (Cell(f"{each.first.reason.rstrip('.')}{_alike(each)}"), Cell(_change(each.first))))
        for each in found[:MOST_ROWS]
    )
    if not rows:
        return Section("Refused")
    left = sum(len(each.names) for each in found[MOST_ROWS:])
    lines = (Cell(f"{left:,} more are in the JSON of this plan.", Role.DIM),) if left else ()
    return Section("Refused", lines, (Table("", (("why",), ("smallest change that helps",)), rows, together=2),))


def _sentence(refusal: Refusal) -> str:
    """The first with its figures and what would help it; on which hardware it is much the same."""
    helped = f". Smallest change that helps: {_change(refusal.first)}" if refusal.first.change else ""
    return f"{refusal.names[0]}: {refusal.first.reason.rstrip('.')}{helped}{_alike(refusal)}"


def _alike(refusal: Refusal) -> str:
    places = [name.partition(", ")[2] or name for name in refusal.names[1:]]
    return f". Much the same on {listed(places, MOST_PLACES)}" if places else ""


def _names(refusal: Refusal) -> str:
    """`vLLM bf16, 1 x L4`, and how many more there are of the same engine and quantisation."""
    first, *others = refusal.names
    return f"{first} and {len(others)} more" if others else first


def _change(rejection: Rejection) -> str:
    return words.change(rejection.change, rejection.layout.gpu_count) if rejection.change else figures.UNKNOWN
