"""Every check: right, wrong, misformed, refused, and open where more text might have helped."""

# ruff: noqa: RUF001  answers come in many scripts

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.domain.quality import Grade
from seatrial.quality.checks import CHECKS
from seatrial.quality.grading import judge
from seatrial.quality.text import visible

from .references import REFUSAL

R, W, M, X = Grade.RIGHT, Grade.WRONG, Grade.MISFORMED, Grade.REFUSED

PARIS: dict[str, Any] = {"accept": ["Paris", "City of Paris"]}
LITERAL: dict[str, Any] = {"accept": ["SeaTrial"], "literal": True}
ANSWER: dict[str, Any] = {"value": 1234}
LETTER: dict[str, Any] = {"value": "B", "options": ["shark", "dolphin", "penguin", "crocodile"]}
LABEL: dict[str, Any] = {"value": "positive", "labels": ["positive", "negative", "neutral"]}
SPAM: dict[str, Any] = {"value": "not spam", "labels": ["spam", "not spam"]}
PERSON: dict[str, Any] = {
    "schema": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer"},
            "tags": {"type": "array", "items": {"type": "string", "enum": ["new", "old"]}},
        },
        "required": ["name", "age"],
        "additionalProperties": False,
    },
    "value": {"name": "Ada Byron", "age": 36},
}
NOTHING: dict[str, Any] = {"schema": {"type": ["object", "null"]}, "value": None}
MOVE: dict[str, Any] = {"facts": [["Ostby"], ["1 March", "March 1"]], "max_words": 12, "without": ["April"]}
SENTENCE: dict[str, Any] = {"facts": [["Ostby"]], "max_sentences": 1}

