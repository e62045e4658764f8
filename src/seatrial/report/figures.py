"""Numbers as people read them: unit, three significant digits, interval in the unit of the value.

Next to an interval a value keeps only the digits that the interval leaves it: two of its half-width.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.values import Estimate

UNKNOWN = "-"


class Scale(NamedTuple):
    """What a value is multiplied by before it is printed, and the unit behind it."""

    factor: float
    unit: str


PLAIN = Scale(1, "")
PERCENT = Scale(100, " %")


def duration(estimate: Estimate | None) -> str:
    """`212 ms [208, 217]`; `-` for None."""
    return UNKNOWN if estimate is None else figure(estimate, duration_scale(estimate.value))


def seconds(value: float | None) -> str:
    """A duration without interval."""
    return UNKNOWN if value is None else _with_unit(value, duration_scale(value))


def measured(estimate: Estimate | None, form: Callable[[Estimate | None], str], of: int) -> str:
    """`form` of a mean or quantile over requests; with its n where it has no interval, or n is less than `of`."""
    if estimate is None:
        return UNKNOWN
    bare = estimate.low is None and estimate.high is None
    return f"{form(estimate)} (n={estimate.n})" if bare or estimate.n < of else form(estimate)


def number(estimate: Estimate | None) -> str:
    return UNKNOWN if estimate is None else figure(estimate, PLAIN)


def plain(value: float | None) -> str:
    return UNKNOWN if value is None else _with_unit(value, PLAIN)


def share(value: float | None) -> str:
    return UNKNOWN if value is None else _with_unit(value, PERCENT)


def count(value: float | None) -> str:
    """A mean of whole numbers: `128`, `63.4`."""
    return UNKNOWN if value is None else f"{value:,.1f}".removesuffix(".0")


def percent(estimate: Estimate | None) -> str:
    return UNKNOWN if estimate is None else figure(estimate, PERCENT)


def figure(estimate: Estimate, scale: Scale) -> str:
    """Value, unit and interval; an end that cannot be given is `-`, no interval at all is left out."""
    if estimate.low is None and estimate.high is None:
        return _with_unit(estimate.value, scale)
    reaches = [abs(end - estimate.value) * scale.factor for end in (estimate.low, estimate.high) if end is not None]
    # A value near 0 with a wide interval has few digits that mean anything.
    decimals = _decimals(max(abs(estimate.value) * scale.factor, *reaches))
    # Of a lopsided interval the nearer end decides, lest it be rounded into the value.
    nearest = min((reach for reach in reaches if reach), default=None)
    if nearest is not None:
        decimals = min(decimals, _decimals(nearest, digits=2))
    ends = (
        UNKNOWN if end is None else _fixed(end * scale.factor, decimals) for end in (estimate.low, estimate.high)
    )
    return f"{_fixed(estimate.value * scale.factor, decimals)}{scale.unit} [{', '.join(ends)}]"


def duration_scale(value_s: float) -> Scale:
    size = abs(value_s)
    if size >= 120:
        return Scale(1 / 60, " min")
    if size >= 1:
        return Scale(1, " s")
    return Scale(1e3, " ms") if size >= 1e-3 or size == 0 else Scale(1e6, " us")


def _with_unit(value: float, scale: Scale) -> str:
    scaled = value * scale.factor
    return _fixed(scaled, _decimals(scaled)) + scale.unit


def _decimals(value: float, digits: int = 3) -> int:
    """Decimals that give so many significant digits, at most six."""
    return 0 if value == 0 else min(6, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def _fixed(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    # -0.00 is no number anybody wants to see.
    return text.removeprefix("-") if not text.strip("-0.,") else text
