from __future__ import annotations

import math
from dataclasses import replace

import pytest

from seatrial.domain.comparison import Call, RunComparison
from seatrial.domain.quality import QualitySummary
from seatrial.domain.summary import ArrivalCheck, CandidateSummary, Counts, RunSummary
from seatrial.domain.traffic import Workload
from seatrial.domain.trial import Spec, Trust, Verdict
from seatrial.domain.values import Estimate
from seatrial.errors import UsageError
from seatrial.specfile.gates import parse_gate
from seatrial.stats.compare.change import call_of
from seatrial.stats.compare.ratio import Logged
from seatrial.stats.compare.verdict import compare
from seatrial.stats.theory import student_t

from .compared import N, around, latency, run, workload


def calls(found: RunComparison) -> dict[str, str]:
    return {key: change.verdict.value for key, change in found.metrics.items() if change.ratio is not None}


@pytest.mark.parametrize(
    ("low", "high", "faster_is_better", "call"),
    [
        (0.98, 1.02, True, Call.SAME),
        (1.01, 1.04, True, Call.SAME),  # a change that is real, and too small to matter
        (1.01, 1.09, True, Call.WORSE),
        (0.90, 0.99, True, Call.BETTER),
        (1.01, 1.09, False, Call.BETTER),
        (0.90, 0.99, False, Call.WORSE),
        (0.94, 1.02, True, Call.CANNOT_TELL),
        (0.98, 1.06, True, Call.CANNOT_TELL),
    ],
)
def test_the_word_follows_from_the_interval(low: float, high: float, faster_is_better: bool, call: Call) -> None:
    middle = math.log(low * high) / 2
    ratio = Logged(middle, middle - math.log(low), math.log(high) - middle)
    assert call_of(ratio, 0.05, more_is_better=not faster_is_better) is call


def test_one_end_is_enough_where_it_is_the_one_that_matters() -> None:
    assert call_of(Logged(1.0, 0.1, math.inf), 0.05, more_is_better=False) is Call.WORSE
    assert call_of(Logged(1.0, math.inf, 0.1), 0.05, more_is_better=False) is Call.CANNOT_TELL
    assert call_of(Logged(0.0, math.inf, math.inf), 0.05, more_is_better=False) is Call.CANNOT_TELL


def test_one_load_by_hand() -> None:
    """Three ratios are judged, so each holds at 1 - 0.05 / 3; success is one of them."""
    found = compare([run(workload(ttft_s=0.2))], [run(workload(ttft_s=0.24))])
    assert list(calls(found)) == ["ttft_s.mean", "ttft_s.p50", "success"]
    ratio = found.metrics["ttft_s.mean"].ratio
    assert ratio is not None and ratio.high is not None
    widened = student_t(19, 0.05 / 3) / student_t(19, 0.05)
    assert math.log(ratio.high) == pytest.approx(math.log(1.2) + widened * math.sqrt(2) * math.log(1.01))
    assert found.verdict is Call.WORSE
    assert found.workloads == {"closed-8": found.metrics}


def test_p95_that_is_not_given_says_what_it_takes() -> None:
    found = compare([run(workload())], [run(workload())])
    change = found.metrics["ttft_s.p95"]
    assert (change.ratio, change.verdict, change.requests_needed) == (None, Call.CANNOT_TELL, 1000)
    assert change.note == "not given, it takes 2,000 requests"


@pytest.mark.parametrize(
    ("new", "share", "verdict"),
    [(0.2, 0.01, "same"), (0.24, 0.01, "worse"), (0.16, 0.01, "better"), (0.2, 0.1, "cannot tell")],
)
def test_the_verdict_on_the_whole(new: float, share: float, verdict: str) -> None:
    sides = [run(workload(ttft_s=0.2, share=share))], [run(workload(ttft_s=new, share=share))]
    assert compare(*sides).verdict == verdict


