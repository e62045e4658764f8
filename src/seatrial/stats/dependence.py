"""How well the mean of a series in order of time is known, when its values depend on their neighbours.

Requests of one run are not independent: they share queues, batches and a warming machine. The series is averaged
over batches of 1, 2, 4, 8, ... neighbours (Flyvbjerg & Petersen 1989) until the batch means are independent of each
other; their spread is then the spread of the mean, with as many degrees of freedom as there are batches less one.
Where they never are, or leave too little, the mean is known no better than the stretches of the series agree.
docs/coverage.md shows how often the intervals made of it hold the truth.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.stats.theory import t_975

if TYPE_CHECKING:
    from seatrial.stats.table import Floats

# Batch means hang together where their lag-1 autocorrelation is further from 0 than chance takes it in 99 of 100.
LAG1_SD = 2.6
# A series too short to be averaged over neighbours gets one look only: what looks dependent there is taken to be.
LAG1_SD_SHORT = 2.0
# So many doublings beyond the last length at which they did: what is left of it is too weak to be seen there.
DOUBLINGS_BEYOND = 2
# Fewer batches than this say too little about their own spread.
LEAST_BATCHES = 16
# A dependent series worth fewer independent values than this: its dependence is seen too badly to go by.
LEAST_WORTH = 40.0
# Then an interval reaches as far as the means of so many stretches of the series do; in a short one of more, as the
# dependence may outlast an eighth of it.
STRETCHES, STRETCHES_SHORT = 8, 16
SHORT = 200
# What is left of the lag-1 autocorrelation widens the interval as a first-order autoregression would, up to here.
MOST_LEFT_OVER = 0.6
# Skewness lengthens an arm of an interval to at most so many times Student's t: more gains no coverage (simulated).
MOST_BENT = 2.0
# Beyond this length a series is averaged over neighbours first: the finest lengths would be tested for nothing.
FINEST = 65_536


class Spread(NamedTuple):
    """What the mean of a series is worth.

    `variance` of the mean; `plain`: that of the mean of as many independent values; `batches` it was told from, and
    the `skewness` of these. `bounded`: the values depend on each other too closely for their number, and the
    variance is made of how far the means of the series' stretches lie from that of all.
    """

    variance: float
    plain: float
    batches: int
    skewness: float
    bounded: bool = False

    @property
    def design_effect(self) -> float:
        """How many values of the series are worth one independent value; 1 where nothing varies."""
        return self.variance / self.plain if self.plain > 0 else 1.0


class _Level(NamedTuple):
    """Batch means of one length: how many, sums of squares and cubes of their deviations, lag-1 autocorrelation."""

    batches: int
    squares: float
    cubes: float
    lag1: float

    @property
    def dependent(self) -> bool:
        return abs(self.lag1) > LAG1_SD / math.sqrt(self.batches)


def independent_spread(series: Floats) -> Spread:
    """The spread of the mean of values without an order worth the name; needs two or more."""
    n = len(series)
    level = _level(series)
    variance = level.squares / (n - 1) / n
    return Spread(variance, variance, n, _skewness(level))


def serial_spread(series: Floats) -> Spread:
    """The spread of the mean of values in order of time; needs two or more."""
    n = len(series)
    plain = float(np.var(series, ddof=1)) / n
    levels = _levels(series)
    found = max((i for i, level in enumerate(levels) if level.dependent), default=-1)
    if len(levels) == 1 and levels[0].lag1 > LAG1_SD_SHORT / math.sqrt(n):
        return _bound(series, plain)
    # Neighbours that make up for each other (the users of a closed loop do) err on the safe side.
    if found == len(levels) - 1 and levels[found].lag1 > 0:
        return _bound(series, plain)
    level = levels[min(found + 1 + DOUBLINGS_BEYOND, len(levels) - 1)]
    left = min(max(level.lag1, 0.0), MOST_LEFT_OVER)
    variance = level.squares / (level.batches - 1) / level.batches * (1 + left) / (1 - left)
    if found >= 0 and variance > plain and n * plain < LEAST_WORTH * variance:
        return _bound(series, plain)
    return Spread(variance, plain, level.batches, _skewness(level))


def _bound(series: Floats, plain: float) -> Spread:
    """So wide that the 95 % interval reaches as far as the mean of any stretch lies from that of all.

    A bound rather than an estimate: were the stretches independent, the mean of all would be known several times
    better. Simulated, nothing narrower holds for queues and batches in lockstep alike.
    """
    length = max(1, len(series) // (STRETCHES_SHORT if len(series) < SHORT else STRETCHES))
    count = len(series) // length
    means = series[: count * length].reshape(count, length).mean(axis=1)
    reach = float(np.abs(means - series.mean()).max())
    return Spread((reach / t_975(count - 1)) ** 2, plain, count, 0.0, bounded=True)


def _levels(series: Floats) -> list[_Level]:
    """Batches of doubling length while there are enough of them; always at least one level."""
    length = max(1, len(series) // FINEST)
    means = series if length == 1 else series[: len(series) // length * length].reshape(-1, length).mean(axis=1)
    levels = [_level(means)]
    while len(means) // 2 >= LEAST_BATCHES:
        pairs = means[: len(means) // 2 * 2]
        means = (pairs[::2] + pairs[1::2]) / 2
        levels.append(_level(means))
    return levels


def _level(means: Floats) -> _Level:
    # Products and sums, not dot products: those start threads, which cost more than they save beside other work.
    n = len(means)
    deviation = means - means.mean()
    squared = deviation * deviation
    squares = float(squared.sum())
    if squares == 0:
        return _Level(n, 0.0, 0.0, 0.0)
    lag1 = float((deviation[:-1] * deviation[1:]).sum()) / squares
    # Deviations from their own mean make lag-1 too small by (1 + 3 lag1) / n (Kendall 1954).
    return _Level(n, squares, float((squared * deviation).sum()), lag1 + (1 + 3 * lag1) / n)


def _skewness(level: _Level) -> float:
    scale = (level.squares / level.batches) ** 1.5
    return level.cubes / level.batches / scale if scale else 0.0


def t_interval(mean: float, spread: Spread) -> tuple[float, float]:
    """The 95 % interval of a mean: Student's t, bent by the skewness of what was averaged (Willink 2005, eq. 7).

    Latencies lean to the right: an even interval would more often lie below the true mean than above it.
    """
    error = math.sqrt(spread.variance)
    t = t_975(spread.batches - 1)
    bend = spread.skewness / (6 * math.sqrt(spread.batches))
    if abs(bend) < 1e-9:
        return mean - t * error, mean + t * error
    return mean - _bent(t, bend) * error, mean - _bent(-t, bend) * error


def _bent(t: float, bend: float) -> float:
    """Student's t seen through the skewness; for a few values the formula runs away, and is held."""
    bent = (math.cbrt(1 + 6 * bend * (t - bend)) - 1) / (2 * bend)
    return math.copysign(min(abs(bent), MOST_BENT * abs(t)), t)
