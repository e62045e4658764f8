"""Sums of uncertain figures: independent errors add as squares do, each side of the interval by itself."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from seatrial.domain.values import Range

if TYPE_CHECKING:
    from collections.abc import Iterable


def total(parts: Iterable[Range]) -> Range:
    """The sum of independent quantities."""
    parts = tuple(parts)
    value = sum(part.value for part in parts)
    below = hypot(*(part.value - part.low for part in parts))
    above = hypot(*(part.high - part.value for part in parts))
    return Range(value, value - below, value + above)


def difference(whole: Range, parts: Iterable[Range]) -> Range:
    """What is left of `whole` when `parts` are taken off it."""
    return total((whole, *(Range(-part.value, -part.high, -part.low) for part in parts)))


def within(value: float, share: float, absolute: float = 0.0) -> Range:
    """`value` give or take `share` of it and `absolute`; never below nothing."""
    half = hypot(value * share, absolute)
    return Range(value, max(0.0, value - half), value + half)