def test_throughput_decides_only_where_the_server_sets_the_pace() -> None:
    rates: dict[str, Estimate | None] = {"output_tokens_per_s": around(100, 0.5)}
    closed = workload(rates=rates)
    assert compare([run(closed)], [run(closed)]).verdict is Call.CANNOT_TELL
    paced = replace(closed, arrivals=ArrivalCheck("poisson", 1000, 5.0, 5.0, 1.0, 1.0, 1.0, 0.0))
    assert compare([run(paced)], [run(paced)]).verdict is Call.SAME


def test_faster_and_with_more_failures_is_mixed() -> None:
    new = workload(ttft_s=0.16, counts=Counts(N, N, 800, 200, 0))
    found = compare([run(workload())], [run(new)])
    assert (found.metrics["ttft_s.mean"].verdict, found.metrics["success"].verdict) == ("better", "worse")
    assert found.verdict is Call.MIXED
    assert found.fails


def test_a_server_that_answers_nothing_is_worse() -> None:
    dead = workload(counts=Counts(N, N, 0, N, 0), metrics={"ttft_s": None})
    found = compare([run(workload())], [run(dead)])
    assert found.verdict is Call.WORSE
    assert found.metrics["success"].note == "none at all is counted as half a request"
    assert "ttft_s.mean" not in found.metrics, "one side alone has it"


def test_loads_are_pooled_and_each_is_judged() -> None:
    base = run(workload("a", 0.1), workload("b", 1.0), workload("base only"))
    new = run(workload("a", 0.1), workload("b", 1.21), workload("new only"))
    found = compare([base], [new])
    pooled = found.metrics["ttft_s.mean"]
    assert pooled.ratio is not None
    assert pooled.ratio.value == pytest.approx(1.1)
    assert pooled.ratio.n == 2
    assert (pooled.base, pooled.new) == (None, None)
    assert {label: changes["ttft_s.mean"].verdict.value for label, changes in found.workloads.items()} == {
        "a": "same",
        "b": "worse",
    }
    assert "only base ran base only: not compared" in found.warnings
    assert "only new ran new only: not compared" in found.warnings


def test_what_cancels_out_in_the_mean_is_not_the_same() -> None:
    base, new = run(workload("a", 0.1), workload("b", 1.0)), run(workload("a", 0.08), workload("b", 1.25))
    found = compare([base], [new])
    assert found.metrics["ttft_s.mean"].verdict is Call.SAME
    assert found.verdict is Call.MIXED


def test_a_load_without_an_interval_does_not_take_it_from_the_others() -> None:
    short = workload("short", metrics={"ttft_s": latency(0.3, n=3)})
    bare = Estimate(0.3, None, None, 3)
    short = replace(short, metrics={"ttft_s": replace(latency(0.3), mean=bare, p50=None)})
    found = compare([run(workload(), short)], [run(workload(ttft_s=0.24), short)])
    change = found.metrics["ttft_s.mean"]
    assert change.ratio is not None
    assert (change.ratio.n, change.verdict) == (1, Call.WORSE)
    assert change.note == "without short: not given there, or not with an interval"
    alone = compare([run(short)], [run(short)]).metrics["ttft_s.mean"]
    assert (alone.verdict, alone.requests_needed, alone.note) == (
        Call.CANNOT_TELL,
        None,
        "too few independent requests for an interval",
    )


def test_a_quantile_without_an_interval_needs_what_would_give_it_one() -> None:
    bare = replace(latency(0.3, n=300), p95=Estimate(0.5, None, None, 300), needed={"p95": 420})
    side = run(workload(metrics={"ttft_s": bare}))
    change = compare([side], [side]).metrics["ttft_s.p95"]
    assert (change.verdict, change.note) == (Call.CANNOT_TELL, "too few independent requests for an interval")
    # 1.4 times what was made.
    assert change.requests_needed == pytest.approx(0.4 * N, rel=0.1)


