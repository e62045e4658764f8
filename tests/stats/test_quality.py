from __future__ import annotations

import math

import pytest

from seatrial.domain.quality import Grade, Graded, QualitySummary
from seatrial.stats.quality import summarize_quality, with_changes


def graded(item: str, grade: Grade, *, kind: str = "facts", tokens: int | None = 10, answer: str = "x") -> Graded:
    return Graded(item, kind, "easy", grade, "", f"{item}?", answer, tokens, 1.0)


MIXED = [
    graded("a", Grade.RIGHT),
    graded("b", Grade.WRONG),
    graded("c", Grade.MISFORMED, kind="code"),
    graded("d", Grade.REFUSED, kind="code"),
    graded("e", Grade.FAILED, kind="code", tokens=None, answer=""),
]


def summary(answers: list[Graded], sha256: str = "1") -> QualitySummary:
    return summarize_quality("s", answers, {"sha256": sha256})


def test_shares_are_of_what_was_planned_and_of_what_was_answered() -> None:
    found = summary(MIXED)
    assert found.accuracy is not None and found.refusal_rate is not None and found.misformed_rate is not None
    assert (found.accuracy.value, found.accuracy.n) == (0.2, 5)
    assert (found.refusal_rate.value, found.refusal_rate.n) == (0.25, 4)
    assert (found.misformed_rate.value, found.misformed_rate.n) == (0.25, 4)
    # Wilson (1927) for 1 of 5: 0.036 to 0.624 (R: prop.test(1, 5, correct = FALSE))
    assert found.accuracy.low == pytest.approx(0.0362, abs=1e-4)
    assert found.accuracy.high == pytest.approx(0.6245, abs=1e-4)


def test_kinds_and_difficulties() -> None:
    hard = Graded("f", "facts", "hard", Grade.RIGHT, "", "f?", "x")
    found = summary([hard, *MIXED])
    assert [score.name for score in found.kinds] == ["code", "facts"]
    assert [score.name for score in found.difficulties] == ["easy", "hard"]
    code, facts = found.kinds
    assert code.grades == {"right": 0, "wrong": 0, "misformed": 1, "refused": 1, "failed": 1}
    assert facts.accuracy is not None and (facts.accuracy.value, facts.accuracy.n) == (2 / 3, 3)


def test_tokens_per_right_answer_count_all_answers() -> None:
    assert summary(MIXED).tokens_per_right == 40
    assert summary(MIXED[1:]).tokens_per_right is None
    assert summary([*MIXED, graded("g", Grade.RIGHT, tokens=None)]).tokens_per_right is None


def test_nothing_is_unknown_not_zero() -> None:
    found = summary([])
    assert (found.accuracy, found.refusal_rate, found.misformed_rate, found.tokens_per_right) == (None,) * 4
    only_failed = summary(MIXED[-1:])
    assert only_failed.accuracy is not None and only_failed.accuracy.value == 0
    assert only_failed.refusal_rate is None


def test_of_repeated_answers_the_first_is_kept_and_all_are_counted() -> None:
    found = summary([graded("a", Grade.RIGHT), graded("b", Grade.WRONG), graded("a", Grade.WRONG, answer="y")])
    assert [(one.item, one.answer) for one in found.answers] == [("a", "x"), ("b", "x")]
    assert found.accuracy is not None and found.accuracy.n == 3


def test_what_changed_under_load() -> None:
    base = summary([graded("a", Grade.RIGHT), graded("b", Grade.RIGHT), graded("c", Grade.FAILED)])
    loaded = summary([graded("a", Grade.RIGHT, answer="y"), graded("b", Grade.RIGHT), graded("c", Grade.RIGHT)])
    other = summary([graded("a", Grade.RIGHT, answer="z")], sha256="2")
    found = with_changes({5: (4, loaded), 6: (1, base), 7: (8, base), 8: (16, other)})
    assert found[6].changed is None
    assert found[5].changed == ("a",), "a failure is told as one, not as a change"
    assert found[7].changed == ()
    assert found[8].changed is None, "nothing to compare it with"


def test_open_arrivals_are_held_against_users() -> None:
    one, other = summary([graded("a", Grade.RIGHT)]), summary([graded("a", Grade.RIGHT, answer="y")])
    found = with_changes({0: (math.inf, other), 1: (2, one)})
    assert (found[0].changed, found[1].changed) == (("a",), None)
    assert with_changes({0: (math.inf, one), 1: (math.inf, other)})[1].changed is None


def test_two_passes_of_the_fewest_users_are_both_a_base() -> None:
    base = summary([graded("a", Grade.RIGHT)])
    assert {found.changed for found in with_changes({0: (2, base), 1: (2, base)}).values()} == {None}
