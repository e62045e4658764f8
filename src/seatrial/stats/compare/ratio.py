"""One ratio with its interval, on the scale of logarithms, at any level of confidence.

A ratio of two estimates takes its interval from theirs: each side's distance to its own end is squared, the two are
added, and the root is the distance of the ratio's end (MOVER: Zou & Donner 2008; for ratios Donner & Zou 2012,
Statistical Methods in Medical Research 21:347). It asks for no normal distribution and keeps lopsided intervals
lopsided. On logarithms a ratio is a difference, and pooling is a mean.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.values import Estimate
from seatrial.stats.theory import student_t

if TYPE_CHECKING:
    from collections.abc import Sequence

# Intervals within a run rest on some 20 blocks or slices; fewer values than that bound it further.
MOST_DEGREES = 19
# A logarithm beyond which a factor is no number to anyone: e^300 is 10^130.
_FAR = 300.0


class Logged(NamedTuple):
    """A logarithm and how far it reaches down and up at some level; infinity where an end is not known."""

    value: float
    down: float
    up: float


def logged(estimate: Estimate, tail: float, growth: float = 1.0) -> Logged | None:
    """The logarithm of a duration or rate at level 1 - `tail`, had there been `growth` times the samples.

    None where it is 0 or less, or no number. Its 95 % interval is widened by Student's t.
    """
    if not 0 < estimate.value < math.inf:
        return None
    scale = _widening(min(MOST_DEGREES, max(1, estimate.n - 1)), tail) / math.sqrt(growth)
    value = math.log(estimate.value)
    low, high = estimate.low or 0.0, estimate.high or math.inf
    down = value - math.log(low) if 0 < low < math.inf else math.inf
    up = math.log(high) - value if 0 < high < math.inf else math.inf
    return Logged(value, max(0.0, down) * scale, max(0.0, up) * scale)


def logged_share(estimate: Estimate, tail: float, growth: float = 1.0) -> Logged | None:
    """The same of hits among n: Wilson's interval at that level. No hit at all counts as half of one."""
    n = estimate.n * growth
    if n <= 0 or not 0 <= estimate.value <= 1:
        return None
    share, z2 = max(estimate.value, 0.5 / n), student_t(math.inf, tail) ** 2
    middle = (estimate.value + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2) / (1 + z2 / n) * math.sqrt(estimate.value * (1 - estimate.value) / n + z2 / (4 * n**2))
    value = math.log(share)
    low, high = middle - half, min(1.0, middle + half)
    down = math.inf if low <= 1e-12 else value - math.log(low)
    return Logged(value, max(0.0, down), max(0.0, math.log(high) - value))


def over(new: Logged, base: Logged) -> Logged:
    """The ratio new / base, by MOVER."""
    return Logged(new.value - base.value, math.hypot(new.down, base.up), math.hypot(new.up, base.down))


def mean_of(ratios: Sequence[Logged]) -> Logged:
    """The geometric mean of independent ratios, each counting alike whatever its size or precision."""
    k = len(ratios)
    return Logged(
        sum(ratio.value for ratio in ratios) / k,
        math.hypot(*(ratio.down for ratio in ratios)) / k,
        math.hypot(*(ratio.up for ratio in ratios)) / k,
    )


def between_runs(base: Sequence[float], new: Sequence[float], tail: float, growth: float = 1.0) -> Logged:
    """The ratio of two sides of several runs, from one logarithm per run: a t-interval, both sides one variance.

    At least three runs in all. `growth` multiplies the runs.
    """
    degrees = len(base) + len(new) - 2
    means = sum(base) / len(base), sum(new) / len(new)
    squares = sum((x - means[0]) ** 2 for x in base) + sum((x - means[1]) ** 2 for x in new)
    error = math.sqrt(squares / degrees * (1 / len(base) + 1 / len(new)) / growth)
    more = (len(base) + len(new)) * growth - 2
    half = student_t(max(1, math.floor(more)), tail) * error
    return Logged(means[1] - means[0], half, half)


def estimate_of(ratio: Logged, n: int) -> Estimate:
    """Back from logarithms; an end that is not known is None."""
    ends = (ratio.value - ratio.down, ratio.value + ratio.up)
    low, high = (None if abs(end) > _FAR else math.exp(end) for end in ends)
    return Estimate(math.exp(max(-_FAR, min(_FAR, ratio.value))), low, high, n)


def _widening(degrees: int, tail: float) -> float:
    return student_t(degrees, tail) / student_t(degrees, 0.05)
