"""Numbers in the words of the sentences about who was busy."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.stats.busy.window import Window


def percent(ratio: float) -> str:
    return f"{100 * ratio:.0f} %"


def percents(ratios: Iterable[float]) -> str:
    """`47 %`, or `12 to 98 %` when they differ."""
    shown = [round(100 * ratio) for ratio in ratios]
    low, high = min(shown), max(shown)
    return f"{high} %" if low == high else f"{low} to {high} %"


def mean_over(window: Window, series: str) -> str:
    """`mean over 12 s`: the time that the readings of `series` are about."""
    return over(window.covered_s(series))


def over(covered_s: float) -> str:
    return f"mean over {round(covered_s, 1):g} s"
