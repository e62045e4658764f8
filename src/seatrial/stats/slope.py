"""How a quantity grows with the number of tokens: least squares over the workloads of one experiment.

The points are the means of the workloads, not single requests: what interests is how the level moves, and requests
of one level share whatever made that level slow.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.summary import Growth
from seatrial.domain.values import Estimate
from seatrial.stats.theory import t_975

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.summary import WorkloadSummary
    from seatrial.stats.table import Floats

LEAST_LEVELS = 3

# By group of workloads: the entry of `WorkloadSummary.tokens` that is varied there, and its public name.
VARIED = {
    "output-tokens": ("output_counted", "output_tokens"),
    "input-tokens": ("input_counted", "input_tokens"),
}
METRICS = ("e2e_s", "user_tokens_per_s", "input_tokens_per_s")


class Line(NamedTuple):
    slope: Estimate
    intercept: float


def fit_line(x: Floats, y: Floats) -> Line | None:
    """The least squares line of y on x, its slope with a 95 % t-interval; None for fewer than 3 different x."""
    n = len(x)
    if len(np.unique(x)) < LEAST_LEVELS:
        return None
    dx = x - x.mean()
    spread = float(dx @ dx)
    slope = float(dx @ (y - y.mean())) / spread
    intercept = float(y.mean() - slope * x.mean())
    residual = y - intercept - slope * x
    half = t_975(n - 2) * math.sqrt(float(residual @ residual) / (n - 2) / spread)
    return Line(Estimate(slope, slope - half, slope + half, n), intercept)


def growth(workloads: Sequence[WorkloadSummary]) -> tuple[Growth, ...]:
    """For every group of token lengths and concurrency, how time to complete and both speeds grow."""
    series: dict[tuple[str, int | None], list[WorkloadSummary]] = {}
    for workload in workloads:
        if workload.group in VARIED and not workload.skipped:
            series.setdefault((workload.group, workload.concurrency), []).append(workload)
    return tuple(
        found
        for (group, concurrency), members in series.items()
        for metric in METRICS
        if (found := _growth_of(metric, group, concurrency, members)) is not None
    )


def _growth_of(
    metric: str, group: str, concurrency: int | None, members: Sequence[WorkloadSummary]
) -> Growth | None:
    entry, x_name = VARIED[group]
    points = [
        (tokens, distribution.mean.value)
        for member in members
        if (tokens := member.tokens.get(entry)) is not None
        and (distribution := member.metrics.get(metric)) is not None
    ]
    line = fit_line(*np.array(points).T) if points else None
    return None if line is None else Growth(group, concurrency, metric, x_name, line.slope, line.intercept)
