"""Where two candidates change places as the load grows.

At each level that both ran, the logarithm of the ratio says who is ahead, and its interval whether that is clear.
A crossing is reported between a level where one is clearly ahead and the next where the other clearly is; less than
that is said to be no crossing, or not to be told. With m levels looked at, each is allowed an m-th of the 5 %
(Bonferroni), so that two candidates that are alike do not cross by chance.

Where a level has no interval of its own (a batch is one measurement) but there are at least 5 of them, the noise is
taken from the differences between neighbouring levels (von Neumann 1941), which holds any real change too and
so is rather too large. Between the ends a level is then the mean of itself and its neighbours, if its own value is
on the same side.
"""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.answer import Crossing
from seatrial.stats.choice.load_curves import RATE
from seatrial.stats.choice.paired import same_lengths
from seatrial.stats.theory import TAIL, Z_975, student_t

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seatrial.domain.answer import LoadPoint
    from seatrial.stats.choice.load_curves import Spot
    from seatrial.stats.table import Floats

LEAST_LEVELS = 5


class Curve(NamedTuple):
    """Two candidates over the levels both ran, shape (m,). `lead`: how far ahead `one` is, as a logarithm; `reach`:
    half its interval, so that |lead| > reach is clear; infinite where a level has no interval.
    """

    one: str
    other: str
    series: str
    x: str
    metric: str
    levels: Floats
    lead: Floats
    reach: Floats

    @property
    def sides(self) -> list[int]:
        """1 where `one` is clearly ahead, -1 where `other` is, 0 where neither."""
        return [int(side) for side in np.where(np.abs(self.lead) > self.reach, np.sign(self.lead), 0)]

    @property
    def has_intervals(self) -> bool:
        return bool(np.isfinite(self.reach).any())


def curves(spots: Sequence[Spot], one: str, other: str) -> list[Curve]:
    """Every series and metric that both have at two levels or more; at a given rate tokens/s say nothing."""
    ours, theirs = _by_series(spots, one), _by_series(spots, other)
    found = []
    for key, levels in ours.items():
        series, x, metric = key
        shared = [
            (level, spot.point, theirs[key][level].point)
            for level, spot in levels.items()
            if level in theirs.get(key, {}) and _is_fair(spot, theirs[key][level])
        ]
        if len(shared) > 1 and not (x == RATE and metric.endswith("_per_s")):
            found.append(_curve(one, other, series, x, metric, shared))
    return found


def _by_series(spots: Iterable[Spot], name: str) -> dict[tuple[str, str, str], dict[float, Spot]]:
    found: dict[tuple[str, str, str], dict[float, Spot]] = {}
    for spot in spots:
        point = spot.point
        if point.candidate == name:
            found.setdefault((point.series, point.x, point.metric), {})[point.level] = spot
    return found


def _is_fair(one: Spot, other: Spot) -> bool:
    return (
        one.point.estimate.value > 0
        and other.point.estimate.value > 0
        and same_lengths(one.workload, other.workload)
    )


def _curve(  # noqa: PLR0917  the key of a curve, spelt out
    one: str, other: str, series: str, x: str, metric: str, shared: Sequence[tuple[float, LoadPoint, LoadPoint]]
) -> Curve:
    levels = np.array([level for level, _, _ in shared])
    lead = np.log([ours.estimate.value / theirs.estimate.value for _, ours, theirs in shared])
    if not metric.endswith("_per_s"):
        lead = -lead
    errors = [_error(ours, theirs) for _, ours, theirs in shared]
    tail = TAIL / len(shared)
    if math.inf in errors and len(shared) >= LEAST_LEVELS:
        return Curve(one, other, series, x, metric, levels, *_smoothed(lead, tail))
    reach = np.array(errors) * NormalDist().inv_cdf(1 - tail)
    return Curve(one, other, series, x, metric, levels, lead, reach)


def _error(ours: LoadPoint, theirs: LoadPoint) -> float:
    """The standard error of the logarithm of the ratio; infinite without intervals."""
    reaches = []
    for estimate in (ours.estimate, theirs.estimate):
        if estimate.low is None or estimate.high is None or estimate.low <= 0:
            return math.inf
        reaches.append(math.log(estimate.high / estimate.low) / 2)
    return math.hypot(*reaches) / Z_975


def _smoothed(lead: Floats, tail: float) -> tuple[Floats, Floats]:
    """The mean of each level and its neighbours, and its reach; 0 where the level itself speaks against them."""
    n = len(lead)
    noise = math.sqrt(float(np.square(np.diff(lead)).sum()) / (2 * (n - 1)))
    means, weights = lead.copy(), np.ones(n)
    means[1:-1], weights[1:-1] = (lead[:-2] + lead[1:-1] + lead[2:]) / 3, 3.0
    return np.where(means * lead > 0, means, 0.0), student_t(n - 1, 2 * tail) * noise / np.sqrt(weights)


def crossings_of(spots: Sequence[Spot], one: str, other: str) -> list[Crossing]:
    """Every crossing of two candidates, those in output tokens/s first where there are such."""
    return [crossing for curve in curves(spots, one, other) for crossing in crossings(curve)]


def crossings(curve: Curve) -> Iterator[Crossing]:
    """Each change from one candidate being clearly ahead to the other, in the order of the load."""
    clear = [(level, side) for level, side in zip(curve.levels, curve.sides, strict=True) if side]
    names = {1: curve.one, -1: curve.other}
    for (low, before), (high, after) in pairwise(clear):
        if before != after:
            yield Crossing(
                curve.metric, curve.x, names[before], names[after], float(low), float(high), curve.series
            )
