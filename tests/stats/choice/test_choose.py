from __future__ import annotations

from dataclasses import replace

from seatrial.domain.summary import (
    ArrivalCheck,
    CandidateSummary,
    ColdSummary,
    Counts,
    Distribution,
    SloCheck,
    WorkloadSummary,
)
from seatrial.domain.trial import Trust, Verdict
from seatrial.domain.values import Estimate
from seatrial.stats.choice.choose import recommend

MET = SloCheck("ttft_p95", 1.0, 0.5, True)
MISSED = SloCheck("ttft_p95", 1.0, 2.0, False)
UNTOLD = SloCheck("ttft_p95", 1.0, None, None)
OPEN = ArrivalCheck("poisson", 100, 5.0, 5.0, 1.0, 1.0, 1.0, 0.0)


def workload(
    tokens_per_s: float, *slo: SloCheck, name: str = "c8", users: int = 8, width: float = 5.0
) -> WorkloadSummary:
    rate = Estimate(tokens_per_s, tokens_per_s - width, tokens_per_s + width, 500)
    return WorkloadSummary(
        name, Counts(10, 10, 10, 0, 0), rates={"output_tokens_per_s": rate}, slo=slo, concurrency=users
    )


def candidate(name: str, *workloads: WorkloadSummary) -> CandidateSummary:
    return CandidateSummary(name, "vllm", None, "m", workloads)


def recommended(*candidates: CandidateSummary) -> tuple[list[str], str]:
    marked, reason, _ = recommend(candidates)
    return [c.name for c in marked if c.recommended], reason


def test_a_single_candidate_has_no_rival() -> None:
    assert recommended(candidate("a", workload(100))) == ([], "")


def test_the_fastest_is_recommended_with_its_numbers() -> None:
    names, reason = recommended(candidate("a", workload(100)), candidate("b", workload(212)))
    assert names == ["b"]
    assert reason == 'Take b: in "c8" it made 212 [207, 217] output tokens/s, a 100 [95.0, 105].'


def test_overlapping_intervals_are_not_told_apart() -> None:
    names, reason = recommended(
        candidate("a", workload(100)), candidate("b", workload(104)), candidate("c", workload(50))
    )
    assert names == []
    assert reason == (
        'Cannot tell b and a apart: in "c8" b made 104 [99.0, 109] output tokens/s, a 100 [95.0, 105], '
        "c 50.0 [45.0, 55.0]."
    )


def test_without_an_interval_nothing_is_told_apart() -> None:
    short = replace(workload(300), rates={"output_tokens_per_s": Estimate(300.0, None, None, 12)})
    names, reason = recommended(candidate("a", workload(100)), candidate("b", short))
    assert names == []
    assert "b made 300 [too short for an interval] output tokens/s" in reason


def test_the_slo_goes_before_speed() -> None:
    names, reason = recommended(candidate("slow", workload(100, MET)), candidate("fast", workload(900, MISSED)))
    assert names == ["slow"]
    assert reason == "slow is the only candidate shown to meet the SLO."


def test_among_those_that_meet_the_slo_the_fastest() -> None:
    names, reason = recommended(
        candidate("a", workload(100, MET)),
        candidate("b", workload(200, MET)),
        candidate("c", workload(900, MISSED)),
    )
    assert names == ["b"]
    assert reason.startswith('Take b: it meets the SLO, and in "c8" it made 200')
    assert "900" not in reason


def test_nobody_meets_the_slo() -> None:
    names, reason = recommended(candidate("a", workload(100, MISSED)), candidate("b", workload(200, MISSED)))
    assert names == []
    assert reason == ("No recommendation: no candidate meets the SLO (a misses ttft_p95; b misses ttft_p95).")


def test_an_slo_that_cannot_be_told_is_said() -> None:
    names, reason = recommended(candidate("a", workload(100, UNTOLD)), candidate("b", workload(200, UNTOLD)))
    assert names == ["b"]
    assert reason.startswith("No candidate is shown to meet the SLO. Take b: in")


def test_the_slo_is_not_held_against_cold_starts_and_skipped_workloads() -> None:
    cold = replace(
        workload(1, MISSED, name="cold"), cold=ColdSummary("restart", None, None, None, None, None, None)
    )
    skipped = replace(workload(1, MISSED, name="skipped"), skipped="no cold start here")
    names, _ = recommended(
        candidate("a", cold, skipped, workload(200, MET)), candidate("b", cold, skipped, workload(100, MET))
    )
    assert names == ["a"]


def test_the_heaviest_shared_steady_workload_decides() -> None:
    light = [workload(900, name="c2", users=2), workload(100, name="c2", users=2)]
    heavy = [workload(100), workload(200)]
    only_a = workload(999, name="c64", users=64)
    names, reason = recommended(candidate("a", light[0], heavy[0], only_a), candidate("b", light[1], heavy[1]))
    assert names == ["b"]
    assert '"c8"' in reason


