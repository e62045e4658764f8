"""Objectives held against a summary: met, missed, or cannot be told; and how likely the truth is within them.

`met` compares the estimate itself, so that it can be checked by eye; how far chance reaches stands beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.summary import SloCheck
from seatrial.stats.estimate import wilson
from seatrial.stats.odds import at_most, share_at_least

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatrial.domain.summary import Counts, Distribution
    from seatrial.domain.trial import Objective, Slo


def check_slo(slo: Slo, counts: Counts, metrics: Mapping[str, Distribution | None]) -> tuple[SloCheck, ...]:
    """One check per objective. `met` is None where the statistic cannot be given from so few samples."""
    return tuple(
        _success(objective, counts)
        if objective.metric == "success"
        else _latency(objective, metrics.get(objective.metric))
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


def _latency(objective: Objective, distribution: Distribution | None) -> SloCheck:
    estimate = None if distribution is None else distribution.statistic(objective.stat)
    if estimate is None:
        return SloCheck(objective.key, objective.limit, None, None)
    met = estimate.value <= objective.limit
    odds = at_most(estimate, objective.limit)
    return SloCheck(objective.key, objective.limit, estimate.value, met, estimate.low, estimate.high, odds)
