"""Samples to published numbers: value, 95 % interval, n. One function per estimator, so each can be swapped.

All take finite values, and two words on how they hang together. `clusters`, of the shape of the values: the group
of each one (the gaps of one request are a group). `sequence`: the rows in order of time, of the values or, with
clusters, of the groups; None where there is no order worth the name. An interval is as wide as both make it
(stats/dependence.py); None from fewer than 6 values or groups, or where it would end beyond the sample.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.summary import Distribution
from seatrial.domain.values import Estimate
from seatrial.stats.dependence import serial_spread, t_interval
from seatrial.stats.theory import TAIL, Z_975, fractional_ranks, order_statistic_ranks, t_975
from seatrial.stats.ties import INTERVAL_NEEDS, spread_of_mean, spread_of_share, ties

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seatrial.stats.table import Floats, Ints
    from seatrial.stats.ties import Ties

# A tail quantile is published only when this many samples are expected beyond it (arXiv 2507.09019).
SAMPLES_BEYOND = 10
QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


def distribution(
    values: Floats, clusters: Ints | None = None, *, sequence: Ints | None = None
) -> Distribution | None:
    """Mean, p50, p95 and p99 of the values that are not NaN; None when there is none.

    The values are durations or speeds: none of their intervals begins below 0.
    """
    known = ~np.isnan(values)
    if not known.all():
        if sequence is not None and clusters is None:
            sequence = (np.cumsum(known) - 1)[sequence[known[sequence]]]
        values = values[known]
        clusters = None if clusters is None else clusters[known]
    if not values.size:
        return None
    tied = ties(len(values), clusters, sequence)
    published = {name: q for name, q in QUANTILES.items() if can_publish_quantile(len(values), q)}
    found = _quantiles(values, published, tied)
    return Distribution(
        mean=_mean(values, tied, 0.0),
        p50=found.get("p50"),
        p95=found.get("p95"),
        p99=found.get("p99"),
        minimum=float(values.min()),
        maximum=float(values.max()),
        needed={name: quantile_needs(q) for name, q in QUANTILES.items() if name not in published}
        | {
            name: needs
            for name, q in published.items()
            if found[name].low is None
            and (needs := _interval_needs(values > found[name].value, q, tied)) is not None
        },
    )


def mean(
    values: Floats, clusters: Ints | None = None, *, sequence: Ints | None = None, least: float = -math.inf
) -> Estimate:
    """The mean with its t-interval; fewer than 6 values, or clusters, are given none.

    `least` is what the quantity cannot fall below: the interval is cut there, which costs it no coverage.
    Raises ValueError without values: the mean of nothing is not a number.
    """
    if len(values) == 0:
        raise ValueError("no values, no mean")
    return _mean(values, ties(len(values), clusters, sequence), least)


def _mean(values: Floats, tied: Ties, least: float) -> Estimate:
    value = float(np.mean(values))
    spread = spread_of_mean(values, tied)
    if spread is None:
        return Estimate(value, None, None, tied.n)
    low, high = t_interval(value, spread)
    return Estimate(value, min(value, max(least, low)), max(value, high), tied.n)


def can_publish_quantile(n: int, q: float) -> bool:
    """Whether n samples say enough about the q-quantile to print it."""
    # 200 * (1 - 0.95) is not exactly 10 in binary.
    return n >= INTERVAL_NEEDS if q == 0.5 else n * min(q, 1 - q) >= SAMPLES_BEYOND - 1e-9


def quantile_needs(q: float) -> int:
    """From how many samples on the q-quantile is printed."""
    return INTERVAL_NEEDS if q == 0.5 else math.ceil(SAMPLES_BEYOND / min(q, 1 - q) - 1e-6)


def quantile_type7(ordered: Floats, q: float) -> float:
    """The q-quantile of sorted values, linear between order statistics: type 7 of Hyndman and Fan (1996)."""
    return _between(ordered, (len(ordered) - 1) * q)


def quantile(values: Floats, q: float, clusters: Ints | None = None, *, sequence: Ints | None = None) -> Estimate:
    """The type 7 q-quantile with its order-statistic interval.

    The ranks are those of the effective number of samples, told from who is above the quantile and who is not
    (Woodruff 1952). No interval where an end of it would lie beyond the sample; that of a median never does.
    """
    return _quantiles(values, {"": q}, ties(len(values), clusters, sequence))[""]


def _quantiles(values: Floats, wanted: Mapping[str, float], tied: Ties) -> dict[str, Estimate]:
    """All of them at once, by selection: sorting millions of values would take most of the time of a summary."""
    n, scratch = len(values), values.copy()
    found = dict(zip(wanted, _at(scratch, [(n - 1) * q for q in wanted.values()]), strict=True))
    ends = {name: _positions(values > found[name], q, tied) for name, q in wanted.items()}
    sure = [name for name, positions in ends.items() if positions is not None]
    read = iter(_at(scratch, [position for name in sure for position in ends[name] or ()]))
    lows: dict[str, float | None] = dict.fromkeys(wanted)
    highs: dict[str, float | None] = dict.fromkeys(wanted)
    for name in sure:
        lows[name], highs[name] = min(found[name], next(read)), max(found[name], next(read))
    return {name: Estimate(value, lows[name], highs[name], n) for name, value in found.items()}


def _positions(above: NDArray[np.bool_], q: float, tied: Ties) -> tuple[float, float] | None:
    """Where among the sorted values, from 0, the interval of the q-quantile ends; None where that is past them."""
    n = tied.n
    if tied.clusters is None and not tied.serial:
        low, high = order_statistic_ranks(n, q)
        return None if low is None or high is None else (low - 1, high - 1)
    worth = _worth(above, tied)
    if worth is None:
        return None
    ranks = fractional_ranks(worth, q)
    if ranks is None:
        # The median lies between the least and the most of them; a tail may lie beyond.
        return (0.0, n - 1.0) if q == 0.5 else None
    low_at, high_at = (min(max(rank * (n + 1) / (worth + 1) - 1, 0.0), n - 1.0) for rank in ranks)
    return low_at, high_at


def _interval_needs(above: NDArray[np.bool_], q: float, tied: Ties) -> int | None:
    """From how many values on the q-quantile would have an interval, hung together as these are; None below 6."""
    worth = _worth(above, tied)
    # So many independent values that all lie on one side of the quantile in 2.5 of 100 samples.
    independent = math.log(TAIL) / math.log(max(q, 1 - q))
    return None if worth is None else math.ceil(tied.n * max(1.0, independent / worth))


def _worth(hits: NDArray[np.bool_], tied: Ties) -> float | None:
    """The effective number of samples, less what is paid for telling it from a limited number of batches."""
    spread = spread_of_share(hits, tied)
    if spread is None:
        return None
    worth = tied.n / max(1.0, spread.design_effect)
    return worth if spread.batches == tied.n else worth * (Z_975 / t_975(spread.batches - 1)) ** 2


def _at(scratch: Floats, positions: Sequence[float]) -> list[float]:
    """The values at positions from 0 of the sorted values, linear between neighbours; `scratch` is rearranged."""
    if not positions:
        return []
    last = len(scratch) - 1
    ranks = {rank for p in positions for rank in (math.floor(p), min(math.floor(p) + 1, last))}
    scratch.partition(sorted(ranks))
    return [_between(scratch, position) for position in positions]


def _between(ordered: Floats, position: float) -> float:
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    low, high = float(ordered[below]), float(ordered[above])
    return min(high, low + (high - low) * (position - below))


def is_bounded(values: Floats, sequence: Ints) -> bool:
    """Whether the interval of the mean of the values that are not NaN is only a bound (stats/dependence.py)."""
    series = values[sequence]
    series = series[~np.isnan(series)]
    return len(series) >= INTERVAL_NEEDS and serial_spread(series).bounded


def effective_n(values: Floats, clusters: Ints | None = None, *, sequence: Ints | None = None) -> float | None:
    """How many independent samples the mean of `values` is worth, never above n; None from fewer than 6."""
    spread = spread_of_mean(values, ties(len(values), clusters, sequence))
    return None if spread is None else len(values) / max(1.0, spread.design_effect)


def wilson(hits: int, n: int, worth: float | None = None) -> Estimate | None:
    """The ratio hits / n with Wilson's score interval (1927), which behaves at 0 and at 1; None when n is 0.

    `worth`: how many independent trials the n are worth, where they hang together.
    """
    if n == 0:
        return None
    ratio, z2 = hits / n, Z_975**2
    trials = n if worth is None else worth
    middle = (ratio + z2 / (2 * trials)) / (1 + z2 / trials)
    half = Z_975 / (1 + z2 / trials) * math.sqrt(ratio * (1 - ratio) / trials + z2 / (4 * trials**2))
    return Estimate(ratio, min(ratio, max(0.0, middle - half)), max(ratio, min(1.0, middle + half)), n)
