"""Where the steady state of a workload begins, and whether it holds: MSER-5 with a test, and the drift of the rest.

The series is the logarithm of the time to complete (`e2e_s`), request by request in the order of their intended
starts. A warm-up makes requests some times slower, and an open load fills an empty server, which makes the first
ones faster: both show there. Logarithms keep a few long answers from looking like either.

MSER (White 1997; over batches of 5: White, Cobb & Spratt 2000) cuts where the mean of the rest is known best. By
itself it cuts something from every third series that needs no cut, and where requests depend on each other it often
finds no steady state in a steady one. So a cut counts only where what it cuts differs from the rest beyond chance.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.summary import Drift, Steady
from seatrial.domain.traffic import Arrivals, State
from seatrial.domain.values import Estimate
from seatrial.stats.dependence import serial_spread, t_interval
from seatrial.stats.metrics import e2e_s
from seatrial.units import format_s

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seatrial.domain.traffic import Workload
    from seatrial.stats.rates import Window
    from seatrial.stats.table import Floats, Ints, SampleTable

BATCH = 5
# With fewer completed requests a warm-up cannot be told from chance, and what is cut is missed.
LEAST_COMPLETED = 200
# A change after this share of the requests is no warm-up: half a run in one state and half in another has none.
LATEST_CUT = 0.4
# What is cut differs from the rest, and a slope from 0, by more standard errors than this: by chance 1 in 1,000.
DIFFERS_SD = 3.3
# MSER's last few batches are too few to have a variance.
LAST_BATCHES = 5
# A change below this, from what is cut to the rest or over the whole window, is within what two runs of one server
# are called the same by.
DRIFT_SHARE = 0.05

_CHANCE = "nothing was cut: what came first differs from the rest by no more than chance (MSER-5)"
_SMALL = "nothing was cut: what came first differs from the rest by less than 5 % (MSER-5)"
_DEPENDENT = "nothing was cut: requests depend on each other too closely to tell a warm-up from chance (MSER-5)"
_UNSTEADY = "no steady state was found, so nothing was cut: times still changed after the first 40 % (MSER-5)"
_TOO_LATE = "nothing was cut: the measured time ended before the warm-up did"
_TOGETHER = "nothing was cut: what came first differs from requests that were meant to start at the same moment"
_AT_ONCE = frozenset({Arrivals.AT_ONCE, Arrivals.BATCHES})


class _Times(NamedTuple):
    """Completed requests in order of time: intended start and time to complete, seconds, both of shape (k,)."""

    start_s: Floats
    e2e_s: Floats


class _Verdict(NamedTuple):
    """How many completed requests to cut; whether there is a steady state, None unknown; why, in a sentence."""

    cut: int
    found: bool | None
    reason: str


def time_order(workload: Workload, table: SampleTable) -> Ints | None:
    """The rows in order of their intended starts; None where all start together and none comes before another."""
    together = workload.requests is not None and workload.requests <= (workload.concurrency or 0)
    if workload.arrivals in _AT_ONCE or (together and workload.arrivals is Arrivals.CLOSED):
        return None
    return np.argsort(table.t_intended_s, kind="stable")


def is_meant_to_settle(workload: Workload) -> bool:
    """Whether a steady state is what the workload is after: a warm model under one level of load."""
    return workload.state is State.WARM and not workload.stages and workload.arrivals not in _AT_ONCE


def find_steady(workload: Workload, table: SampleTable, window: Window) -> Steady | None:
    """What to cut from a workload that is meant to settle, and its drift; None for any other."""
    if not is_meant_to_settle(workload) or time_order(workload, table) is None:
        return None
    times = _times(table)
    enough = len(times.start_s) >= LEAST_COMPLETED
    verdict = _judge(times)
    start_s = float(times.start_s[verdict.cut]) if verdict.cut else window.start_s
    if start_s >= window.end_s:
        verdict, start_s = _Verdict(0, None, _TOO_LATE), window.start_s
    cut_requests = int(np.count_nonzero(table.t_intended_s < start_s)) if verdict.cut else 0
    if verdict.cut and not cut_requests:
        verdict, start_s = _Verdict(0, True, _TOGETHER), window.start_s
    return Steady(
        start_s=start_s,
        end_s=window.end_s,
        cut_requests=cut_requests,
        reason=verdict.reason,
        drift=drift(_Times(*(column[verdict.cut :] for column in times))) if enough else None,
        found=verdict.found,
    )


def kept_rows(table: SampleTable, steady: Steady | None) -> NDArray[np.bool_]:
    """Shape (n,): the requests that count, those meant to start at or after the steady state's beginning."""
    if steady is None or steady.cut_requests == 0:
        return np.ones(len(table), dtype=np.bool_)
    return np.asarray(~(table.t_intended_s < steady.start_s))


def _times(table: SampleTable) -> _Times:
    taken_s = e2e_s(table)
    rows = np.flatnonzero(table.completed & (taken_s > 0))
    rows = rows[np.argsort(table.t_intended_s[rows], kind="stable")]
    return _Times(table.t_intended_s[rows], taken_s[rows])


