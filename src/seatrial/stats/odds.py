"""How likely the truth lies within a limit, from an estimate and its interval.

A latency is taken for normal about its estimate, with the reach of the 95 % interval on the side of the limit: the
intervals of quantiles are lopsided, and it is the near side that decides. A share is held against the limit by the
score test, from which Wilson's interval comes too.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from seatrial.stats.theory import Z_975

if TYPE_CHECKING:
    from seatrial.domain.values import Estimate

_NORMAL = NormalDist()


def at_most(estimate: Estimate, limit: float) -> float | None:
    """Probability that the estimated quantity is at most `limit`; None where the interval has no end there."""
    end = estimate.high if limit >= estimate.value else estimate.low
    if end is None:
        return None
    reach, distance = abs(end - estimate.value), limit - estimate.value
    if reach == 0:
        return 1.0 if distance >= 0 else 0.0
    return _NORMAL.cdf(distance / reach * Z_975)


def share_at_least(hits: int, n: int, limit: float) -> float | None:
    """Probability that a share of which `hits` of `n` were seen is at least `limit`; None when n is 0.

    At a limit of 0 or 1 there is no spread: it holds or it does not.
    """
    if n == 0:
        return None
    deviation = math.sqrt(limit * (1 - limit) / n)
    if deviation == 0:
        return 1.0 if hits >= limit * n else 0.0
    return _NORMAL.cdf((hits / n - limit) / deviation)
