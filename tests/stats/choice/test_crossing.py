from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from seatrial.domain.answer import Crossing
from seatrial.domain.summary import CandidateSummary
from seatrial.domain.values import Estimate
from seatrial.stats.choice.crossing import Curve, crossings, crossings_of, curves
from seatrial.stats.choice.crossing_words import crossing_told, none_told
from seatrial.stats.choice.load_curves import load_spots
from tests.stats.choice.bake_offs import batches, candidate, quick, users

TOKENS = "output_tokens_per_s"
Made = Callable[[str, dict[int, float], np.random.Generator], CandidateSummary]


def curve(one: CandidateSummary, other: CandidateSummary, metric: str = TOKENS) -> Curve:
    found = curves(load_spots([one, other]), one.name, other.name)
    (chosen,) = [c for c in found if c.metric == metric]
    return chosen


def test_a_crossing_lies_between_the_levels_where_each_is_clearly_ahead() -> None:
    ollama = quick("ollama", {1: 60, 2: 62, 4: 64, 8: 65})
    vllm = quick("vllm", {1: 40, 2: 61, 4: 140, 8: 260})
    (crossing,) = crossings(curve(ollama, vllm))
    assert crossing == Crossing(TOKENS, "concurrency", "ollama", "vllm", 1, 4, "quick")
    assert crossing_told(crossing) == (
        "ollama makes more output tokens/s for one user, vllm from 4 at once: they cross between 1 and 4 (quick)"
    )
    assert list(crossings(curve(vllm, ollama))) == [crossing]


def test_of_latencies_the_shorter_is_ahead() -> None:
    a = candidate("a", users(1, 40, ttft_s=0.1), users(8, 100, ttft_s=0.9))
    b = candidate("b", users(1, 40, ttft_s=0.2), users(8, 100, ttft_s=0.3))
    (crossing,) = crossings(curve(a, b, "ttft_s"))
    assert (crossing.before, crossing.after) == ("a", "b")
    assert crossing_told(crossing).startswith("a has the shorter TTFT for one user, b from 8 at once")


def test_no_crossing_is_a_statement_too() -> None:
    above, below = quick("a", {1: 60, 2: 80, 8: 90}), quick("b", {1: 40, 2: 60, 8: 70})
    assert list(crossings(curve(above, below))) == []
    assert none_told(curve(below, above)) == (
        "No crossing in output tokens/s between 1 and 8 at once (quick): a is ahead of b at every level"
    )


def test_where_only_some_levels_are_clear_they_are_named() -> None:
    above, below = quick("a", {1: 60, 2: 80, 4: 90, 8: 90, 9: 50}), quick("b", {1: 60, 2: 60, 4: 70, 8: 50, 9: 50})
    assert none_told(curve(above, below)) == (
        "No crossing seen in output tokens/s between 1 and 9 at once (quick): a is ahead of b at 2 to 8; elsewhere "
        "they cannot be told apart"
    )


def test_overlapping_intervals_cross_nowhere_that_could_be_told() -> None:
    one = candidate("a", *(users(n, 100 + n, share=0.2) for n in (1, 2, 4)))
    other = candidate("b", *(users(n, 102, share=0.2) for n in (1, 2, 4)))
    assert none_told(curve(one, other)) == (
        "Whether a and b cross in output tokens/s between 1 and 4 at once (quick) cannot be told: at no level is "
        "one clearly ahead"
    )


def test_four_levels_without_an_interval_say_nothing() -> None:
    one, other = (
        candidate("a", batches({1: 90, 2: 80, 3: 20, 4: 10})),
        candidate("b", batches(dict.fromkeys(range(1, 5), 50.0))),
    )
    found = curve(one, other)
    assert not found.has_intervals
    assert none_told(found).endswith("cannot be told: no level has requests enough for an interval")


