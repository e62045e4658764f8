"""Lists in sentences, and numbers with their intervals inside them: one form wherever they are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NO_INTERVAL = "[too short for an interval]"


def joined(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`; empty for none."""
    *most, last = list(parts) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def listed(parts: Iterable[str], most: int, sep: str = ", ") -> str:
    """`a, b, c and 4 more`: the first `most`, and how many there are besides."""
    every = list(parts)
    return sep.join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")


def ranged(
    value: float, low: float | None, high: float | None, form: Callable[[float], str], unit: str = ""
) -> str:
    """`87.5 % [81, 92]`: each number in `form`, the `unit` once; without both ends it says so."""
    ends = NO_INTERVAL if low is None or high is None else f"[{form(low)}, {form(high)}]"
    return f"{form(value)}{unit} {ends}"


def ratio_told(value: float, low: float | None, high: float | None) -> str:
    """`1.21 [1.17, 1.26]`."""
    # A narrow interval near 1 needs a digit more to show on which side of it it lies.
    decimals = 3 if low is not None and high is not None and high - low < 0.04 else 2
    return ranged(value, low, high, lambda each: f"{each:.{decimals}f}")
