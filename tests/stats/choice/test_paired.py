from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from seatrial.domain.summary import (
    ArrivalCheck,
    CandidateSummary,
    Counts,
    Distribution,
    StageSummary,
    WorkloadSummary,
)
from seatrial.domain.values import Estimate
from seatrial.stats.choice.choose import recommend
from seatrial.stats.choice.contest import shared_loads
from seatrial.stats.choice.paired import compare_paired, mean_ratio

OPEN = ArrivalCheck("poisson", 100, 5.0, 5.0, 1.0, 1.0, 1.0, 0.0)
DONE = Counts(10, 10, 10, 0, 0)


def mean(value: float) -> Distribution:
    return Distribution(Estimate(value, None, None, 3), None, None, None, value, value)


def batch(size: int, tokens_per_s: float | None) -> StageSummary:
    return StageSummary(size, f"batch of {size}", None, 1.0, DONE, None, None, tokens_per_s, "batch", size)


def batched(*tokens_per_s: float | None) -> WorkloadSummary:
    """Batches of 1, 2, ... requests."""
    stages = tuple(batch(size, rate) for size, rate in enumerate(tokens_per_s, 1))
    return WorkloadSummary("batched", DONE, stages=stages, concurrency=len(stages))


def at_once(tokens_per_s: float, name: str = "at-once", users: int = 10) -> WorkloadSummary:
    rate = Estimate(tokens_per_s, None, None, 9)
    return WorkloadSummary(name, DONE, rates={"output_tokens_per_s": rate}, concurrency=users)


def candidate(name: str, *workloads: WorkloadSummary) -> CandidateSummary:
    return CandidateSummary(name, "vllm", None, "m", workloads)


def sentence(*candidates: CandidateSummary) -> str | None:
    contest = compare_paired(candidates, shared_loads(candidates))
    return None if contest is None else f"{contest.where} {contest.best} {contest.what}"


def test_a_ratio_by_hand() -> None:
    ratio = mean_ratio(np.array([2.0, 4.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.0, 1.0]))
    # Logarithms to base 2 are 1, 2, 1, 2: mean 1.5, sd sqrt(1 / 3), t for 3 degrees 3.182446
    half = 3.182446 * np.sqrt(1 / 3) / 2
    assert ratio.n == 4
    assert ratio.low is not None and ratio.high is not None
    assert np.log2([ratio.value, ratio.low, ratio.high]) == pytest.approx([1.5, 1.5 - half, 1.5 + half])


def test_a_workload_at_once_and_batches_of_several_are_pairs_and_a_batch_of_one_is_none() -> None:
    slow = candidate("slow", at_once(72.0), batched(300.0, 70.0, 71.0, 72.0, 73.0, 74.0))
    fast = candidate("fast", at_once(88.0), batched(30.0, 77.0, 80.0, 79.0, 84.0, 83.0))
    assert sentence(slow, fast) == (
        "over the 6 warm concurrent workloads and batches both ran with the same prompts "
        'fast made 1.14 [1.09, 1.18] times the output tokens/s of slow (80.0 against 71.0 in "batched, batch of 3")'
    )
    contest = compare_paired([slow, fast], ["at-once", "batched"])
    assert contest is not None
    assert contest.tied == ()
    (comparison,) = contest.comparisons
    assert (comparison.candidate, comparison.against, comparison.metric) == ("fast", "slow", "output_tokens_per_s")
    assert comparison.loads == ("at-once", *(f"batched, batch of {size}" for size in range(2, 7)))
    assert comparison.ratio.n == 6


def test_four_pairs_are_too_few() -> None:
    assert sentence(candidate("a", batched(1, 2, 2, 2, 2)), candidate("b", batched(1, 3, 3, 3, 3))) is None


def test_a_batch_that_one_of_them_did_not_get_through_is_no_pair() -> None:
    a, b = candidate("a", batched(1, 2, 2, 2, 2, 2, 2)), candidate("b", batched(1, 3, 3, 3, 3, None, 0.0))
    assert sentence(a, b) is None


def test_a_load_that_was_capped_for_one_of_them_is_no_pair() -> None:
    def ran(name: str, factor: float, asked: float) -> CandidateSummary:
        loads = [replace(at_once(factor * n, f"c{n}", n), tokens={"input_asked": 128.0}) for n in range(2, 8)]
        return candidate(name, *loads[:-1], replace(loads[-1], tokens={"input_asked": asked}))

    contest = compare_paired([ran("a", 1, 4096), ran("b", 2, 2032)], [f"c{n}" for n in range(2, 8)])
    assert contest is not None
    assert contest.comparisons[0].loads == ("c2", "c3", "c4", "c5", "c6")


def test_at_a_fixed_rate_the_shorter_time_is_ahead() -> None:
    def ran(name: str, factor: float) -> CandidateSummary:
        stages = tuple(
            StageSummary(i, f"{i}/s, 9 s", i, i, DONE, None, mean(factor * i), None, "stage", None)
            for i in range(1, 7)
        )
        return candidate(name, WorkloadSummary("ramp", DONE, stages=stages, arrivals=OPEN))

    assert sentence(ran("slow", 1.5), ran("fast", 1.2)) == (
        "over the 6 warm stages at a given rate both ran with the same prompts fast took "
        '0.800 [0.800, 0.800] times the mean time to complete of slow (1.20 s against 1.50 s in "ramp, 1/s, 9 s")'
    )


def noisy(
    name: str, factor: float, rng: np.random.Generator, noise: float = 0.05, pairs: int = 10
) -> CandidateSummary:
    """A candidate under 10 loads whose throughput grows with the load, each measured with 5 % noise."""
    levels = factor * np.linspace(60, 120, pairs) * np.exp(rng.normal(0, noise, pairs))
    return candidate(name, *(at_once(float(level), f"c{n}", n) for n, level in enumerate(levels, 2)))


def share_told_apart(factors: tuple[float, ...], seeds: int) -> float:
    """How often one candidate was recommended, over trials that differ in nothing but noise."""
    told = 0
    for seed in range(seeds):
        rng = np.random.default_rng([7, seed])
        marked, _, _ = recommend([noisy(f"candidate {i}", factor, rng) for i, factor in enumerate(factors)])
        told += any(c.recommended for c in marked)
    return told / seeds


def test_identical_candidates_are_called_different_in_one_seed_of_twenty() -> None:
    # 5 % by construction; three standard deviations of 1,000 seeds are 2 %.
    assert share_told_apart((1.0, 1.0), 1000) == pytest.approx(0.05, abs=0.02)
    assert share_told_apart((1.0, 1.0, 1.0, 1.0), 300) <= 0.05


def test_a_true_difference_of_15_percent_is_found() -> None:
    assert share_told_apart((1.0, 1.15), 300) >= 0.99
    assert share_told_apart((1.0, 0.9, 1.15), 300) >= 0.99


def test_of_three_the_best_is_held_against_each_and_ties_are_told() -> None:
    rng = np.random.default_rng(5)
    three = [noisy("a", 1.0, rng, 0.02), noisy("b", 1.0, rng, 0.02), noisy("c", 0.6, rng, 0.02)]
    marked, reason, comparisons = recommend(three)
    assert not any(c.recommended for c in marked)
    best, tied = comparisons[0].candidate, comparisons[0].against
    assert reason.startswith(
        f"Cannot tell {best} and {tied} apart: over the 10 warm concurrent workloads all 3 ran with the same "
        f"prompts {best} made 1.0"
    )
    assert f"times the output tokens/s of {tied} (" in reason
    assert "times that of c (" in reason
    assert [c.against for c in comparisons] == [tied, "c"]