def test_of_few_levels_one_without_an_interval_is_passed_over() -> None:
    one, other = quick("a", {1: 60, 2: 60, 4: 60}), quick("b", {1: 40, 2: 61, 4: 140})
    bare = replace(one.workloads[1], rates={TOKENS: Estimate(60.0, None, None, 12)})
    (crossing,) = crossings(curve(replace(one, workloads=(one.workloads[0], bare, one.workloads[2])), other))
    assert (crossing.low, crossing.high) == (1, 4)


def test_batches_are_judged_by_their_neighbours() -> None:
    rng = np.random.default_rng(3)
    sizes = range(1, 11)
    flat = {n: 60 * float(np.exp(rng.normal(0, 0.03))) for n in sizes}
    rising = {n: 30 * n**0.7 * float(np.exp(rng.normal(0, 0.03))) for n in sizes}  # 60 at 2.7
    (crossing,) = crossings(curve(candidate("flat", batches(flat)), candidate("rising", batches(rising))))
    assert (crossing.before, crossing.after) == ("flat", "rising")
    assert crossing.low <= 2.7 <= crossing.high <= 6


def test_a_level_whose_own_value_speaks_against_its_neighbours_is_not_clear() -> None:
    other = dict.fromkeys(range(1, 11), 100.0)
    one = other | dict.fromkeys(range(2, 11), 150.0) | {6: 99.0}
    sides = curve(candidate("a", batches(one)), candidate("b", batches(other))).sides
    assert sides[0] == 0
    assert sides[5] == 0


def test_a_load_that_was_capped_for_one_of_them_is_not_compared() -> None:
    def asked(tokens: float) -> tuple[CandidateSummary, CandidateSummary]:
        levels = [replace(users(n, 50.0 * n), tokens={"input_asked": 4096.0}) for n in (1, 2, 4)]
        capped = replace(levels[-1], tokens={"input_asked": tokens})
        return candidate("a", *levels), candidate("b", *levels[:-1], capped)

    assert list(curve(*asked(4096.0)).levels) == [1, 2, 4]
    assert list(curve(*asked(2032.0)).levels) == [1, 2]


def noisy(name: str, factors: dict[int, float], rng: np.random.Generator) -> CandidateSummary:
    """A level each, measured with 1 % noise, of which its interval knows."""
    return quick(name, {n: 50 * n**0.5 * f * float(np.exp(rng.normal(0, 0.01))) for n, f in factors.items()})


def noisy_batches(name: str, factors: dict[int, float], rng: np.random.Generator) -> CandidateSummary:
    return candidate(
        name, batches({n: 50 * n**0.5 * f * float(np.exp(rng.normal(0, 0.05))) for n, f in factors.items()})
    )


@pytest.mark.parametrize("made", [noisy, noisy_batches])
def test_two_that_tie_at_low_load_and_differ_at_high_rarely_cross(made: Made) -> None:
    """The worst case: one side is certain, and each tied level has its chance to fall on the other."""
    rng = np.random.default_rng(11)
    tied, ahead = dict.fromkeys(range(1, 11), 1.0), {n: 1.0 if n < 6 else 1.5 for n in range(1, 11)}
    found = 0
    for _ in range(400):
        spots = load_spots([made("a", tied, rng), made("b", ahead, rng)])
        found += any(c.metric == TOKENS for c in crossings_of(spots, "a", "b"))
    # 5 % shared among ten levels, of which five tie and half the tail is on the wrong side: 1.25 %.
    assert found / 400 <= 0.03


@pytest.mark.parametrize("made", [noisy, noisy_batches])
def test_a_true_crossing_is_found_and_the_bracket_holds_it(made: Made) -> None:
    rng = np.random.default_rng(12)
    flat, rising = (
        dict.fromkeys(range(1, 11), 1.0),
        {n: 0.5 * (n / 4.5) + 0.5 for n in range(1, 11)},
    )  # equal at 4.5
    held = 0
    for _ in range(200):
        spots = load_spots([made("a", flat, rng), made("b", rising, rng)])
        first = [c for c in crossings_of(spots, "a", "b") if c.metric == TOKENS]
        held += len(first) == 1 and first[0].low <= 4.5 <= first[0].high and first[0].before == "a"
    assert held / 200 >= 0.9