def test_at_a_fixed_rate_time_decides() -> None:
    def at_rate(e2e_s: float) -> WorkloadSummary:
        mean = Estimate(e2e_s, e2e_s - 0.1, e2e_s + 0.1, 100)
        e2e = Distribution(mean, None, None, None, e2e_s, e2e_s)
        return replace(workload(100, users=1), metrics={"e2e_s": e2e}, arrivals=OPEN, concurrency=None)

    names, reason = recommended(candidate("a", at_rate(2.0)), candidate("b", at_rate(1.0)))
    assert names == ["b"]
    assert "it took 1.00 s [900 ms, 1.10 s] to complete on average, a 2.00 s" in reason


def test_candidates_that_share_nothing_are_not_compared() -> None:
    names, reason = recommended(candidate("a", workload(1, name="x")), candidate("b", workload(2, name="y")))
    assert names == []
    assert "share no warm workload under load" in reason


def test_a_doubtful_winner_is_called_doubtful_and_an_invalid_number_decides_nothing() -> None:
    doubtful = replace(workload(200), trust=Trust(Verdict.DOUBTFUL, ("busy client",)))
    names, reason = recommended(candidate("a", workload(100)), candidate("b", doubtful))
    assert names == ["b"]
    assert "The measurement of b is doubtful, see trust." in reason
    invalid = replace(workload(100), trust=Trust(Verdict.INVALID, ("late sends",)))
    names, reason = recommended(candidate("a", invalid), candidate("b", workload(200)))
    assert names == []
    assert reason == "No recommendation: the measurement of a is invalid, see trust."


def test_a_miss_that_the_client_may_have_made_is_no_miss() -> None:
    invalid = replace(workload(100, MISSED), trust=Trust(Verdict.INVALID, ("late sends",)))
    names, reason = recommended(candidate("a", invalid), candidate("b", workload(200, MISSED)))
    assert names == []
    assert reason == "No recommendation: the measurement of a is invalid, see trust."


def test_requests_the_winner_lost_are_said() -> None:
    lossy = replace(workload(200), counts=Counts(10, 9, 7, 2, 1))
    names, reason = recommended(candidate("a", workload(100)), candidate("b", lossy))
    assert names == ["b"]
    assert "3 of its 10 requests did not complete." in reason


def test_failed_candidates_are_named() -> None:
    gone = replace(candidate("gone"), failed="refused")
    names, reason = recommended(candidate("a", workload(100)), gone)
    assert names == ["a"]
    assert reason == "a is the only candidate that could be tried. gone could not be tried."
    assert recommended(gone, replace(gone, name="gone too"))[0] == []


def test_a_candidate_without_a_completed_request_does_not_win() -> None:
    dead = replace(workload(0), counts=Counts(10, 10, 0, 10, 0), rates={})
    names, reason = recommended(candidate("a", dead), candidate("b", dead))
    assert names == []
    assert reason == 'No recommendation: no candidate completed requests in "c8".'
    names, reason = recommended(candidate("a", dead), candidate("b", workload(100)))
    assert names == ["b"]
    assert reason.endswith("output tokens/s, a completed nothing.")


def test_what_a_fast_candidate_did_not_answer_counts_against_it() -> None:
    hasty = replace(workload(200), counts=Counts(40, 40, 20, 20, 0))
    steady = replace(workload(100), counts=Counts(40, 40, 40, 0, 0))
    names, reason = recommended(candidate("steady", steady), candidate("hasty", hasty))
    assert names == []
    assert reason.startswith('No recommendation: in "c8" hasty made 200')
    assert reason.endswith("But hasty completed 20 of 40 requests, steady 40 of 40.")


def test_of_three_the_two_that_can_be_believed_are_compared_where_both_can() -> None:
    def ran(name: str, tokens_per_s: float, *invalid: str) -> CandidateSummary:
        workloads = [workload(tokens_per_s * users, name=f"c{users}", users=users) for users in (2, 4, 8)]
        late = Trust(Verdict.INVALID, ("late sends",))
        return candidate(name, *(replace(w, trust=late) if w.name in invalid else w for w in workloads))

    names, reason = recommended(ran("a", 10), ran("b", 20, "c8"), ran("c", 90, "c2", "c4", "c8"))
    assert names == ["b"]
    assert reason == (
        'Take b: in "c4" it made 80.0 [75.0, 85.0] output tokens/s, a 40.0 [35.0, 45.0]. '
        'The measurement of c is invalid, see trust. Left out, as a measurement is invalid: "c8".'
    )


def test_with_enough_pairs_they_decide_and_the_slo_still_goes_first() -> None:
    def ran(name: str, factor: float, met: SloCheck) -> CandidateSummary:
        # Intervals so wide that no single workload tells them apart.
        levels = [(users, 10.0 * users * factor * (1 + 0.01 * (users % 3))) for users in range(2, 8)]
        return candidate(name, *(workload(rate, met, name=f"c{u}", users=u, width=90) for u, rate in levels))

    marked, reason, comparisons = recommend([ran("a", 1.0, MET), ran("b", 1.2, MET), ran("c", 9.0, MISSED)])
    assert [c.name for c in marked if c.recommended] == ["b"]
    assert reason == (
        "Take b: it meets the SLO, and over the 6 warm concurrent workloads both ran with the same prompts it made "
        '1.200 [1.200, 1.200] times the output tokens/s of a (84.8 against 70.7 in "c7").'
    )
    assert [(c.candidate, c.against) for c in comparisons] == [("b", "a")]