def _judge(times: _Times) -> _Verdict:
    series = np.log(times.e2e_s)
    n = len(series)
    if n < LEAST_COMPLETED:
        few = f"nothing was cut: {n:,} completed requests are too few to tell a warm-up from chance"
        return _Verdict(0, None, f"{few} ({LEAST_COMPLETED} are needed)")
    best = mser(series)
    if best == 0:
        return _Verdict(0, True, "nothing was cut: no warm-up was found (MSER-5)")
    if best > LATEST_CUT * n:
        return _judge_late(series, best, times)
    rest = serial_spread(series[best:])
    # What is cut varies as the rest does; of the two only the rest is long enough to tell by how much.
    difference = float(series[:best].mean() - series[best:].mean())
    error = math.sqrt(rest.variance * (n - best) * (1 / best + 1 / (n - best)))
    if abs(difference) <= DIFFERS_SD * error or not _stands_out(series, best):
        return _chance(unsure=rest.bounded)
    if abs(math.expm1(difference)) < DRIFT_SHARE:
        return _Verdict(0, True, _SMALL)
    how = f"{100 * abs(math.expm1(difference)):.0f} % {'longer' if difference > 0 else 'less time'}"
    span = format_s(float(times.start_s[best] - times.start_s[0]))
    why = f"the first {span} were cut as warm-up: requests sent then took {how} than those after (MSER-5)"
    return _Verdict(best, True, why)


def _stands_out(series: Floats, cut: int) -> bool:
    """Whether the shorter side of the cut is unlike every stretch of the same length on the other: what comes again
    was no change.
    """
    ordered, length = (series, cut) if 2 * cut <= len(series) else (series[::-1], len(series) - cut)
    stretches = ordered[: len(series) // length * length].reshape(-1, length).mean(axis=1)
    return bool(stretches[0] < stretches[1:].min() or stretches[0] > stretches[1:].max())


def _judge_late(series: Floats, best: int, times: _Times) -> _Verdict:
    """The best cut lies late: either the times changed there, or it is chance."""
    moved = drift(times)
    if moved is not None and moved.found:
        return _Verdict(0, False, _UNSTEADY)
    before, after = serial_spread(series[:best]), serial_spread(series[best:])
    difference = float(series[:best].mean() - series[best:].mean())
    apart = abs(difference) > DIFFERS_SD * math.sqrt(before.variance + after.variance)
    unsure = before.bounded or after.bounded
    if apart and not unsure and _stands_out(series, best):
        return (
            _Verdict(0, True, _SMALL)
            if abs(math.expm1(difference)) < DRIFT_SHARE
            else _Verdict(0, False, _UNSTEADY)
        )
    return _chance(unsure=unsure)


def _chance(*, unsure: bool) -> _Verdict:
    """Nothing differs beyond chance, or chance itself cannot be told."""
    return _Verdict(0, None, _DEPENDENT) if unsure else _Verdict(0, True, _CHANCE)


def mser(series: Floats) -> int:
    """How many values to cut from the front so that the mean of the rest is known best, a multiple of 5.

    The least marginal standard error over batches of 5: sum of squares of what is left / its number squared.
    """
    count = len(series) // BATCH
    if count <= LAST_BATCHES:
        return 0
    means = series[: count * BATCH].reshape(count, BATCH).mean(axis=1)
    means = means - means.mean()
    left = np.arange(count, 0, -1)
    sums, squares = np.cumsum(means[::-1])[::-1], np.cumsum(means[::-1] ** 2)[::-1]
    errors = (squares - sums**2 / left) / left**2
    return int(np.argmin(errors[: count - LAST_BATCHES + 1])) * BATCH


def drift(times: _Times) -> Drift | None:
    """The slope of time to complete over time, as a share of its mean; None where it cannot be told.

    Least squares, whose error is told from residuals times distance in time, in order of time: neighbours that
    depend on each other widen it as they do that of a mean. Found is what chance brings once in 1,000 runs, since a
    report tells the drift of a dozen workloads, and what comes to 5 % of the mean over the whole time.
    """
    n = len(times.start_s)
    away_s = times.start_s - times.start_s.mean()
    spread_s2 = float(away_s @ away_s)
    share = times.e2e_s / times.e2e_s.mean()
    if spread_s2 == 0:
        return None
    slope_per_s = float(away_s @ share) / spread_s2
    spread = serial_spread(away_s * (share - 1 - slope_per_s * away_s))
    spread = spread._replace(variance=spread.variance * (n / spread_s2) ** 2, skewness=0.0)
    low, high = t_interval(slope_per_s, spread)
    over_s = float(times.start_s[-1] - times.start_s[0])
    beyond_chance = (low > 0 or high < 0) and abs(slope_per_s) > DIFFERS_SD * math.sqrt(spread.variance)
    found = beyond_chance and abs(slope_per_s) * over_s >= DRIFT_SHARE
    return Drift("e2e_s", Estimate(slope_per_s * 60, low * 60, high * 60, n), found)
