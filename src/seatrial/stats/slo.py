"""Objectives held against a summary: met, missed, or cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.summary import SloCheck

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatrial.domain.summary import Counts, Distribution
    from seatrial.domain.trial import Objective, Slo


def check_slo(slo: Slo, counts: Counts, metrics: Mapping[str, Distribution | None]) -> tuple[SloCheck, ...]:
    """One check per objective. `met` is None where the statistic cannot be given from so few samples."""
    return tuple(_check(objective, counts, metrics) for objective in slo.objectives)


def _check(objective: Objective, counts: Counts, metrics: Mapping[str, Distribution | None]) -> SloCheck:
    if objective.metric == "success":
        # Over what was offered: a request that was never sent was not served either.
        value = counts.completed / counts.planned if counts.planned else None
        met = None if value is None else value >= objective.limit
    else:
        value = _statistic(metrics.get(objective.metric), objective.stat)
        met = None if value is None else value <= objective.limit
    return SloCheck(objective.key, objective.limit, value, met)


def _statistic(distribution: Distribution | None, stat: str) -> float | None:
    if distribution is None:
        return None
    by_name = {
        "mean": distribution.mean,
        "p50": distribution.p50,
        "p95": distribution.p95,
        "p99": distribution.p99,
    }
    estimate = by_name[stat]
    return None if estimate is None else estimate.value