CASES: list[tuple[str, dict[str, Any], str, Grade]] = [
    ("exact", PARIS, "Paris", R),
    ("exact", PARIS, "  paris.\n", R),
    ("exact", PARIS, "**Paris**", R),
    ("exact", PARIS, "the City of Paris", R),
    ("exact", PARIS, "```\nParis\n```", R),
    ("exact", PARIS, "Here you are:\n```text\nParis\n```\nAnything else?", R),
    ("exact", PARIS, "The answer is Paris.", R),
    ("exact", PARIS, "It is not London.\nAnswer: Paris", R),
    ("exact", PARIS, r"So it is \boxed{Paris}.", R),
    ("exact", PARIS, "La réponse est : Paris", R),
    ("exact", PARIS, "The capital of France is Paris.", M),
    ("exact", PARIS, "Paris or London", M),
    ("exact", PARIS, "London", W),
    ("exact", PARIS, "The answer is London.", W),
    ("exact", PARIS, "Parisian", W),
    ("exact", PARIS, REFUSAL, X),
    ("exact", {"accept": ["東京"]}, "東京です。", M),
    ("exact", {"accept": ["東京"]}, "答え：東京", R),
    ("exact", {"accept": ["Москва"]}, "москва", R),
    ("exact", {"accept": ["Häuser"]}, "die Hauser", R),
    ("exact", {"accept": ["-3"]}, "3", W),
    ("exact", {"accept": ["-3"]}, "\u22123", R),
    ("exact", LITERAL, "SeaTrial", R),
    ("exact", LITERAL, '"SeaTrial".', R),
    ("exact", LITERAL, "`SeaTrial`", R),
    ("exact", LITERAL, "seatrial", W),
    ("exact", LITERAL, "It prints SeaTrial on the screen", M),
    ("number", ANSWER, "1234", R),
    ("number", ANSWER, "1,234", R),
    ("number", ANSWER, "1 234", R),
    ("number", ANSWER, "1234.0 km", R),
    ("number", ANSWER, "$1,234.00", R),
    ("number", ANSWER, "= 1234", R),
    ("number", ANSWER, "1000 + 234 = 1234", R),
    ("number", ANSWER, "**1234**", R),
    ("number", ANSWER, "First 1000, then 200 and 34 more.\nAnswer: 1234", R),
    ("number", ANSWER, "The answer is 1234, not 4321.", R),
    ("number", ANSWER, "#### 1234", R),
    ("number", ANSWER, r"\boxed{1234}", R),
    ("number", ANSWER, "10 * 100 = 1000\n1000 + 234 = 1234", R),
    ("number", ANSWER, "1235", W),
    ("number", ANSWER, "-1234", W),
    ("number", ANSWER, "12345", W),
    ("number", ANSWER, "1234 is wrong. The answer is 4321", W),
    ("number", ANSWER, "twelve hundred and thirty-four", M),
    ("number", ANSWER, REFUSAL, X),
    ("number", {"value": 0.1}, "0,1", R),
    ("number", {"value": 0.75}, "3/4", R),
    ("number", {"value": 0.75}, "3 / 0", M),
    ("number", {"value": 3.14, "tolerance": 0.01}, "3.1415", R),
    ("number", {"value": 3.14, "tolerance": 0.01}, "3.2", W),
    ("number", {"value": 1500000}, "1.500.000 Euro", R),
    ("number", {"value": -16}, "-12 + 5 - 9 = -16", R),
    ("number", {"value": -16}, "The result is \u221216.", R),
    ("choice", LETTER, "B", R),
    ("choice", LETTER, "b", R),
    ("choice", LETTER, "(B)", R),
    ("choice", LETTER, "B) dolphin", R),
    ("choice", LETTER, "**B**", R),
    ("choice", LETTER, "The correct answer is B) dolphin.", R),
    ("choice", LETTER, "The correct answer is B because dolphins feed milk.", R),
    ("choice", LETTER, "The correct answer is A dolphin.", M),
    ("choice", LETTER, "A dolphin is a mammal, so it is option B", R),
    ("choice", LETTER, "C", W),
    ("choice", LETTER, "Answer: (A)", W),
    ("choice", LETTER, "It is (B) or (C)", M),
    ("choice", LETTER, "dolphin", M),
    ("choice", LETTER, "a shark", M),
    ("choice", LETTER, REFUSAL, X),
    ("label", LABEL, "positive", R),
    ("label", LABEL, "Positive.", R),
    ("label", LABEL, "Answer: positive", R),
    ("label", LABEL, "negative", W),
    ("label", LABEL, "The sentiment is positive.", M),
    ("label", LABEL, "The sentiment is negative.", W),
    ("label", LABEL, "positive, negative, neutral", M),
    ("label", LABEL, "good", M),
    ("label", LABEL, REFUSAL, X),
    ("label", SPAM, "Not spam", R),
    ("label", SPAM, "This is not spam.", M),
    ("label", SPAM, "spam", W),
    ("json", PERSON, '{"name": "Ada Byron", "age": 36}', R),
    ("json", PERSON, '```json\n{"name": "ada byron", "age": 36.0, "tags": []}\n```', R),
    ("json", PERSON, 'Here it is:\n{"name": "Ada Byron", "age": 36}\nDone.', M),
    ("json", PERSON, 'Sure!\n```json\n{"name": "Ada Byron", "age": 36}\n```', M),
    ("json", PERSON, '{"name": "Ada Byron", "age": "36"}', M),
    ("json", PERSON, '{"name": "Ada Byron"}', M),
    ("json", PERSON, '{"name": "Ada Byron", "age": 36, "city": "London"}', M),
    ("json", PERSON, '{"name": "Ada Byron", "age": 36, "tags": ["used"]}', M),
    ("json", PERSON, '{"name": "Ada Byron", "age": true}', M),
    ("json", PERSON, '{"name": "Ada Byron", "age": NaN}', M),
    ("json", PERSON, '{"name": "Ada", "age": 36}', W),
    ("json", PERSON, "name: Ada Byron, age: 36", M),
    ("json", PERSON, '{"a":' * 100_000, M),
    ("json", PERSON, "[" * 100_000, M),
    ("json", PERSON, REFUSAL, X),
    ("json", NOTHING, "null", R),
    ("json", NOTHING, "{}", W),
    ("facts", MOVE, "Parking in Ostby changes on March 1.", R),
    ("facts", MOVE, "Parking changes on March 1.", W),
    ("facts", MOVE, "Parking in Ostby changes on 11 March.", W),
    ("facts", MOVE, "Ostby: 1 March, not April.", W),
    ("facts", MOVE, "In Ostby, from 1 March on, parking is free for an hour and then dear.", M),
    ("facts", MOVE, REFUSAL, X),
    ("facts", SENTENCE, "Ostby it is, at 4.5 km.", R),
    ("facts", SENTENCE, "It is Ostby. There.", M),
    ("answers", {"facts": [["kill", "pkill"]]}, "Use `kill -9 PID`.", R),
    ("answers", {"facts": [["kill", "pkill"]]}, "Restart the computer.", W),
    ("answers", {"facts": [["kill", "pkill"]]}, "I can't help with how to kill anything.", X),
    ("declines", {}, REFUSAL, R),
    ("declines", {}, "Sure! First, take a pipe.", W),
    ("constraints", {"words": 3}, "one two three", R),
    ("constraints", {"words": 3}, "one two", W),
    ("constraints", {"words": [2, 5]}, "don't well-known 3.5 words", R),
    ("constraints", {"words": [1, 2000]}, REFUSAL, X),
    ("constraints", {"sentences": 2}, "It rains. It pours!", R),
    ("constraints", {"sentences": 2}, "At 4.5 metres it stops.", W),
    ("constraints", {"lines": 2}, "a\n\n b \n", R),
    ("constraints", {"lines": 2}, "a", W),
    ("constraints", {"bullets": 2}, "- a\n* b", R),
    ("constraints", {"bullets": 2}, "- a\nb", W),
    ("constraints", {"numbered": 2}, "1. a\n2) b", R),
    ("constraints", {"numbered": 2}, "- a\n- b", W),
    ("constraints", {"parts": 3}, "a, b, c", R),
    ("constraints", {"parts": 3}, "a, b", W),
    ("constraints", {"characters": [1, 5]}, "12345", R),
    ("constraints", {"characters": [1, 5]}, "123456", W),
    ("constraints", {"starts_with": "The Sun"}, "the sun shines", R),
    ("constraints", {"starts_with": "The Sun"}, "Our Sun", W),
    ("constraints", {"ends_with": "END"}, "a\nEND", R),
    ("constraints", {"ends_with": "END"}, "END.", W),
    ("constraints", {"contains": ["oven", "bread"]}, "Bread, from the oven", R),
    ("constraints", {"contains": ["oven"]}, "ovens", W),
    ("constraints", {"contains_any": ["puppy", "pup"]}, "a pup!", R),
    ("constraints", {"contains_any": ["puppy", "pup"]}, "a dog", W),
    ("constraints", {"without": ["z", "book"]}, "notebooks", R),
    ("constraints", {"without": ["z", "book"]}, "a book", W),
    ("constraints", {"without": ["z"]}, "Zoo", W),
    ("constraints", {"case": "lower"}, "all of it", R),
    ("constraints", {"case": "lower"}, "All of it", W),
    ("constraints", {"case": "upper"}, "ALL", R),
    ("constraints", {"case": "upper"}, "aLL", W),
    ("constraints", {"initials": "SU"}, "Sand\nunder", R),
    ("constraints", {"initials": "SU"}, "Sand\nover", W),
    ("constraints", {"matches": r"\d, \d"}, "1, 2", R),
    ("constraints", {"matches": r"\d, \d"}, "1, 2, 3", W),
]


