"""Sides of a comparison written by hand: every number of a ratio can be traced to a line here."""

from __future__ import annotations

from itertools import count
from typing import Any

from seatrial.domain.summary import CandidateSummary, Counts, Distribution, RunSummary, WorkloadSummary
from seatrial.domain.trial import Trust
from seatrial.domain.values import Estimate

N = 1000
_STARTED = count()


def around(value: float, share: float = 0.01, n: int = N) -> Estimate:
    """An interval that is symmetrical on the scale of logarithms."""
    return Estimate(value, value / (1 + share), value * (1 + share), n)


def latency(value: float, share: float = 0.01, n: int = N) -> Distribution:
    """A distribution of which only the mean and the median are given."""
    needed = {"p95": 2000, "p99": 10_000}
    return Distribution(around(value, share, n), around(value, share, n), None, None, value / 2, value * 2, needed)


def workload(name: str = "closed-8", ttft_s: float = 0.2, *, share: float = 0.01, **fields: Any) -> WorkloadSummary:
    known: dict[str, Any] = {
        "counts": Counts(N, N, N, 0, 0),
        "metrics": {"ttft_s": latency(ttft_s, share)},
        "rates": {},
    }
    return WorkloadSummary(name, **(known | fields))


def run(*workloads: WorkloadSummary, name: str = "r", candidate: str = "server", **fields: Any) -> RunSummary:
    """Another run each time it is called, whatever its name."""
    known: dict[str, Any] = {"started": f"run {next(_STARTED)}"}
    candidates = (CandidateSummary(candidate, "vllm", "1.0", "m", workloads),)
    return RunSummary(name, 1, Trust(), candidates, **(known | fields))
