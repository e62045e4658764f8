"""What output tokens cost: the price of an hour / the output tokens of an hour, in USD per million.

At the SLO point: of the loads at which the SLO is met, the one with the most output tokens/s of requests that meet
it (a heavier load than that gives no more of them); without an SLO, of all loads. Only loads that ask for the same
lengths are held against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.trial import Verdict
from seatrial.domain.values import Estimate
from seatrial.stats.choice.contest import shared_loads, warm, workload_of
from seatrial.stats.choice.paired import same_lengths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.summary import CandidateSummary, WorkloadSummary

SECONDS_PER_HOUR = 3600
MILLION = 1_000_000


class Cost(NamedTuple):
    """USD per million output tokens at the load `at`; `good` counts only those of requests within the SLO."""

    good: Estimate
    all_tokens: Estimate
    at: str


class Pricing(NamedTuple):
    """The cost of each candidate for which it can be told; of the others, what is missing."""

    costs: dict[str, Cost]
    missing: dict[str, str]


def price(candidates: Sequence[CandidateSummary]) -> Pricing:
    reference = _reference(candidates)
    costs, missing = {}, {}
    for candidate in candidates:
        point = _slo_point(candidate, reference)
        if candidate.usd_per_hour is None:
            missing[candidate.name] = "it has no price: add usd_per_hour to its [[candidates]] in the spec"
        elif point is None:
            missing[candidate.name] = (
                "it has no load with output tokens and without a miss of the SLO to take the cost at"
            )
        else:
            costs[candidate.name] = _cost(point, candidate.usd_per_hour)
    return Pricing(costs, missing)


def _reference(candidates: Sequence[CandidateSummary]) -> WorkloadSummary | None:
    """The heaviest load that all share: its lengths are what every cost is of."""
    shared = [workload_of(candidates[0], name) for name in shared_loads(candidates)] if candidates else []
    return max(shared, key=lambda w: w.concurrency or 0, default=None)


def _slo_point(candidate: CandidateSummary, reference: WorkloadSummary | None) -> WorkloadSummary | None:
    """Loads that are shown to meet the SLO go before those where it cannot be told; a missed one never counts."""
    loads = [
        w
        for w in warm(candidate)
        if w.trust.verdict is not Verdict.INVALID
        and w.slo_met is not False
        and (reference is None or same_lengths(w, reference))
        and _good_tokens_per_s(w)
    ]
    return max(loads, key=lambda w: (w.slo_met is True, _good_tokens_per_s(w)), default=None)


def _good_tokens_per_s(workload: WorkloadSummary) -> float:
    rate = workload.rates.get("output_tokens_per_s")
    return 0.0 if rate is None else rate.value * _good_share(workload)


def _good_share(workload: WorkloadSummary) -> float:
    """The share of completed requests within the SLO; lengths being alike, of the tokens too. 1 without an SLO."""
    good, done = workload.rates.get("goodput_per_s"), workload.rates.get("requests_per_s")
    return min(1.0, good.value / done.value) if good is not None and done is not None and done.value else 1.0


def _cost(point: WorkloadSummary, usd_per_hour: float) -> Cost:
    rate = point.rates["output_tokens_per_s"]
    assert rate is not None
    return Cost(
        _per_million(usd_per_hour, rate, _good_share(point)), _per_million(usd_per_hour, rate, 1.0), point.name
    )


def _per_million(usd_per_hour: float, rate: Estimate, share: float) -> Estimate:
    def usd(tokens_per_s: float | None) -> float | None:
        return usd_per_hour * MILLION / (tokens_per_s * share * SECONDS_PER_HOUR) if tokens_per_s else None

    value = usd(rate.value)
    assert value is not None
    return Estimate(value, usd(rate.high), usd(rate.low), rate.n)
