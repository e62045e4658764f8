"""TTFT and TPOT under load: said where they speak for different candidates."""

from __future__ import annotations

from dataclasses import replace

from seatrial.domain.summary import CandidateSummary
from seatrial.domain.trial import Trust, Verdict
from seatrial.stats.choice.choose import answer, recommend
from seatrial.stats.choice.under_load import trade_off
from tests.stats.choice.bake_offs import candidate, mean, users

LOADS = ("concurrency-2", "concurrency-8")


def chat(
    name: str, ttft_s: float, tpot_s: float, *, share: float = 0.02, tokens_per_s: float = 100
) -> CandidateSummary:
    loads = [users(n, tokens_per_s * n, ttft_s=ttft_s, share=share) for n in (2, 8)]
    return candidate(name, *(replace(w, metrics=w.metrics | {"tpot_s": mean(tpot_s, share)}) for w in loads))


def test_who_answers_sooner_and_who_writes_faster() -> None:
    one, other = chat("a", 0.08, 0.016), chat("b", 0.03, 0.049)
    assert trade_off(one, other, LOADS) == (
        'Under load (means in "concurrency-8") b has the shorter TTFT (30.0 ms against 80.0 ms), '
        "a the shorter TPOT (16.0 ms against 49.0 ms)."
    )


def test_one_ahead_in_both_or_told_apart_in_neither_is_no_trade_off() -> None:
    assert not trade_off(chat("a", 0.08, 0.049), chat("b", 0.03, 0.016), LOADS)
    assert not trade_off(chat("a", 0.08, 0.016, share=0.9), chat("b", 0.03, 0.049, share=0.9), LOADS)


def test_an_invalid_measurement_is_not_spoken_of() -> None:
    one, other = chat("a", 0.08, 0.016), chat("b", 0.03, 0.049)
    bad = tuple(replace(w, trust=Trust(Verdict.INVALID, ("late",))) for w in one.workloads)
    assert not trade_off(replace(one, workloads=bad), other, LOADS)


def test_the_recommendation_and_the_crossings_tell_it() -> None:
    some = [chat("a", 0.08, 0.016, tokens_per_s=120), chat("b", 0.03, 0.049)]
    said = recommend(some).reason
    assert said.startswith("Take a: ")
    assert 'Under load (means in "concurrency-8") b has the shorter TTFT' in said
    found = answer(some)
    assert {p.metric for p in found.points} == {"output_tokens_per_s", "ttft_s", "tpot_s", "e2e_s"}
    assert "No crossing in TPOT between 2 and 8 at once (quick): a is ahead of b at every level" in found.notes
