"""Many points as few, with what an eye would look for kept: ends, peaks, tails, failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.traces import Curve, Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

MIDDLE_SHARE = 0.7
"""Of the points of a curve: spread evenly over the shares. The others go to the two tails, evenly in log share."""
NAMED = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999)
"""Shares whose values people look up: kept exactly."""
EACH_END = 3
"""Values at either end of a curve that are kept one by one."""


def thin_curve(metric: str, values: Floats, points: int) -> Curve | None:
    """The distribution of the known `values` in about `points` points; None when none is known.

    Between kept points in the middle lie n / (0.7 points) values; in the tails the distance to the end shrinks by a
    constant factor from point to point, so p99.9 is as near to a kept point as p50 is.
    """
    known = np.sort(values[~np.isnan(values)])
    n = len(known)
    if n == 0:
        return None
    ranks = curve_ranks(n, points)
    shown = known[ranks]
    # Of a row of equal values the first and the last tell all.
    inner = np.r_[False, (shown[1:-1] == shown[:-2]) & (shown[1:-1] == shown[2:]), False] if n > 1 else [False]
    ranks, shown = ranks[~np.asarray(inner)], shown[~np.asarray(inner)]
    return Curve(metric, n, tuple(shown.tolist()), tuple(((ranks + 1) / n).tolist()))


def curve_ranks(n: int, points: int) -> Ints:
    """Ranks from 0 to n - 1 to keep of n sorted values, rising, all of them when n is at most `points`."""
    if n <= points:
        return np.arange(n)
    middle = np.linspace(0, n - 1, max(2, round(points * MIDDLE_SHARE)))
    tail = np.geomspace(1, n / 2, max(2, round(points * (1 - MIDDLE_SHARE) / 2)))
    ends = np.arange(EACH_END)
    named = np.ceil(np.array(NAMED) * n - 1e-9) - 1
    wanted = np.concatenate((middle, tail, n - 1 - tail, named, ends, n - 1 - ends))
    return np.unique(np.clip(np.rint(wanted), 0, n - 1).astype(np.int64))


def thin_line(name: str, unit: str, t_s: Floats, values: Floats, points: int) -> Line | None:
    """The line in at most about `points` points: of each stretch of time its lowest and its highest value."""
    keep = np.arange(len(t_s)) if len(t_s) <= points else _extremes(t_s, values, max(1, points // 2 - 1))
    if not len(keep):
        return None
    return Line(name, unit, tuple(t_s[keep].tolist()), tuple(values[keep].tolist()))


def _extremes(t_s: Floats, values: Floats, stretches: int) -> Ints:
    """The first and last position, and those of the lowest and the highest value of each stretch of time."""
    stretch = _stretch(t_s, stretches)
    by_value = np.lexsort((values, stretch))
    starts = np.flatnonzero(np.diff(stretch[by_value], prepend=-1))
    ends = np.append(starts[1:], len(t_s)) - 1
    return np.unique(np.concatenate(([0], by_value[starts], by_value[ends], [len(t_s) - 1])))


def pick_dots(t_s: Floats, rankings: tuple[Floats, ...], outcome: NDArray[np.str_], points: int) -> Ints:
    """Positions to keep of requests in order of `t_s`: about `points`, all of them when there are no more.

    Of each stretch of time the highest of each of `rankings` (NaN: not ranked) and the first of each failure are
    kept, then as many others, evenly spread, as there is room for.
    """
    n = len(t_s)
    if n <= points:
        return np.arange(n)
    causes, code = np.unique(outcome, return_inverse=True)
    stretch = _stretch(t_s, max(1, points // (2 * (len(rankings) + len(causes)))))
    kept = [_highest(stretch, np.nan_to_num(ranking, nan=-np.inf)) for ranking in rankings]
    failed = np.flatnonzero(outcome != "ok")
    kept.append(failed[np.unique(stretch[failed] * len(causes) + code[failed], return_index=True)[1]])
    room = max(2, points - sum(map(len, kept)))
    kept.append(np.linspace(0, n - 1, room).astype(np.int64))
    return np.unique(np.concatenate(kept))


def _highest(stretch: Ints, ranking: Floats) -> Ints:
    order: Ints = np.lexsort((ranking, stretch))
    last: Ints = order[np.append(np.flatnonzero(np.diff(stretch[order])), len(order) - 1)]
    return last


def _stretch(t_s: Floats, stretches: int) -> Ints:
    """Which of so many equal stretches of time each moment lies in."""
    span = float(t_s[-1] - t_s[0]) or 1.0
    place: Floats = np.minimum((t_s - t_s[0]) / span * stretches, stretches - 1)
    return place.astype(np.int64)


def count_line(name: str, moments_s: Floats, points: int) -> Line | None:
    """How many of `moments_s` (NaN: never) have come so far; each value holds until the next moment."""
    known = np.sort(moments_s[~np.isnan(moments_s)])
    if not len(known):
        return None
    times = known if len(known) <= points else np.linspace(known[0], known[-1], points)
    counts = np.searchsorted(known, times, side="right")
    return Line(name, "requests", tuple(times.tolist()), tuple(counts.astype(float).tolist()))
