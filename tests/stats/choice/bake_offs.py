"""Candidates as summaries, for tests of the answer: what they did at numbers of users and under batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.quality import QualitySummary
from seatrial.domain.summary import (
    CandidateSummary,
    Counts,
    Distribution,
    SloCheck,
    StageSummary,
    WorkloadSummary,
)
from seatrial.domain.values import Estimate

if TYPE_CHECKING:
    from collections.abc import Mapping

DONE = Counts(20, 20, 20, 0, 0)
MET = SloCheck("ttft_p50", 1.0, 0.5, True, 0.4, 0.6, 0.999)
BARELY = SloCheck("ttft_p50", 1.0, 0.95, True, 0.8, 1.1, 0.7)
MISSED = SloCheck("ttft_p50", 1.0, 2.0, False, 1.8, 2.2, 0.0)
UNTOLD = SloCheck("ttft_p50", 1.0, None, None)


def around(value: float, share: float = 0.02, n: int = 20) -> Estimate:
    return Estimate(value, value * (1 - share), value * (1 + share), n)


def mean(value: float, share: float | None = 0.02) -> Distribution:
    estimate = Estimate(value, None, None, 3) if share is None else around(value, share)
    return Distribution(estimate, None if share is None else estimate, None, None, value, value)


def users(
    concurrency: int, tokens_per_s: float, *slo: SloCheck, share: float = 0.02, name: str = "", ttft_s: float = 0.1
) -> WorkloadSummary:
    """A level of the suite quick."""
    return WorkloadSummary(
        name or f"concurrency-{concurrency}",
        DONE,
        metrics={"ttft_s": mean(ttft_s, share), "e2e_s": mean(64 * concurrency / tokens_per_s, share)},
        rates={"output_tokens_per_s": around(tokens_per_s, share)},
        slo=slo,
        suite="quick",
        group="concurrency",
        level=concurrency,
        concurrency=concurrency,
    )


def batches(tokens_per_s: Mapping[int, float], name: str = "batched-warm") -> WorkloadSummary:
    stages = tuple(
        StageSummary(i, f"batch of {size}", None, 1.0, DONE, None, None, rate, "batch", size)
        for i, (size, rate) in enumerate(tokens_per_s.items())
    )
    return WorkloadSummary(name, DONE, stages=stages, concurrency=max(tokens_per_s), suite="cold-warm")


def candidate(name: str, *workloads: WorkloadSummary, usd_per_hour: float | None = None) -> CandidateSummary:
    return CandidateSummary(name, "vllm", None, "m", workloads, usd_per_hour=usd_per_hour)


def quick(
    name: str, tokens_per_s: Mapping[int, float], *slo: SloCheck, usd_per_hour: float | None = None
) -> CandidateSummary:
    levels = (users(level, rate, *slo) for level, rate in tokens_per_s.items())
    return candidate(name, *levels, usd_per_hour=usd_per_hour)


def graded(accuracy: Estimate | None, name: str = "builtin") -> WorkloadSummary:
    found = QualitySummary(name, accuracy, None, None, None, (), (), ())
    return WorkloadSummary("quality", DONE, concurrency=1, quality=found, suite="quality")
