"""What is compared: every metric with its key, which way is better, and how it is read from a workload."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.comparison import SHARES
from seatrial.domain.values import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.summary import WorkloadSummary

STATS = ("mean", "p50", "p95", "p99")
DURATIONS = ("ttft_s", "tpot_s", "e2e_s", "icl_s")
RATES = ("output_tokens_per_s", "requests_per_s", "goodput_per_s")


class Metric(NamedTuple):
    """`source` is the name its definition goes by (ttft_s for ttft_s.p95). A share counts hits among n."""

    key: str
    source: str
    more_is_better: bool
    is_share: bool
    of: Callable[[WorkloadSummary], Estimate | None]


def _statistic(name: str, stat: str) -> Callable[[WorkloadSummary], Estimate | None]:
    def of(workload: WorkloadSummary) -> Estimate | None:
        found = workload.metrics.get(name)
        return None if found is None else found.statistic(stat)

    return of


def _rate(name: str) -> Callable[[WorkloadSummary], Estimate | None]:
    return lambda workload: workload.rates.get(name)


def _success(workload: WorkloadSummary) -> Estimate | None:
    """Completed over planned: a request that was never sent was not served either."""
    counts = workload.counts
    if not counts.planned:
        return None
    # A store by hand may hold more than was planned, which its trust then says: still no share above 1.
    planned = max(counts.planned, counts.completed)
    return Estimate(counts.completed / planned, None, None, planned)


def _accuracy(workload: WorkloadSummary) -> Estimate | None:
    return None if workload.quality is None else workload.quality.accuracy


_SHARES = dict(zip(SHARES, (_rate("attainment"), _success, _accuracy), strict=True))
METRICS: dict[str, Metric] = {
    **{
        f"{name}.{stat}": Metric(f"{name}.{stat}", name, False, False, _statistic(name, stat))
        for name in DURATIONS
        for stat in STATS
    },
    **{name: Metric(name, name, True, False, _rate(name)) for name in RATES},
    **{name: Metric(name, name, True, True, of) for name, of in _SHARES.items()},
}


def needed(workload: WorkloadSummary, key: str) -> int | None:
    """How many values a quantile needs to be given with an interval; None where it is, or nothing is known."""
    name, _, stat = key.partition(".")
    found = workload.metrics.get(name)
    return None if found is None else found.needed.get(stat)
