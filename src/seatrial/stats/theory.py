"""The few textbook distributions that intervals need, so that no statistics package is."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

CONFIDENCE = 0.95
TAIL = (1 - CONFIDENCE) / 2
Z_975 = NormalDist().inv_cdf(1 - TAIL)
_MANY_DEGREES = 30


class Ranks(NamedTuple):
    """Positions (from 1) of the order statistics that bound a quantile; None where the sample is too small."""

    low: int | None
    high: int | None


def t_975(degrees: int) -> float:
    """The 97.5 % point of Student's t: half a 95 % interval in standard errors. Raises as `student_t`."""
    return student_t(degrees, 2 * TAIL)


@lru_cache(maxsize=1024)
def student_t(degrees: float, tail: float) -> float:
    """The point beyond which, on either side together, Student's t has the probability `tail`.

    Few degrees of freedom: the closed form (Abramowitz & Stegun 26.7.3 and 26.7.4), inverted by bisection. From 30
    on the expansion about the normal point (26.7.5), good to four digits for tails down to 1e-4.
    Raises ValueError for fewer than 1.
    """
    if degrees < 1:
        raise ValueError(f"Student's t needs at least 1 degree of freedom, not {degrees}")
    if degrees >= _MANY_DEGREES:
        return _expanded(NormalDist().inv_cdf(1 - tail / 2), degrees)
    low, high = 0.0, math.pi / 2
    for _ in range(60):  # halves the interval beyond what a float can tell apart
        angle = (low + high) / 2
        low, high = (angle, high) if 1 - _within(angle, int(degrees)) > tail else (low, angle)
    return math.tan(low) * math.sqrt(int(degrees))


def _expanded(z: float, degrees: float) -> float:
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / float(degrees) ** power for power, term in enumerate(terms))


def _within(theta: float, degrees: int) -> float:
    """P(|T| <= tan(theta) sqrt(degrees))."""
    cos, odd = math.cos(theta), degrees % 2
    term, total = (cos, 0.0) if odd else (1.0, 0.0)
    for k in range(odd, degrees - 1, 2):
        total += term
        term *= cos**2 * (k + 1) / (k + 2)
    total *= math.sin(theta)
    return 2 / math.pi * (theta + total) if odd else total


def order_statistic_ranks(n: int, q: float) -> Ranks:
    """The tightest ranks whose order statistics hold the q-quantile with 95 % confidence, 2.5 % at either end.

    The number of samples below the quantile is binomial (n, q), whatever the distribution
    (David & Nagaraja, Order Statistics, 7.1).
    """
    first, below = _binomial_cdf(n, q)
    low = first + int(np.searchsorted(below, TAIL, side="right"))
    high = first + int(np.searchsorted(below, 1 - TAIL, side="left")) + 1
    return Ranks(low if low >= 1 else None, high if high <= n else None)


def fractional_ranks(n: float, q: float) -> tuple[float, float] | None:
    """Ranks of order statistics that hold the q-quantile with 95 % confidence, where n need not be whole.

    Between whole ranks what they hold is taken to change evenly, so that the interval is no wider than it must be
    (Hutson 1999). None where an end lies beyond the sample.
    """
    low, high = _fractional_low(n, q), _fractional_low(n, 1 - q)
    return None if low is None or high is None else (low, n + 1 - high)


def _fractional_low(n: float, q: float) -> float | None:
    """The rank below which the q-quantile lies in 2.5 of 100 samples: by the lower tail of the binomial (n, q)."""
    first = max(0, math.floor(n * q - 10 * math.sqrt(n * q * (1 - q)) - 10))
    # Far enough for the tail, never beyond n: the median of a binomial lies within 1 of n * q.
    k = np.arange(first, min(math.floor(n * q) + 2, math.ceil(n)), dtype=np.float64)
    at_first = math.lgamma(n + 1) - math.lgamma(first + 1) - math.lgamma(n - first + 1)
    at_first += first * math.log(q) + (n - first) * math.log1p(-q)
    steps = np.log((n - k[:-1]) / (k[:-1] + 1) * (q / (1 - q)))
    below = np.cumsum(np.exp(at_first + np.concatenate(([0.0], np.cumsum(steps)))))
    return None if below[0] > TAIL else float(1 + np.interp(TAIL, below, k))


def _binomial_cdf(n: int, q: float) -> tuple[int, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """(k0, P(B <= k) for k = k0, k0 + 1, ...) for B ~ binomial(n, q), over all k that matter.

    Ratios of neighbouring probabilities are summed as logarithms over 10 standard deviations and normalised:
    no factorial, exact to rounding, and quick for a million samples.
    """
    reach = 10 * math.sqrt(n * q * (1 - q)) + 10
    k0, k1 = max(0, math.floor(n * q - reach)), min(n, math.ceil(n * q + reach))
    k = np.arange(k0, k1, dtype=np.float64)
    log_p = np.concatenate(([0.0], np.cumsum(np.log((n - k) / (k + 1) * (q / (1 - q))))))
    p = np.exp(log_p - log_p.max())
    return k0, np.cumsum(p / p.sum())


def gamma_as_normal(value: float, shape: float) -> float:
    """How many standard deviations `value` lies from the middle of a gamma distribution of mean `shape`.

    Cube-root approximation of Wilson and Hilferty (1931); a chi-square of d degrees is twice a gamma of d/2.
    """
    ninth = 1 / (9 * shape)
    return float((np.cbrt(value / shape) - (1 - ninth)) / math.sqrt(ninth))
