"""One clock: perf_counter_ns, and the kernel's wall-clock receive stamps translated to it."""

from __future__ import annotations

import time

from seatrial.units import NS_PER_MS

STEP_NS = NS_PER_MS  # a jump this large between two looks is a step of the wall clock, not slewing


class WallOffset:
    """Wall minus monotonic nanoseconds, refreshed every few milliseconds by the loop.

    NTP slews the wall clock by at most 500 ppm, 25 us over the 50 ms between looks; a step is noticed and kept
    in `worst_step_ns` until taken.
    """

    def __init__(self) -> None:
        self.ns = _wall_minus_monotonic()
        self._worst_step_ns = 0

    def refresh(self) -> None:
        offset = _wall_minus_monotonic()
        jump = abs(offset - self.ns)
        self._worst_step_ns = max(self._worst_step_ns, jump)
        self.ns = offset

    def take_worst_step_ns(self) -> int:
        """The largest jump since the last call; 0 when it was no more than slewing explains."""
        worst, self._worst_step_ns = self._worst_step_ns, 0
        return worst if worst > STEP_NS else 0


def _wall_minus_monotonic() -> int:
    """The best of three readings: the one whose two monotonic looks lie closest together."""
    best_width, best = 1 << 62, 0
    for _ in range(3):
        before = time.perf_counter_ns()
        wall = time.time_ns()
        after = time.perf_counter_ns()
        if after - before < best_width:
            best_width, best = after - before, wall - (before + after) // 2
    return best