def test_so_many_more_requests_do_tell() -> None:
    """The number that is named is enough, and a tenth less is not."""
    found = compare([run(workload(share=0.1))], [run(workload(ttft_s=0.21, share=0.1))])
    needed = found.metrics["ttft_s.mean"].requests_needed
    assert needed is not None

    def verdict(more: float) -> Call:
        share = math.exp(math.log(1.1) / math.sqrt(1 + more / N)) - 1
        sides = [run(workload(share=share))], [run(workload(ttft_s=0.21, share=share))]
        return compare(*sides).metrics["ttft_s.mean"].verdict

    assert verdict(needed) is not Call.CANNOT_TELL
    assert verdict(needed * 0.9) is Call.CANNOT_TELL


def test_of_a_share_as_well() -> None:
    """20 of 20: Wilson's interval shrinks with n, not with its root."""
    few = workload(counts=Counts(20, 20, 20, 0, 0), metrics={})
    change = compare([run(few)], [run(few)]).metrics["success"]
    assert change.verdict is Call.CANNOT_TELL
    needed = change.requests_needed
    assert needed is not None
    enough = workload(counts=Counts(20 + needed, 20 + needed, 20 + needed, 0, 0), metrics={})
    assert compare([run(enough)], [run(enough)]).metrics["success"].verdict is Call.SAME
    assert needed < 150


def test_several_runs_count_as_one_value_each() -> None:
    """Within a run the intervals are tiny; between runs the server moves by 20 %, and that decides."""
    base = [run(workload(ttft_s=t, share=0.0001)) for t in (0.2, 0.24, 0.2)]
    new = [run(workload(ttft_s=t, share=0.0001)) for t in (0.24, 0.2, 0.24)]
    found = compare(base, new)
    assert found.runs == (3, 3)
    change = found.metrics["ttft_s.mean"]
    assert change.verdict is Call.CANNOT_TELL
    assert change.runs_needed is not None
    assert change.requests_needed == change.runs_needed * N, "the same need, told in requests"
    assert change.base is not None
    assert change.base.value == pytest.approx((0.2 * 0.24 * 0.2) ** (1 / 3)), "the geometric mean of the runs"
    single = compare(base[:1], new[:1]).metrics["ttft_s.mean"]
    assert single.verdict is Call.WORSE, "one run of each says otherwise, and is believed"
    assert found.metrics["success"].ratio != Estimate(1.0, 1.0, 1.0, 1), "1,000 successes are no certainty"


def test_many_runs_that_agree_find_a_small_change() -> None:
    base = [run(workload(ttft_s=0.2 * (1 + i / 1000))) for i in range(6)]
    new = [run(workload(ttft_s=0.22 * (1 + i / 1000))) for i in range(6)]
    assert compare(base, new).verdict is Call.WORSE


def test_another_definition_is_marked_and_never_equated() -> None:
    new = workload(ttft_s=0.4, definitions={"ttft_s": "first chunk, empty ones included"})
    found = compare([run(workload())], [run(new, tool="k6")])
    change = found.metrics["ttft_s.mean"]
    assert (change.ratio, change.verdict) == (None, Call.CANNOT_TELL)
    assert change.note == ("not the same quantity; base: as seatrial does; new: first chunk, empty ones included")
    assert found.verdict is not Call.WORSE
    assert found.metrics["success"].verdict is Call.SAME
    both = compare([run(new)], [run(new)])
    assert both.metrics["ttft_s.mean"].verdict is Call.SAME, "the same definition on both sides is one"


def test_an_invalid_measurement_decides_nothing() -> None:
    bad = workload(ttft_s=0.9, trust=Trust(Verdict.INVALID, ("the client was late",)))
    found = compare([run(workload())], [run(bad)])
    assert found.untrusted
    assert {change.verdict for change in found.metrics.values()} == {Call.CANNOT_TELL}
    assert found.verdict is Call.CANNOT_TELL
    assert found.warnings[0] == "the measurement of new is invalid: the client was late"


