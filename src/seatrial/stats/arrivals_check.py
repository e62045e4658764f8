"""Were requests sent as the asked arrival process sends them? A Poisson process that is none measures other queues.

Arrival times are first mapped through the asked cumulative rate, which turns a constant, Poisson or gamma process
of any rate, also one in stages, into the same process of rate 1. What is left to test are gaps of mean 1:

  rate         the sum of the gaps is gamma distributed (constant: within 1 %)
  cv           coefficient of variation of the gaps: 0 constant, 1 Poisson, as asked for gamma
  dispersion   variance / mean of the counts in equal bins: 1 for Poisson (chi-square)
  lag-1        correlation of neighbouring gaps: 0

Each test raises a false alarm on a true process about once in a thousand times, all together less than once in a
hundred (tested by simulation). Sends stand a little off their intended times; by the triangle inequality the
standard deviation of the gaps can differ by no more than that of the change in lag, so limits are widened by it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.summary import ArrivalCheck
from seatrial.domain.traffic import Arrivals, Stage
from seatrial.stats.theory import gamma_as_normal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.traffic import Workload
    from seatrial.stats.table import Floats, SampleTable

LEAST_ARRIVALS = 20
ARRIVALS_PER_BIN = 5
LEAST_BINS = 10
# Standard deviations from the expected value at which a test objects: two in 10,000 for a normal variable, about
# one in a thousand for the skewed statistics of some hundred gaps.
LIMIT_SD = 3.7
# A constant schedule is exact; this leaves room for rounding and a first send that is late.
CONSTANT_CV = 0.1
CONSTANT_RATE = 0.01


class Gaps(NamedTuple):
    """Gaps between arrivals in units of the asked mean gap, shape (n - 1,), and what the clock may have added.

    `cv` is what the process was asked to have; `noise` the standard deviation that lag may add to a gap.
    """

    values: Floats
    cv: float
    noise: float


def check_arrivals(workload: Workload, times_s: Floats, lags_s: Floats | None = None) -> ArrivalCheck:
    """The asked process held against arrival times (seconds since the load's zero, any order, NaN: none).

    `lags_s`, of the same shape, says how far each time stands from its intended one: give it for send times,
    leave it out for intended times. Rates are per second of schedule.
    """
    known = ~np.isnan(times_s)
    order = np.argsort(times_s[known], kind="stable")
    units = expected_arrivals(workload, times_s[known][order])
    lag_units = None if lags_s is None else expected_arrivals(workload, (times_s - lags_s)[known][order]) - units
    asked_cv = _asked_cv(workload)
    asked_rate = _asked_rate(workload)
    n = len(units)
    if n < 2 or units[-1] <= units[0]:
        return ArrivalCheck(workload.arrivals.value, n, asked_rate, None, asked_cv, None, None, None)
    noise = 0.0 if lag_units is None else float(np.std(np.diff(lag_units)))
    gaps = Gaps(np.diff(units), asked_cv, noise)
    dispersion = _dispersion(units)
    return ArrivalCheck(
        process=workload.arrivals.value,
        n=n,
        asked_rate_per_s=asked_rate,
        rate_per_s=asked_rate / float(gaps.values.mean()),
        asked_cv=asked_cv,
        cv=_cv(gaps.values),
        dispersion=dispersion,
        lag1=_lag1(gaps.values),
        reasons=tuple(_objections(workload, gaps, dispersion)) if n >= LEAST_ARRIVALS else (),
    )


def check_sends(workload: Workload, table: SampleTable) -> ArrivalCheck | None:
    """The check of what was sent; None unless arrivals are open.

    Under a cap on the requests in flight sends wait by design: then the intended times are checked. Lag as such
    is allowed for here and judged by `trust`.
    """
    if not workload.is_open:
        return None
    if workload.concurrency is not None:
        return check_arrivals(workload, table.t_intended_s)
    return check_arrivals(workload, table.t_send_s, table.t_send_s - table.t_intended_s)


def expected_arrivals(workload: Workload, times_s: Floats) -> Floats:
    """The asked rate, integrated from zero to each time; past the last stage its end rate goes on."""
    total = np.zeros(len(times_s))
    rest = np.maximum(times_s, 0.0)
    stages = _stages(workload)
    for stage in stages:
        inside = np.minimum(rest, stage.over_s)
        total += stage.start * inside + (stage.end - stage.start) / (2 * stage.over_s) * inside**2
        rest = rest - inside
    return np.asarray(total + stages[-1].end * rest)


def _stages(workload: Workload) -> tuple[Stage, ...]:
    rate = workload.rate_per_s or 1.0
    return workload.stages or (Stage(rate, rate, 1.0),)


def _asked_rate(workload: Workload) -> float:
    """The asked rate, averaged over the stages."""
    stages = _stages(workload)
    return sum((s.start + s.end) / 2 * s.over_s for s in stages) / sum(s.over_s for s in stages)


def _asked_cv(workload: Workload) -> float:
    if workload.arrivals is Arrivals.CONSTANT:
        return 0.0
    return 1.0 if workload.arrivals is Arrivals.POISSON else workload.cv or 1.0


def _cv(gaps: Floats) -> float:
    return float(gaps.std() / gaps.mean())


def _lag1(gaps: Floats) -> float | None:
    """None where the gaps do not vary: a correlation of rounding errors says nothing."""
    deviation = gaps - gaps.mean()
    variance = float(deviation @ deviation)
    if len(gaps) < LEAST_ARRIVALS or variance < 1e-12 * len(gaps):
        return None
    return float(deviation[1:] @ deviation[:-1]) / variance


def _dispersion(units: Floats) -> float | None:
    """Variance / mean of the counts in equal bins between the first and the last arrival."""
    bins = len(units) // ARRIVALS_PER_BIN
    if bins < LEAST_BINS:
        return None
    counts, _ = np.histogram(units, bins=bins)
    return float(counts.var(ddof=1) / counts.mean())


def _objections(workload: Workload, gaps: Gaps, dispersion: float | None) -> Iterator[str]:
    name = workload.arrivals.value
    cv, rate = _cv(gaps.values), 1 / float(gaps.values.mean())
    if _rate_is_off(gaps):
        yield f"arrivals came at {rate:.3f} times the asked rate"
    if _cv_is_off(gaps, cv):
        yield f"gaps between arrivals have cv {cv:.2f}, a {name} process has {gaps.cv:.2f}"
    if gaps.cv == 0:
        return
    lag1 = _lag1(gaps.values)
    if lag1 is not None and _lag1_is_off(gaps, lag1):
        yield f"neighbouring gaps are correlated ({lag1:+.2f}), those of a {name} process are not"
    if workload.arrivals is Arrivals.POISSON and dispersion is not None and _dispersion_is_off(gaps, dispersion):
        yield f"counts of arrivals have an index of dispersion of {dispersion:.2f}, a {name} process has 1"


def _rate_is_off(gaps: Gaps) -> bool:
    total, count = float(gaps.values.sum()), len(gaps.values)
    if gaps.cv == 0:
        return abs(total / count - 1) > CONSTANT_RATE + LIMIT_SD * gaps.noise / count
    excess = _beyond(total - count, LIMIT_SD * gaps.noise)
    # A sum of gaps of cv c is gamma distributed with shape count / c**2, in units of c**2.
    return abs(gamma_as_normal((count + excess) / gaps.cv**2, count / gaps.cv**2)) > LIMIT_SD


def _cv_is_off(gaps: Gaps, cv: float) -> bool:
    if gaps.cv == 0:
        return cv > CONSTANT_CV + gaps.noise
    # Standard deviation of the logarithm of a sample cv of gamma gaps, by the delta method.
    error = math.sqrt((1 + gaps.cv**2) / (2 * len(gaps.values)))
    low, high = (max(end, 1e-9) for end in (cv - gaps.noise, cv + gaps.noise))
    return math.log(high / gaps.cv) < -LIMIT_SD * error or math.log(low / gaps.cv) > LIMIT_SD * error


def _lag1_is_off(gaps: Gaps, lag1: float) -> bool:
    count = len(gaps.values)
    relative_noise = gaps.noise / float(gaps.values.std())
    return abs(lag1 + 1 / count) > LIMIT_SD / math.sqrt(count) + 2 * relative_noise + relative_noise**2


def _dispersion_is_off(gaps: Gaps, dispersion: float) -> bool:
    degrees = (len(gaps.values) + 1) // ARRIVALS_PER_BIN - 1
    # Lag moves about noise * rate arrivals over each edge of a bin, against a deviation of sqrt(per bin).
    moved = math.sqrt(2) * gaps.noise / math.sqrt(ARRIVALS_PER_BIN)
    root = 1 + _beyond(math.sqrt(dispersion) - 1, moved)
    return abs(gamma_as_normal(root**2 * degrees / 2, degrees / 2)) > LIMIT_SD


def _beyond(deviation: float, allowed: float) -> float:
    """What is left of a deviation when up to `allowed` of it is explained by lag."""
    return deviation - min(max(deviation, -allowed), allowed)
