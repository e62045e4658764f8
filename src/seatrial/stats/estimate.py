"""Samples to published numbers: value, 95 % interval, n. One function per estimator, so each can be swapped.

All take finite values. `clusters` says which values hang together (the gaps of one request do): the effective
number of samples is then n divided by the design effect, and intervals widen accordingly. Correlation between
neighbouring requests is not corrected for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.summary import Distribution
from seatrial.domain.values import Estimate
from seatrial.stats.theory import Z_975, order_statistic_ranks, t_975

if TYPE_CHECKING:
    from seatrial.stats.table import Floats, Ints

# A tail quantile is published only when this many samples are expected beyond it (arXiv 2507.09019).
SAMPLES_BEYOND = 10
# From here the two extreme order statistics hold the median with 95 % confidence: 1 - 2 / 2**6 = 0.969. Student's t
# goes on below, but from two values it says 12.7 standard errors: true, and of no use to anyone.
INTERVAL_NEEDS = 6


def distribution(values: Floats, clusters: Ints | None = None) -> Distribution | None:
    """Mean, p50, p95 and p99 of the values that are not NaN; None when there is none.

    The values are durations or speeds: none of their intervals begins below 0. `clusters`, of the shape of
    `values`, holds the group of each value.
    """
    known = ~np.isnan(values)
    values = values[known]
    if not values.size:
        return None
    clusters = None if clusters is None else clusters[known]
    ordered = np.sort(values)
    return Distribution(
        mean=mean(values, clusters, least=0.0),
        p50=_published_quantile(values, ordered, 0.50, clusters),
        p95=_published_quantile(values, ordered, 0.95, clusters),
        p99=_published_quantile(values, ordered, 0.99, clusters),
        minimum=float(ordered[0]),
        maximum=float(ordered[-1]),
    )


def mean(values: Floats, clusters: Ints | None = None, *, least: float = -math.inf) -> Estimate:
    """The mean with its t-interval; fewer than 6 values, or clusters, are given none.

    `least` is what the quantity cannot fall below: the t-interval is cut there, which costs it no coverage.
    Raises ValueError without values: the mean of nothing is not a number.
    """
    n = len(values)
    if n == 0:
        raise ValueError("no values, no mean")
    value = float(np.mean(values))
    groups = n if clusters is None else _groups(clusters)
    if groups < INTERVAL_NEEDS:
        return Estimate(value, None, None, n)
    standard_error = float(np.std(values, ddof=1)) / math.sqrt(effective_n(values, clusters))
    half = t_975(groups - 1) * standard_error
    return Estimate(value, min(value, max(least, value - half)), value + half, n)


def can_publish_quantile(n: int, q: float) -> bool:
    """Whether n samples say enough about the q-quantile to print it."""
    # 200 * (1 - 0.95) is not exactly 10 in binary.
    return n >= INTERVAL_NEEDS if q == 0.5 else n * min(q, 1 - q) >= SAMPLES_BEYOND - 1e-9


def quantile_type7(ordered: Floats, q: float) -> float:
    """The q-quantile of sorted values, linear between order statistics: type 7 of Hyndman and Fan (1996)."""
    position = (len(ordered) - 1) * q
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    low, high = float(ordered[below]), float(ordered[above])
    return min(high, low + (high - low) * (position - below))


def quantile(values: Floats, ordered: Floats, q: float, clusters: Ints | None = None) -> Estimate:
    """The type 7 q-quantile with its order-statistic interval; `ordered` is `values` sorted.

    An end of the interval is None where no order statistic is far enough out.
    With clusters, the ranks are those of the effective number of samples (Woodruff 1952).
    """
    n = len(ordered)
    value = quantile_type7(ordered, q)
    if clusters is None:
        low, high = order_statistic_ranks(n, q)
    else:
        n_effective = max(1, math.floor(effective_n((values <= value).astype(np.float64), clusters)))
        low, high = order_statistic_ranks(n_effective, q)
        low = None if low is None else max(1, math.floor(low / n_effective * n))
        high = None if high is None else min(n, math.ceil(high / n_effective * n))
    return Estimate(
        value,
        None if low is None else float(ordered[low - 1]),
        None if high is None else float(ordered[high - 1]),
        n,
    )


def _published_quantile(values: Floats, ordered: Floats, q: float, clusters: Ints | None) -> Estimate | None:
    return quantile(values, ordered, q, clusters) if can_publish_quantile(len(ordered), q) else None


def effective_n(values: Floats, clusters: Ints | None) -> float:
    """How many independent samples the mean of `values` is worth: n over the design effect, never above n.

    The design effect compares the variance of the mean between whole clusters with that of independent values
    (Kish, Survey Sampling, 5.4; ratio estimator for clusters of unequal size).
    """
    n = len(values)
    if clusters is None:
        return n
    deviation = values - values.mean()
    within = float(deviation @ deviation)
    sums = np.bincount(clusters, weights=deviation)
    groups = _groups(clusters)
    between = float(sums @ sums)
    if groups < 2 or within == 0 or between == 0:
        return n
    design_effect = between * groups / (groups - 1) * (n - 1) / (n * within)
    return n / max(1.0, design_effect)


def _groups(clusters: Ints) -> int:
    return int(np.count_nonzero(np.bincount(clusters)))


def wilson(hits: int, n: int) -> Estimate | None:
    """The ratio hits / n with Wilson's score interval (1927), which behaves at 0 and at 1; None when n is 0."""
    if n == 0:
        return None
    ratio, z2 = hits / n, Z_975**2
    middle = (ratio + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_975 / (1 + z2 / n) * math.sqrt(ratio * (1 - ratio) / n + z2 / (4 * n**2))
    return Estimate(ratio, min(ratio, max(0.0, middle - half)), max(ratio, min(1.0, middle + half)), n)