def test_candidates_are_paired_by_name_or_because_there_is_one() -> None:
    one, other = run(workload(), candidate="ollama"), run(workload(ttft_s=0.3), candidate="vllm")
    assert compare([one], [other]).verdict is Call.WORSE
    both = replace(one, candidates=(*one.candidates, *other.candidates))
    found = compare([both], [replace(both, candidates=both.candidates[::-1])])
    assert list(found.workloads) == ["ollama, closed-8", "vllm, closed-8"]
    assert found.verdict is Call.SAME


def test_sides_that_share_nothing_are_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError, match='no workload was run on both sides: "a" on one, "b", "c" on the other'):
        compare([run(workload("a"))], [run(workload("b"), workload("c"))])
    two = RunSummary("two", 1, Trust(), tuple(CandidateSummary(n, "vllm", None, "m", (workload(),)) for n in "xy"))
    with pytest.raises(UsageError, match="no candidate is on both sides") as raised:
        compare([two], [run(workload(), candidate="z")])
    assert raised.value.hint.startswith("name one of each: two:x r:z")
    with pytest.raises(UsageError, match="run r has no candidate"):
        compare([RunSummary("r", 1, Trust(), ())], [two])


def test_a_single_load_faces_a_single_load_and_is_called_out() -> None:
    found = compare([run(workload("closed-8"))], [run(workload("http requests", 0.3), tool="k6")])
    assert list(found.workloads) == ["http requests"]
    assert found.unlike
    assert (found.verdict, found.fails) == (Call.CANNOT_TELL, False)
    assert {change.verdict for change in found.metrics.values()} == {Call.CANNOT_TELL}
    assert "closed-8 of base is held against http requests of new: each has only that workload" in found.warnings


def test_the_same_load_under_two_names_is_compared() -> None:
    sides = [
        run(workload(name, ttft_s), spec=Spec((), (Workload(name, requests=100, concurrency=users),)))
        for name, ttft_s, users in (("mine", 0.2, 8), ("yours", 0.3, 8), ("more", 0.3, 16))
    ]
    assert compare(sides[:1], sides[1:2]).verdict is Call.WORSE
    other = compare(sides[:1], sides[2:], gate=parse_gate(["ttft_p50 <= 1.05x; success >= 0.9"]))
    assert (other.verdict, other.unlike) == (Call.CANNOT_TELL, True)
    factor, absolute = other.gate
    assert (factor.met, factor.fails, absolute.met) == (None, True, True)
    assert factor.found.endswith("but the loads differ, or are not known to be the same")


def test_a_side_that_could_not_be_tried_says_why() -> None:
    gone = CandidateSummary("server", "vllm", None, "m", (), failed="nobody answered")
    with pytest.raises(UsageError, match="run gone measured nothing: nobody answered"):
        compare([run(workload())], [RunSummary("gone", 1, Trust(), (gone,))])


def test_the_same_run_with_another_candidate_is_told_apart() -> None:
    found = compare([run(workload(), candidate="a")], [run(workload(), candidate="b")])
    assert (found.base, found.new) == ("r:a", "r:b")


def test_accuracy_is_compared_as_a_share() -> None:
    def answered(right: float) -> RunSummary:
        score = QualitySummary("builtin", Estimate(right, None, None, 500), None, None, None, (), (), ())
        return run(workload(quality=score))

    found = compare([answered(0.8)], [answered(0.6)])
    assert found.metrics["accuracy"].verdict is Call.WORSE


def test_rates_are_better_when_they_are_more() -> None:
    def made(rate: float) -> RunSummary:
        return run(workload(rates={"output_tokens_per_s": around(rate), "requests_per_s": None}))

    found = compare([made(100)], [made(130)])
    assert found.metrics["output_tokens_per_s"].verdict is Call.BETTER
    assert "requests_per_s" not in found.metrics
