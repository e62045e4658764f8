"""Whether a predicted speed meets an SLO: which prediction answers which objective, and what misses it.

Percentiles that a prediction does not have are taken from its mean and p95:
- beyond p95, TTFT and E2E are taken to end like an exponential: p99 lies 3.6 means above the mean where p95 lies
2.0;
- TPOT at p99 is 1.04 times that at p95. Over 26 public open-loop runs of vLLM (inference-sim's accuracy validation,
  2026) a request's time after the first token was 1.05 times the mean at p90 and 1.11 at p99 (medians).
- p50 is judged by the mean, which is not below it.
"""

from __future__ import annotations

from math import isinf, log
from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.values import Range

if TYPE_CHECKING:
    from seatrial.domain.plan import Demand, Speed
    from seatrial.domain.trial import Objective, Slo

TPOT_P99 = 1.04
"""The 99th percentile of TPOT over its 95th."""
P99_OVER_P95 = (log(100) - 1) / (log(20) - 1)
"""How much further than p95 the p99 of an exponential lies above its mean."""
UNPREDICTED = frozenset({"success"})
"""Metrics that no formula here predicts."""


class Miss(NamedTuple):
    """An objective and the prediction that does not meet it."""

    objective: Objective
    predicted: Range


def predicted(metric: str, stat: str, speed: Speed) -> Range | None:
    """What `speed` says of `metric` (ttft_s, tpot_s, e2e_s or their kin) at `stat`, in seconds; None if nothing."""
    if metric in {"ttft_s", "ttft_intended_s", "ttfa_s"}:
        return _at(stat, speed.ttft_s, speed.ttft_p95_s)
    if metric in {"tpot_s", "icl_s"}:
        p95 = speed.tpot_p95_s
        return {"p95": p95, "p99": p95.scaled(TPOT_P99)}.get(stat, speed.tpot_s)
    if metric == "e2e_s":
        return _at(stat, speed.e2e_s, speed.e2e_p95_s)
    return None


def _at(stat: str, mean: Range, p95: Range) -> Range:
    if stat in {"mean", "p50"}:
        return mean
    if stat == "p95":
        return p95

    def beyond(at_mean: float, at_p95: float) -> float:
        return at_p95 if isinf(at_p95) else at_mean + (max(at_p95, at_mean) - at_mean) * P99_OVER_P95

    return Range(beyond(mean.value, p95.value), beyond(mean.low, p95.low), beyond(mean.high, p95.high))


def misses(speed: Speed, demand: Demand, *, sure: bool = False) -> tuple[Miss, ...]:
    """The objectives of the demand's SLO that the middle of the prediction does not meet, if `sure` its far end."""

    def told(found: Range) -> float:
        return found.high if sure else found.value

    return tuple(miss for miss in _predictions(speed, demand) if told(miss.predicted) > miss.objective.limit)


def unsure(speed: Speed, demand: Demand) -> tuple[Miss, ...]:
    """The objectives that the middle of the prediction meets, but not the far end of its 80 % interval."""
    met = (each for each in _predictions(speed, demand) if each.predicted.value <= each.objective.limit)
    return tuple(each for each in met if each.predicted.high > each.objective.limit)


def burden(speed: Speed, demand: Demand) -> float:
    """The far end of the worst prediction as a share of its limit; without an SLO, that of E2E in seconds."""
    found = [each.predicted.high / each.objective.limit for each in _predictions(speed, demand)]
    return max(found, default=speed.e2e_s.high)


def _predictions(speed: Speed, demand: Demand) -> list[Miss]:
    found = []
    for objective in demand.slo.objectives:
        prediction = predicted(objective.metric, objective.stat, speed)
        if prediction is not None:
            found.append(Miss(objective, prediction))
    return found


def unpredicted(slo: Slo) -> tuple[str, ...]:
    """The keys of objectives that a plan cannot judge."""
    return tuple(objective.key for objective in slo.objectives if objective.metric in UNPREDICTED)
