"""The answer as a whole: the places, the reasons and the recommendation say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.domain.summary import Counts
from seatrial.domain.trial import Trust, Verdict
from seatrial.domain.values import Estimate
from seatrial.stats.choice.choose import answer, recommend
from tests.stats.choice.bake_offs import (
    BARELY,
    MET,
    MISSED,
    UNTOLD,
    around,
    batches,
    candidate,
    graded,
    quick,
    users,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from seatrial.domain.answer import Answer, Standing
    from seatrial.domain.summary import CandidateSummary

LEVELS = (1, 2, 4, 8)
COST = (("cost", 1.0),)
QUALITY = (("quality", 1.0),)
BOTH = (("speed", 2.0), ("cost", 1.0))


def steady(name: str, tokens_per_s: float, usd_per_hour: float | None = None) -> CandidateSummary:
    return quick(name, {n: tokens_per_s * n for n in LEVELS}, usd_per_hour=usd_per_hour)


def standing(found: Answer, name: str) -> Standing:
    return next(s for s in found.standings if s.candidate == name)


def places(found: Answer) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {s.candidate: (s.place, tuple(sorted(s.tied))) for s in found.standings}


def taken(
    candidates: Sequence[CandidateSummary], optimize: Sequence[tuple[str, float]] = (("speed", 1.0),)
) -> str | None:
    return next((c.name for c in recommend(candidates, optimize).candidates if c.recommended), None)


def test_three_in_order_with_their_reasons() -> None:
    found = answer([steady("slow", 10), steady("fast", 30), steady("middle", 20)])
    assert [(s.candidate, s.place, s.tied) for s in found.standings] == [
        ("fast", 1, ()),
        ("middle", 2, ()),
        ("slow", 3, ()),
    ]
    assert standing(found, "fast").reason == 'It is 1.50 [1.44, 1.56] times as fast as middle, in "concurrency-8".'
    assert standing(found, "slow").reason == 'It is 0.333 [0.320, 0.347] times as fast as fast, in "concurrency-8".'
    assert found.weights == {"speed": 1.0}
    speed = standing(found, "middle").scores["speed"]
    assert speed is not None
    assert speed.value == pytest.approx(2 / 3)


def test_ties_share_a_place_and_name_each_other() -> None:
    found = answer([steady("a", 30), steady("b", 30.2), steady("c", 10)])
    assert places(found) == {"a": (1, ("b",)), "b": (1, ("a",)), "c": (3, ())}
    assert standing(found, "a").reason.startswith("It cannot be told apart from b: it is 0.99")
    assert taken([steady("a", 30), steady("b", 30.2), steady("c", 10)]) is None


def test_the_slo_goes_before_speed_and_who_surely_meets_it_before_who_may() -> None:
    some = [
        quick("missed", {4: 900}, MISSED), quick("untold", {4: 800}, UNTOLD), quick("barely", {4: 700}, BARELY),
        quick("sure", {4: 100}, MET),
    ]  # fmt: skip
    found, said = answer(some), recommend(some)
    assert [s.candidate for s in found.standings] == ["sure", "barely", "untold", "missed"]
    assert [s.place for s in found.standings] == [1, 2, 3, 4]
    assert [s.slo_met for s in found.standings] == [True, True, None, False]
    assert standing(found, "barely").reason == (
        "By its estimates it meets the SLO; the chance that it truly does is 0.70 (least sure: ttft_p50)."
    )
    assert standing(found, "missed").reason == (
        "It misses the SLO, in ttft_p50; the chance that it truly meets it is less than 0.01."
    )
    assert standing(found, "untold").reason == "Whether it meets the SLO cannot be told."
    assert said.reason == (
        "That barely meets the SLO may be chance. Whether untold meets the SLO cannot be told. "
        "sure is the only candidate that surely meets the SLO."
    )


def test_a_winner_that_meets_the_slo_by_chance_perhaps_is_told_so() -> None:
    said = recommend([quick("a", {4: 100}, BARELY), quick("b", {4: 200}, BARELY)])
    assert said.reason.startswith(
        'Take b: it meets the SLO (with a probability of 0.70), and in "concurrency-4" it made 200'
    )


def test_by_cost() -> None:
    fast, cheap = steady("fast", 30, 4.0), steady("cheap", 20, 1.0)
    assert taken([fast, cheap]) == "fast"
    said = recommend([fast, cheap], COST)
    # 1 USD/h over 160 tokens/s is 1.736 USD per million
    assert (
        said.reason
        == "Take cheap: it costs 1.74 [1.70, 1.77] USD per million output tokens, fast 4.63 [4.54, 4.72]."
    )
    found = answer([fast, cheap], COST)
    assert places(found) == {"cheap": (1, ()), "fast": (2, ())}
    assert standing(found, "fast").reason == "It costs 2.67 [2.56, 2.78] times as much per token as cheap."
    assert standing(found, "cheap").cost_at == "concurrency-8"
    assert {s.on_front for s in found.standings} == {True}


def test_of_those_that_tie_the_one_with_the_best_estimate_is_named_first() -> None:
    big = candidate("big", users(4, 100, share=0.6), usd_per_hour=2.0)
    small = candidate("small", users(4, 100, share=0.6), usd_per_hour=1.0)
    for order in ([big, small], [small, big]):
        found = answer(order, COST)
        assert [(s.candidate, s.place) for s in found.standings] == [("small", 1), ("big", 1)]
        assert recommend(order, COST).reason.startswith("Cannot tell small and big apart: small costs")


def test_of_three_every_two_are_spoken_of() -> None:
    found = answer([steady("a", 30), steady("b", 20), steady("c", 10)])
    assert found.notes[-1] == "No crossing of b and c is seen in output tokens/s, TTFT and time to complete (quick)"
    crossing = answer([quick("a", {1: 90, 8: 900}), quick("b", {1: 50, 8: 300}), quick("c", {1: 20, 8: 400})])
    assert any("c from 8 at once" in note and note.startswith("b ") for note in crossing.notes)


def test_who_has_no_price_is_told_what_to_add() -> None:
    three = [steady("a", 30, 4.0), steady("b", 20, 1.0), steady("c", 90)]
    said = recommend(three, COST)
    cure = "it has no price: add usd_per_hour to its [[candidates]] in the spec"
    assert said.reason.startswith("Take b: it costs")
    assert said.reason.endswith(f"c is not ranked: {cure}.")
    assert standing(answer(three, COST), "c").reason == f"It is not ranked by cost: {cure}."
    assert places(answer(three, COST)) == {"b": (1, ()), "a": (2, ()), "c": (3, ())}
    assert recommend(three[1:], COST).reason == f"No recommendation: c: {cure}."
    assert places(answer(three[1:], COST)) == {"b": (1, ("c",)), "c": (1, ("b",))}


def test_by_quality() -> None:
    right = candidate("right", users(4, 100), graded(Estimate(0.92, 0.88, 0.95, 200)))
    wrong = candidate("wrong", users(4, 300), graded(Estimate(0.61, 0.54, 0.67, 200)))
    said = recommend([right, wrong], QUALITY)
    assert (
        said.reason
        == "Take right: it answers 92.0 % [88.0, 95.0] of the questions right, wrong 61.0 % [54.0, 67.0]."
    )
    assert taken([right, wrong]) == "wrong"
    unasked = candidate("unasked", users(4, 100))
    cure = 'it was not asked the questions of "builtin": add the suite quality'
    assert recommend([right, wrong, unasked], QUALITY).reason.endswith(f"unasked is not ranked: {cure}.")
    assert recommend([unasked, replace(unasked, name="b")], QUALITY).reason == (
        "No recommendation: unasked: its answers were not graded: add the suite quality; "
        "b: its answers were not graded: add the suite quality."
    )


def test_weights_decide_between_speed_and_cost() -> None:
    fast, cheap = steady("fast", 30, 4.0), steady("cheap", 20, 1.0)  # 1.5 times the speed, 2.67 times the cost
    assert taken([fast, cheap], BOTH) == "cheap"  # 1.5 ** 2 < 2.67
    assert taken([fast, cheap], (("speed", 3.0), ("cost", 1.0))) == "fast"  # 1.5 ** 3 > 2.67
    said = recommend([fast, cheap], BOTH).reason
    assert said.startswith(
        "Take cheap: weighing speed 2 and cost 1, it is 1.06 [1.02, 1.10] times as good as fast (0.67 "
    )
    assert "times the speed, 0.375 [0.360, 0.390] times the cost)" in said


def test_of_quality_and_no_right_answer_at_all() -> None:
    none = candidate("none", graded(Estimate(0.0, 0.0, 0.02, 200)))
    some = candidate("some", graded(Estimate(0.3, 0.2, 0.4, 200)))
    assert taken([none, some], QUALITY) == "some"


def test_the_front_holds_who_is_clearly_best_at_something() -> None:
    found = answer([steady("fast", 30, 8.0), steady("cheap", 20, 1.0), steady("pointless", 10, 9.0)])
    assert {s.candidate for s in found.standings if s.on_front} == {"fast", "cheap"}
    alike = answer([steady("a", 30), steady("b", 30.1)])
    assert all(s.on_front for s in alike.standings)


def test_the_crossing_stands_in_the_reasons_and_in_the_recommendation() -> None:
    ollama = quick("ollama", {1: 60, 2: 62, 4: 64, 8: 65})
    vllm = quick("vllm", {1: 40, 2: 61, 4: 140, 8: 260})
    crossing = (
        "ollama makes more output tokens/s for one user, vllm from 4 at once: they cross between 1 and 4 (quick)"
    )
    found = answer([ollama, vllm])
    assert crossing in found.notes
    assert all(s.reason.endswith(f"{crossing}.") for s in found.standings)
    assert f"{crossing}." in recommend([ollama, vllm]).reason
    assert [c.metric for c in found.crossings] == ["output_tokens_per_s", "e2e_s"]


def test_without_a_curve_that_is_said() -> None:
    found = answer([candidate("a", users(8, 100)), candidate("b", users(8, 200))])
    (note,) = found.notes
    assert note.startswith(
        "Where candidates cross cannot be told: they share no workload at several numbers of users"
    )


def test_who_answered_less_is_not_placed_above() -> None:
    hasty = candidate("hasty", replace(users(8, 200), counts=Counts(40, 40, 20, 20, 0)))
    whole = candidate("whole", replace(users(8, 100), counts=Counts(40, 40, 40, 0, 0)))
    found = answer([hasty, whole])
    assert places(found) == {"hasty": (1, ("whole",)), "whole": (1, ("hasty",))}
    why = "since hasty completed fewer of its requests than whole."
    assert standing(found, "hasty").reason == f"It is not placed apart from whole, {why}"
    assert standing(found, "whole").reason == f"It is not placed apart from hasty, {why}"


def test_who_completed_nothing_is_last_and_said_to() -> None:
    dead = candidate("dead", replace(users(8, 1), counts=Counts(20, 20, 0, 20, 0), rates={}))
    found = answer([dead, candidate("a", users(8, 100))])
    assert places(found) == {"a": (1, ()), "dead": (2, ())}
    assert standing(found, "a").reason == "It is ahead of dead, which completed nothing."
    assert standing(found, "dead").reason == "It completed nothing."
    assert standing(found, "dead").scores["speed"] is None


def test_an_invalid_measurement_has_no_place_of_its_own() -> None:
    late = Trust(Verdict.INVALID, ("late sends",))
    bad = candidate("bad", replace(users(8, 900), trust=late))
    found = answer([candidate("a", users(8, 100)), bad, candidate("b", users(8, 200))])
    assert places(found) == {"b": (1, ()), "a": (2, ()), "bad": (3, ())}
    assert standing(found, "bad").reason == "It is not ranked by speed: its measurement is invalid, see trust."


def test_who_could_not_be_tried_is_last() -> None:
    gone = replace(candidate("gone"), failed="refused")
    found = answer([gone, steady("a", 10), steady("b", 20)])
    assert [(s.candidate, s.place) for s in found.standings] == [("b", 1), ("a", 2), ("gone", 3)]
    assert standing(found, "gone").reason == "It could not be tried."
    assert [s.place for s in answer([gone, replace(gone, name="gone too")]).standings] == [1, 1]


def test_a_single_candidate_has_curves_and_a_cost_and_no_rival() -> None:
    found = answer([steady("a", 30, 3.6)])
    (only,) = found.standings
    assert (only.place, only.tied, only.reason) == (1, (), "")
    assert only.scores["cost"] is not None
    assert len(found.points) == 3 * len(LEVELS)
    assert (found.crossings, found.notes) == ((), ())


def test_nothing_at_all() -> None:
    assert answer([]).standings == ()
    empty = answer([candidate("a"), candidate("b")])
    assert places(empty) == {"a": (1, ("b",)), "b": (1, ("a",))}
    assert standing(empty, "a").reason == (
        "It is not ranked by speed: it shares no warm workload under load with the others."
    )


def test_the_same_measurements_twice_are_a_tie() -> None:
    once = quick("once", {1: 40, 2: 70, 4: 100, 8: 140}, MET, usd_per_hour=1.0)
    again = replace(once, name="again")
    for optimize in ((("speed", 1.0),), COST, BOTH):
        found = answer([once, again], optimize)
        assert places(found) == {"once": (1, ("again",)), "again": (1, ("once",))}
        assert found.crossings == ()
        assert taken([once, again], optimize) is None
        assert recommend([once, again], optimize).reason == recommend([again, once], optimize).reason


Wishes = tuple[tuple[str, float], ...]
RATES = st.lists(st.floats(20, 200), min_size=6, max_size=6)
PRICES = st.floats(0.5, 8)
WISHES: st.SearchStrategy[Wishes] = st.sampled_from([(("speed", 1.0),), COST, BOTH])


@st.composite
def fields(draw: st.DrawFn) -> list[CandidateSummary]:
    """Two to four priced candidates under six batches and one load of several users, with and without an SLO."""
    checks = draw(st.sampled_from([(), (MET,), (BARELY,), (MISSED,), (UNTOLD,)]))
    some = []
    for i in range(draw(st.integers(2, 4))):
        rates = draw(RATES)
        check = checks if draw(st.booleans()) else ()
        loads = (batches(dict(enumerate(rates, 2))), users(4, rates[0], *check))
        some.append(candidate(f"candidate {i}", *loads, usd_per_hour=draw(PRICES)))
    return some


@settings(max_examples=80, derandomize=True, deadline=None)
@given(fields(), WISHES, st.randoms(use_true_random=False))
def test_the_order_in_which_candidates_are_given_says_nothing(
    some: list[CandidateSummary], optimize: Wishes, random: Random
) -> None:
    shuffled = list(some)
    random.shuffle(shuffled)
    assert places(answer(some, optimize)) == places(answer(shuffled, optimize))
    assert taken(some, optimize) == taken(shuffled, optimize)


@settings(max_examples=80, derandomize=True, deadline=None)
@given(fields(), WISHES, st.floats(1.1, 3), st.data())
def test_a_candidate_that_is_worse_in_everything_changes_no_winner(
    some: list[CandidateSummary], optimize: Wishes, factor: float, data: st.DataObject
) -> None:
    model = data.draw(st.sampled_from(some))
    price, rate = model.usd_per_hour, model.workloads[1].rates["output_tokens_per_s"]
    assert price is not None and rate is not None
    stages = [
        replace(s, output_tokens_per_s=s.output_tokens_per_s / factor)
        for s in model.workloads[0].stages
        if s.output_tokens_per_s is not None
    ]
    worse = candidate(
        "worse",
        replace(model.workloads[0], stages=tuple(stages)),
        users(4, rate.value / factor, *model.workloads[1].slo),
        usd_per_hour=price * factor,
    )
    assert taken([*some, worse], optimize) == taken(some, optimize)


@settings(max_examples=80, derandomize=True, deadline=None)
@given(fields(), WISHES, st.floats(0.1, 10))
def test_another_currency_changes_no_place(some: list[CandidateSummary], optimize: Wishes, rate: float) -> None:
    dearer = [replace(c, usd_per_hour=(c.usd_per_hour or 0) * rate) for c in some]
    assert places(answer(some, optimize)) == places(answer(dearer, optimize))


@settings(max_examples=80, derandomize=True, deadline=None)
@given(fields(), WISHES)
def test_recommended_is_who_stands_alone_on_the_first_place(some: list[CandidateSummary], optimize: Wishes) -> None:
    found = answer(some, optimize)
    first = [s for s in found.standings if s.place == 1]
    expected = first[0].candidate if len(first) == 1 and first[0].slo_met is not False else None
    assert taken(some, optimize) == expected
    assert min(s.place for s in found.standings) == 1
    assert {s.candidate for s in found.standings} == {c.name for c in some}


def test_alike_candidates_share_the_first_place_in_nineteen_trials_of_twenty() -> None:
    rng = np.random.default_rng(8)
    tied = 0
    for _ in range(400):
        pair = [
            candidate(name, batches({n: 60 * n**0.5 * float(np.exp(rng.normal(0, 0.05))) for n in range(2, 11)}))
            for name in "ab"
        ]
        tied += all(s.place == 1 for s in answer(pair).standings)
    assert tied / 400 == pytest.approx(0.95, abs=0.033)  # three standard deviations of 400 trials


def test_scores_that_were_not_measured_are_absent() -> None:
    (first, _) = answer([steady("a", 30), steady("b", 20)]).standings
    assert first.scores["cost"] is None
    assert first.scores["quality"] is None
    assert first.scores["ttft_s"] == around(0.1)
