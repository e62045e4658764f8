"""Series whose truth is known, to see how often an interval holds it. Each row is one trial, in order of time.

AR(1) is the textbook series with memory. The times in an M/M/1 queue are what requests wait and are served at a
server under Poisson arrivals: skewed, and with a memory that grows as it fills up. In lockstep users share a batch,
and a sawtooth comes of batches that fill up and empty by turns. Bursts are tokens of answers that overlap; a stream
of two moods is a server that is now fast, now slow.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Rows = NDArray[np.float64]

# Latencies are positive: what is normal is moved to where no interval is cut at 0.
LIFT = 10.0
# A period that is no whole number, so that every value comes up in time.
GOLDEN = 0.618034
FIRST_TOKEN_S, GAP_S, TOKENS = 0.3, 0.05, 40


class Series(NamedTuple):
    """`draw(rng, trials, n)` has shape (trials, n). `mean` and `quantile(q)` are those of its marginal law."""

    draw: Callable[[np.random.Generator, int, int], Rows]
    mean: float
    quantile: Callable[[float], float]


class Stream(NamedTuple):
    """`draw(rng, length_s)` has the times of events within 0 and `length_s`; on average `per_s` in a second."""

    draw: Callable[[np.random.Generator, float], Rows]
    per_s: float


def _normal_quantile(q: float) -> float:
    return LIFT + NormalDist().inv_cdf(q)


def ar1(phi: float) -> Series:
    """Standard normal values around 10; neighbours correlate by `phi`."""

    def draw(rng: np.random.Generator, trials: int, n: int) -> Rows:
        rows = rng.standard_normal((n, trials))
        rows[1:] *= math.sqrt(1 - phi**2)
        for i in range(1, n):
            rows[i] += phi * rows[i - 1]
        return LIFT + rows.T

    return Series(draw, LIFT, _normal_quantile)


def lockstep(users: int) -> Series:
    """Standard normal values around 10, four fifths of whose variance `users` neighbours have in common."""

    def draw(rng: np.random.Generator, trials: int, n: int) -> Rows:
        common = np.repeat(rng.standard_normal((trials, n // users + 2)), users, axis=1)
        first = int(rng.integers(users))
        own = rng.standard_normal((trials, n))
        rows: Rows = LIFT + math.sqrt(0.8) * common[:, first : first + n] + math.sqrt(0.2) * own
        return rows

    return Series(draw, LIFT, _normal_quantile)


def sawtooth(period: float) -> Series:
    """Values from 10 to 11 that rise over `period` neighbours and fall back, begun anywhere."""

    def draw(rng: np.random.Generator, trials: int, n: int) -> Rows:
        rows: Rows = LIFT + (rng.random((trials, 1)) + np.arange(n) / period) % 1.0
        return rows

    return Series(draw, LIFT + 0.5, lambda q: LIFT + q)


def mm1(load: float) -> Series:
    """Times in an M/M/1 queue with service of mean 1, in its steady state: exponential of mean 1 / (1 - load)."""

    def draw(rng: np.random.Generator, trials: int, n: int) -> Rows:
        served = rng.standard_exponential((trials, n))
        steps = served[:, :-1] - rng.standard_exponential((trials, n - 1)) / load
        first = np.where(rng.random(trials) < load, rng.standard_exponential(trials) / (1 - load), 0.0)
        # Lindley's recursion, unrolled: the wait is the walk less its lowest point so far, where that is below 0.
        walk = first[:, None] + np.cumsum(np.column_stack([np.zeros(trials), steps]), axis=1)
        waits: Rows = walk - np.minimum(np.minimum.accumulate(walk, axis=1), 0.0)
        return waits + served

    return Series(draw, 1 / (1 - load), lambda q: -math.log(1 - q) / (1 - load))


INDEPENDENT = {
    "independent, normal": Series(
        lambda rng, trials, n: LIFT + rng.standard_normal((trials, n)), LIFT, _normal_quantile
    ),
    "independent, exponential": Series(
        lambda rng, trials, n: rng.standard_exponential((trials, n)), 1.0, lambda q: -math.log(1 - q)
    ),
    "independent, log-normal": Series(
        lambda rng, trials, n: rng.lognormal(0.0, 1.0, (trials, n)),
        math.exp(0.5),
        lambda q: math.exp(NormalDist().inv_cdf(q)),
    ),
}
SERIES = INDEPENDENT | {
    "AR(1), 0.5": ar1(0.5),
    "AR(1), 0.9": ar1(0.9),
    "M/M/1, load 0.5": mm1(0.5),
    "M/M/1, load 0.8": mm1(0.8),
    "lockstep of 8": lockstep(8),
    "sawtooth of 30": sawtooth(30 + GOLDEN),
}


def poisson(per_s: float) -> Stream:
    return Stream(lambda rng, length_s: rng.uniform(0, length_s, rng.poisson(per_s * length_s)), per_s)


def bursts(answers_per_s: float) -> Stream:
    """Tokens of answers that begin by chance and go on for two seconds, those that began before 0 included."""

    def draw(rng: np.random.Generator, length_s: float) -> Rows:
        before_s = FIRST_TOKEN_S + GAP_S * TOKENS
        starts = rng.uniform(-before_s, length_s, rng.poisson(answers_per_s * (length_s + before_s)))
        times = (starts[:, None] + FIRST_TOKEN_S + GAP_S * np.arange(TOKENS)).ravel()
        return times[(times >= 0) & (times <= length_s)]

    return Stream(draw, answers_per_s * TOKENS)


def two_moods(slow_per_s: float, fast_per_s: float, mood_s: float) -> Stream:
    """Poisson events at one rate or the other; a mood lasts `mood_s` on average."""

    def draw(rng: np.random.Generator, length_s: float) -> Rows:
        ends = np.cumsum(rng.standard_exponential(int(length_s / mood_s * 2) + 50) * mood_s)
        assert ends[-1] > length_s, "the moods cover the whole time"
        times: Rows = rng.uniform(0, length_s, rng.poisson(fast_per_s * length_s))
        slow = (np.searchsorted(ends, times) + rng.integers(2)) % 2 == 0
        kept: Rows = times[~slow | (rng.random(len(times)) < slow_per_s / fast_per_s)]
        return kept

    return Stream(draw, (slow_per_s + fast_per_s) / 2)


STREAMS = {
    "Poisson, 10/s": poisson(10.0),
    "tokens of overlapping answers, 2 answers/s": bursts(2.0),
    "5/s and 15/s by turns of 2 s": two_moods(5.0, 15.0, 2.0),
}
