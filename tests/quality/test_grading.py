from __future__ import annotations

import pytest

from seatrial.domain.quality import Grade, Item
from seatrial.domain.sample import Outcome
from seatrial.quality.grading import grade

PARIS = Item("p", "facts", "Capital of France?", "exact", {"accept": ["Paris"]}, "easy")
SUM = Item("s", "arithmetic", "2 + 2?", "number", {"value": 4}, "easy")


@pytest.mark.parametrize(
    ("item", "text", "finish", "expected", "reason"),
    [
        (PARIS, "Paris", "stop", Grade.RIGHT, ""),
        (PARIS, "Paris", "length", Grade.RIGHT, ""),
        (PARIS, "Paris, which is a city", "length", Grade.MISFORMED, "stand alone"),
        (PARIS, "Rome", "length", Grade.WRONG, "Rome"),
        (PARIS, "France has a great many cities and the one", "length", Grade.FAILED, "cut off"),
        (PARIS, "France has a great many cities and the one", "stop", Grade.WRONG, "France"),
        (PARIS, "I can't help with that, since I do not", "length", Grade.REFUSED, "refuses"),
        (PARIS, "<think>Paris or Rome", "length", Grade.FAILED, "nothing but reasoning, cut off"),
        (PARIS, "<think>Paris</think>", "stop", Grade.FAILED, "nothing but reasoning"),
        (PARIS, "", "stop", Grade.FAILED, "empty"),
        (PARIS, None, None, Grade.FAILED, "empty"),
        (SUM, "Two and two make, if you", "length", Grade.FAILED, "no number"),
        (SUM, "four", "stop", Grade.MISFORMED, "no number"),
    ],
)
def test_grades(item: Item, text: str | None, finish: str | None, expected: Grade, reason: str) -> None:
    graded = grade(item, text=text, finish_reason=finish)
    assert graded.grade is expected
    assert reason in graded.reason


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.OK])
def test_an_answer_that_did_not_come_whole_has_failed(outcome: Outcome) -> None:
    graded = grade(PARIS, text="Paris", outcome=outcome, detail="because")
    assert graded.grade is Grade.FAILED
    assert graded.reason.endswith(": because")


def test_what_is_kept() -> None:
    graded = grade(PARIS, text="<think>a</think> Rome ", completion_tokens=5, e2e_s=0.5)
    assert (graded.item, graded.kind, graded.difficulty, graded.prompt) == ("p", "facts", "easy", PARIS.prompt)
    assert (graded.answer, graded.completion_tokens, graded.e2e_s) == ("Rome", 5, 0.5)