@pytest.mark.parametrize(("check", "arguments", "answer", "expected"), CASES)
def test_grades(check: str, arguments: dict[str, Any], answer: str, expected: Grade) -> None:
    judged = judge(check, visible(answer), arguments)
    assert judged.grade is expected, judged
    assert bool(judged.reason) == (expected is not R)
    assert len(judged.reason) < 200


def test_every_check_and_constraint_is_tried_both_ways() -> None:
    for check in CHECKS:
        grades = {expected for name, _, _, expected in CASES if name == check}
        assert grades >= ({R, W} if check == "declines" else {R, W, X}), check
    for constraint in CHECKS["constraints"].optional:
        grades = {expected for name, given, _, expected in CASES if name == "constraints" and constraint in given}
        assert grades >= {R, W}, constraint


@pytest.mark.parametrize(
    ("check", "arguments", "answer", "is_open"),
    [
        ("exact", PARIS, "France has many beautiful cities, and of all of them the", True),
        ("exact", PARIS, "London", False),
        ("number", ANSWER, "Let me think about it", True),
        ("number", ANSWER, "There are 12 boxes with 100 each, and then a few more are added, so that", True),
        ("number", ANSWER, "Answer: 5", False),
        ("choice", LETTER, "The animal that feeds its young with milk is", True),
        ("choice", LETTER, "C", False),
        ("json", PERSON, '{"name": "Ada By', True),
        ("json", PERSON, '{"name": "Ada", "age": 36}', False),
        ("facts", MOVE, "In Ostby", True),
        ("constraints", {"contains": ["oven"]}, "Bread", True),
        ("constraints", {"case": "lower"}, "Bread", False),
    ],
)
def test_what_more_text_might_have_mended_is_open(
    check: str, arguments: dict[str, Any], answer: str, is_open: bool
) -> None:
    assert judge(check, answer, arguments).is_open is is_open


SAMPLES = {check: arguments for check, arguments, _, _ in CASES}


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.text(max_size=200), st.sampled_from(sorted(SAMPLES)))
def test_any_text_gets_a_grade(text: str, check: str) -> None:
    judged = judge(check, text, SAMPLES[check])
    assert judged.grade in Grade
    assert (judged.grade is R) == (judged.reason == "")


@settings(max_examples=200, derandomize=True, deadline=None)
@given(
    st.integers(-(10**9), 10**9), st.sampled_from(["{}", "{:,}", "= {}", "The answer is {:,}.", "{}.0", "**{}**"])
)
def test_a_number_is_read_however_it_is_written(value: int, form: str) -> None:
    assert judge("number", form.format(value), {"value": value}).grade is R
    assert judge("number", form.format(value + 1), {"value": value}).grade is W
