"""Which values hang together, and what that leaves of a mean or a share of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.stats.dependence import independent_spread, serial_spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seatrial.stats.dependence import Spread
    from seatrial.stats.table import Floats, Ints

# From here the two extreme order statistics hold the median with 95 % confidence: 1 - 2 / 2**6 = 0.969. Student's t
# goes on below, but from two values it says 12.7 standard errors: true, and of no use to anyone.
INTERVAL_NEEDS = 6


class Ties(NamedTuple):
    """How n values hang together. `clusters`, shape (n,): the group of each.

    `order`: the rows of the values, or the numbers of those groups that have any, in order of time where `serial`;
    None: as they stand. `sizes`, of the shape of `order`: the values in each group.
    """

    n: int
    serial: bool
    order: Ints | None = None
    clusters: Ints | None = None
    sizes: Ints | None = None


def ties(n: int, clusters: Ints | None = None, sequence: Ints | None = None) -> Ties:
    """The ties of n values; `clusters` and `sequence` as in stats/estimate.py."""
    if clusters is None:
        return Ties(n, sequence is not None, sequence)
    reach = 0 if sequence is None else int(sequence.max(initial=-1)) + 1
    sizes = np.bincount(clusters, minlength=reach)
    order = np.flatnonzero(sizes) if sequence is None else sequence[sizes[sequence] > 0]
    return Ties(n, sequence is not None, order, clusters, sizes[order])


def spread_of_mean(values: Floats, tied: Ties) -> Spread | None:
    """What the mean of the values is worth; None below 6 values or groups."""
    if tied.clusters is None:
        return _spread(values if tied.order is None else values[tied.order], tied.serial)
    sums = np.bincount(tied.clusters, weights=values)
    return _of_groups(sums, float(values.mean()), float(np.var(values, ddof=1)) if tied.n > 1 else 0.0, tied)


def spread_of_share(hits: NDArray[np.bool_], tied: Ties) -> Spread | None:
    """As `spread_of_mean` for the share of hits, the fewer of them the faster."""
    if tied.clusters is None:
        return _spread((hits if tied.order is None else hits[tied.order]).astype(np.float64), tied.serial)
    share = float(np.count_nonzero(hits)) / tied.n
    variance = share * (1 - share) * tied.n / max(1, tied.n - 1)
    return _of_groups(np.bincount(tied.clusters[hits]), share, variance, tied)


def _of_groups(sums: NDArray[np.float64 | np.int64], mean: float, variance: float, tied: Ties) -> Spread | None:
    """The sums of the deviations of a group are what varies: so a group counts by its size.

    The ratio estimator for clusters of unequal size (Kish, Survey Sampling, 6.3); never better than independent.
    """
    assert tied.order is not None
    assert tied.sizes is not None
    whole = np.zeros(int(tied.order.max(initial=-1)) + 1)
    whole[: len(sums)] = sums
    spread = _spread(whole[tied.order] - mean * tied.sizes, tied.serial)
    if spread is None:
        return None
    plain = variance / tied.n
    return spread._replace(variance=max(spread.variance * (len(tied.sizes) / tied.n) ** 2, plain), plain=plain)


def _spread(series: Floats, serial: bool) -> Spread | None:
    if len(series) < INTERVAL_NEEDS:
        return None
    spread = serial_spread(series) if serial else independent_spread(series)
    return spread._replace(variance=max(spread.variance, spread.plain))
