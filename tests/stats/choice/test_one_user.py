from __future__ import annotations

from dataclasses import replace

from seatrial.domain.summary import CandidateSummary, ColdSummary, Counts, Distribution, WorkloadSummary
from seatrial.domain.trial import Trust, Verdict
from seatrial.domain.values import Estimate
from seatrial.stats.choice.one_user import for_one_user

COLD = ColdSummary("restart", None, None, None, None, None, None)


def around(value: float) -> Distribution:
    median = Estimate(value, value * 0.98, value * 1.02, 10)
    return Distribution(median, median, None, None, value, value)


def sequential(ttft_s: float, tpot_s: float, name: str = "one-by-one") -> WorkloadSummary:
    metrics: dict[str, Distribution | None] = {"ttft_s": around(ttft_s), "tpot_s": around(tpot_s)}
    return WorkloadSummary(name, Counts(10, 10, 10, 0, 0), metrics=metrics, concurrency=1)


def candidate(name: str, *workloads: WorkloadSummary) -> CandidateSummary:
    return CandidateSummary(name, "vllm", None, "m", workloads)


def test_medians_whose_intervals_overlap_are_not_told_apart() -> None:
    assert for_one_user(candidate("a", sequential(0.0523, 0.0113)), candidate("b", sequential(0.0527, 0.0113))) == (
        "For one user at a time they cannot be told apart: TTFT 52.3 ms against 52.7 ms, "
        'TPOT 11.3 ms against 11.3 ms (medians in "one-by-one").'
    )


def test_the_shorter_one_is_named_for_each_quantity() -> None:
    assert for_one_user(candidate("a", sequential(0.2, 0.0113)), candidate("b", sequential(0.1, 0.0113))) == (
        "For one user at a time b has the shorter TTFT (100 ms against 200 ms) and "
        'TPOT cannot be told apart (11.3 ms against 11.3 ms) (medians in "one-by-one").'
    )


def test_a_warm_workload_goes_before_a_cold_one() -> None:
    cold = replace(sequential(0.5, 0.5, "cold"), cold=COLD)
    assert '"cold"' in for_one_user(candidate("a", cold), candidate("b", cold))
    both = (cold, sequential(0.1, 0.01))
    assert '"one-by-one"' in for_one_user(candidate("a", *both), candidate("b", *both))


def test_what_was_not_run_or_cannot_be_believed_says_nothing() -> None:
    fine = candidate("a", sequential(0.1, 0.01))
    invalid = replace(sequential(0.2, 0.01), trust=Trust(Verdict.INVALID, ("late sends",)))
    for other in (invalid, replace(invalid, trust=Trust(), skipped="why not"), replace(invalid, name="other")):
        assert for_one_user(fine, candidate("b", other)) == ""
    few = replace(sequential(0.2, 0.01), metrics={"ttft_s": replace(around(0.2), p50=None)})
    assert for_one_user(fine, candidate("b", few)) == ""
    users = replace(sequential(0.2, 0.01), concurrency=2)
    assert for_one_user(candidate("a", users), candidate("b", users)) == ""
