"""Objectives held against a summary: met, missed, or cannot be told; and how likely the truth is within them.

`met` compares the estimate itself, so that it can be checked by eye; how far chance reaches stands beside it. Where
there are too few requests for the quantile to be given, it is still met or missed if it lies on one side of the
limit beyond chance: eight of eight requests over the limit are no p95 under it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.summary import SloCheck
from seatrial.stats.estimate import QUANTILES, effective_n, wilson
from seatrial.stats.metrics import PER_REQUEST
from seatrial.stats.odds import at_most, share_at_least
from seatrial.stats.theory import order_statistic_ranks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from seatrial.domain.summary import Counts, Distribution
    from seatrial.domain.trial import Objective, Slo
    from seatrial.stats.table import Floats, Ints, SampleTable


class Requests(NamedTuple):
    """The requests behind a summary: `kept`, shape (n,): those that count; `sequence`: the rows in time order."""

    table: SampleTable
    kept: NDArray[np.bool_]
    sequence: Ints | None = None


def check_slo(
    slo: Slo, counts: Counts, metrics: Mapping[str, Distribution | None], requests: Requests
) -> tuple[SloCheck, ...]:
    """One check per objective. `met` is None where so few samples cannot tell."""
    return tuple(
        _success(objective, counts)
        if objective.metric == "success"
        else _latency(objective, metrics.get(objective.metric), requests)
        for objective in slo.objectives
    )


def _success(objective: Objective, counts: Counts) -> SloCheck:
    """Over what was offered: a request that was never sent was not served either."""
    share = wilson(counts.completed, max(counts.planned, counts.completed))
    if share is None:
        return SloCheck(objective.key, objective.limit, None, None)
    odds = share_at_least(counts.completed, share.n, objective.limit)
    met = share.value >= objective.limit
    return SloCheck(objective.key, objective.limit, share.value, met, share.low, share.high, odds)


def _latency(objective: Objective, distribution: Distribution | None, requests: Requests) -> SloCheck:
    if distribution is None:
        return SloCheck(objective.key, objective.limit, None, None)
    estimate = distribution.statistic(objective.stat)
    if estimate is None:
        return _by_bounds(objective, requests)
    met = estimate.value <= objective.limit
    odds = at_most(estimate, objective.limit)
    return SloCheck(objective.key, objective.limit, estimate.value, met, estimate.low, estimate.high, odds)


def _by_bounds(objective: Objective, requests: Requests) -> SloCheck:
    """A quantile that is not given is met or missed where what bounds it lies on one side of the limit.

    The bounds are order statistics: the lower one is over the limit exactly where the share of requests over it
    is above 1 - q by the interval of Clopper and Pearson (1934). Requests that hang together are worth fewer.
    """
    values = np.where(requests.kept, PER_REQUEST[objective.metric](requests.table), np.nan)
    over = np.where(np.isnan(values), np.nan, values > objective.limit)
    ordered = np.sort(values[~np.isnan(values)])
    worth = _worth(over, len(ordered), requests.sequence)
    q = QUANTILES[objective.stat]
    low, high = _bounds(ordered, worth, q)
    met = False if low is not None and low > objective.limit else None
    if high is not None and high <= objective.limit:
        met = True
    within = int((ordered <= objective.limit).sum())
    odds = None if met is None else share_at_least(round(within * worth / len(ordered)), worth, q)
    return SloCheck(objective.key, objective.limit, None, met, low, high, odds)


def _worth(over: Floats, n: int, sequence: Ints | None) -> int:
    """How many independent requests the n with a value are worth, told from which of them are over the limit."""
    if sequence is None or not 0 < np.nansum(over) < n:
        return n
    in_order = over[sequence]
    in_order = in_order[~np.isnan(in_order)]
    worth = effective_n(in_order, None, sequence=np.arange(len(in_order)))
    return n if worth is None else max(1, math.floor(worth))


def _bounds(ordered: Floats, worth: int, q: float) -> tuple[float | None, float | None]:
    """What bounds the q-quantile with 2.5 % at either end; None where that lies beyond the sample."""
    n, ranks = len(ordered), order_statistic_ranks(worth, q)
    first = None if ranks.low is None else (ranks.low - 1) * n // worth
    last = None if ranks.high is None else -(-ranks.high * n // worth) - 1
    return (
        None if first is None else float(ordered[first]),
        None if last is None or last >= n else float(ordered[last]),
    )
