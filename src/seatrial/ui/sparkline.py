"""A gauge's history as the points of a small line."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from seatrial.domain.telemetry import Gauge

WIDTH, HEIGHT = 240.0, 36.0


class Sparkline(NamedTuple):
    """`lines`: for SVG polylines, one for each stretch without a gap, in a box of WIDTH x HEIGHT."""

    lines: tuple[str, ...]
    top: float


def sparkline(gauge: Gauge) -> Sparkline:
    """The history from left to right, from 0 at the bottom to the limit, or the highest value, at the top."""
    known = [value for value in gauge.history if value is not None]
    top = max(gauge.limit or 0.0, max(known, default=0.0)) or 1.0
    step = WIDTH / max(1, len(gauge.history) - 1)
    lines: list[list[str]] = [[]]
    for k, value in enumerate(gauge.history):
        if value is None:
            lines.append([])
        else:
            lines[-1].append(f"{k * step:.1f},{HEIGHT - 1 - (HEIGHT - 2) * max(0.0, value) / top:.1f}")
    return Sparkline(tuple(" ".join(line) for line in lines if len(line) > 1), top)
