"""Telemetry series seen through the time a workload ran.

A reading of a ratio or a power is about the time since the tick before it, so it counts by how much of that time
lies in the window: workloads of a second or two get true numbers from ticks one second apart.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

LONGEST_STEPS = 2
"""A reading speaks for at most so many usual steps: after a longer gap nobody was looking."""


@dataclass(frozen=True)
class Window:
    """Readings (t_ns, value) in order of time by series, and the time that is asked about."""

    readings_by_series: Mapping[str, Sequence[tuple[int, float]]]
    start_ns: int
    end_ns: int

    def matching(self, pattern: re.Pattern[str]) -> Iterator[tuple[str, re.Match[str]]]:
        """The series whose whole name matches."""
        for series in self.readings_by_series:
            if match := pattern.fullmatch(series):
                yield series, match

    def inside(self, series: str) -> list[float]:
        """Values read within the window, in order: of a level (requests waiting, bytes) or a counter."""
        return [value for t_ns, value in self._near(series) if self.start_ns <= t_ns <= self.end_ns]

    def peak(self, series: str) -> float | None:
        return max(self.inside(series), default=None)

    def mean(self, series: str, ticks_of: str | None = None) -> float | None:
        """Mean weighted by time; None when no reading is about the window.

        `ticks_of`: the series that tells when the probe looked; where `series` has no reading then, it was 0.
        """
        values = dict(self._near(series))
        t_ns, overlap_s = self._overlaps_s(ticks_of or series)
        covered_s = float(overlap_s.sum())
        if covered_s == 0 or not values:
            return None
        return float(overlap_s @ np.array([values.get(int(t), 0.0) for t in t_ns])) / covered_s

    def covered_s(self, series: str) -> float:
        """Seconds of the window that readings of `series` are about."""
        return float(self._overlaps_s(series)[1].sum())

    def seen_ns(self, series: str) -> tuple[int, int] | None:
        """When `series` was first and last read in or near the window."""
        near = self._near(series)
        return (near[0][0], near[-1][0]) if near else None

    def _near(self, series: str) -> Sequence[tuple[int, float]]:
        """Readings of the window and two on either side of it, which show the step between ticks."""
        readings = self.readings_by_series.get(series, ())
        first = bisect_left(readings, self.start_ns, key=itemgetter(0))
        last = bisect_right(readings, self.end_ns, key=itemgetter(0))
        return readings[max(0, first - 2) : last + 2]

    def _overlaps_s(self, series: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """(t_ns of each reading, seconds of the window it is about), both of shape (n,)."""
        t_ns = np.array([t for t, _ in self._near(series)], dtype=np.int64)
        steps_ns = np.diff(t_ns)
        step_ns = int(np.median(steps_ns)) if len(steps_ns) else NS_PER_S
        reach_ns = np.minimum(np.concatenate(([step_ns], steps_ns))[: len(t_ns)], LONGEST_STEPS * step_ns)
        overlap_ns = np.minimum(t_ns, self.end_ns) - np.maximum(t_ns - reach_ns, self.start_ns)
        return t_ns, np.maximum(overlap_ns, 0) / NS_PER_S
