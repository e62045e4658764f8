"""A prediction beside the measurement: errors, intervals, and what simpler rules would have said."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from math import exp
from statistics import fmean, median
from typing import TYPE_CHECKING, TypeVar

from seatrial.domain.values import Z80, Range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from bench.scoreboard.rows import Row

_T = TypeVar("_T")
NOTHING_FITTED, GPUS, FAMILIES = "nothing fitted", "GPUs left out", "families left out"
"""Ways of leaving out."""
MBU, MFU = 0.55, 0.5
"""The constants of the usual tools: shares of peak bandwidth while decoding, of peak operations in a prompt."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One measured value and the prediction for it, made without the rows `left_out` names.

    `others`: (rule, value) of the simple rules it is compared with. Values are in the unit of the row.
    """

    row: Row
    quantity: str
    engine: str
    gpu: str
    family: str
    left_out: str
    measured: float
    predicted: Range
    others: Mapping[str, float] = field(default_factory=dict)

    @property
    def error(self) -> float:
        """Relative and signed: 0.1 is 10 % too much."""
        return self.predicted.value / self.measured - 1.0

    @property
    def covered(self) -> bool:
        return self.predicted.low <= self.measured <= self.predicted.high


@dataclass(frozen=True, slots=True)
class Left:
    """A row that is not predicted, and why."""

    row: Row
    reason: str


@dataclass(frozen=True, slots=True)
class Section:
    """Everything about one kind of rows. A row is in `scored` (once per way of leaving out) or in `left`."""

    scored: tuple[Scored, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """Errors of some rows: absolute, relative. `coverage`: the share inside the 80 % interval."""

    n: int
    mean: float
    median: float
    worst: Scored
    coverage: float
    others: tuple[tuple[str, float], ...]


def summary(scored: Sequence[Scored]) -> Summary:
    """The summary of at least one row; of simple rules the median error, where they serve every row."""
    errors = [abs(each.error) for each in scored]
    rules = [rule for rule in scored[0].others if all(rule in each.others for each in scored)]
    return Summary(
        n=len(scored),
        mean=fmean(errors),
        median=median(errors),
        worst=max(scored, key=lambda each: abs(each.error)),
        coverage=fmean(each.covered for each in scored),
        others=tuple(
            (rule, median(abs(each.others[rule] / each.measured - 1.0) for each in scored)) for rule in rules
        ),
    )


def grouped(
    scored: Iterable[Scored], key: Callable[[Scored], tuple[str, ...]]
) -> tuple[tuple[tuple[str, ...], Summary], ...]:
    """Summaries by `key`, in the order of the keys."""
    ordered = sorted(scored, key=key)
    return tuple((name, summary(list(members))) for name, members in groupby(ordered, key))


def around(value: float, log_spread: float) -> Range:
    """The 80 % interval of a value whose logarithm is so unsure."""
    off = exp(Z80 * log_spread)
    return Range(value, value / off, value * off)


def folds(rows: Sequence[_T], group: Callable[[_T], str]) -> tuple[tuple[str, list[_T], list[_T]], ...]:
    """(name, the other rows, its rows) for every group."""
    return tuple(
        (name, [row for row in rows if group(row) != name], [row for row in rows if group(row) == name])
        for name in sorted({group(row) for row in rows})
    )
