# ruff: noqa: RUF001  answers come in many scripts

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.quality.numbers import meant_number, numbers_in
from seatrial.quality.text import LONGEST_GRADED, final_answer, holds, normalised, set_apart, shown, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Paris", "Paris"),
        ("<think>Rome? No.</think>Paris", "Paris"),
        ("<thinking>Rome</thinking>\n\nParis\n", "Paris"),
        ("<THINK>a</THINK>x<think>b</think>y", "x y"),
        ("Rome? No.</think>\nParis", "Paris"),
        ("<think>It may be Rome", ""),
        ("Paris <think>or Rome", "Paris"),
        ("```\nParis\n```", "Paris"),
        ("```json\n{}\n```", "{}"),
        ("```json\n{}\n```\nThere.", "```json\n{}\n```\nThere."),
    ],
)
def test_what_is_seen_of_an_answer(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_megabytes_are_cut() -> None:
    assert len(visible("a" * 10**7)) == LONGEST_GRADED


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("The  Paris!", "paris"),
        ("L'eau", "eau"),
        ("the", "the"),
        ("Ｐａｒｉｓ", "paris"),
        ("São Paulo", "sao paulo"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("が", "が"),
        ("й", "й"),
        ("-4,5", "-4.5"),
        ("x-y", "x y"),
        ("3.", "3"),
        ("[1, 2]", "1 2"),
        ("## **Title**", "title"),
        ("snake_case", "snake case"),
    ],
)
def test_normalised(text: str, form: str) -> None:
    assert normalised(text) == form


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing_but_articles(text: str) -> None:
    once = normalised(text)
    assert once == " ".join(once.split())
    assert normalised(once) in (once, once.partition(" ")[2]) or not once.isascii()


def test_holds_whole_words() -> None:
    assert holds("the city of paris", "paris")
    assert not holds("a parisian", "paris")
    assert not holds("13 1", "3 1")
    assert holds("東京です", "東京")
    assert holds("это москва", "москва")
    assert not holds("москвич", "москва")
    assert not holds("anything", "")


def test_what_an_answer_marks() -> None:
    assert final_answer("The answer is 5. No: the answer is 6") == "6"
    assert final_answer(r"\boxed{5}") == "5"
    assert final_answer(r"\boxed{\text{Carl}}") == "Carl"
    assert final_answer(r"\boxed{43 \text{ eggs}}") == "43  eggs"
    assert final_answer(r"\boxed{\frac{1}{2}}") == "1/2"
    assert final_answer("Sentiment: positive\nIt is glad.") == "positive"
    assert final_answer("答案是 北京") == "北京"
    assert final_answer("Odpowiedź: tak") == "tak"
    assert final_answer("The answer to this question is yes.") == "yes."
    assert final_answer("Paris") is None
    assert final_answer("I cannot answer that") is None
    assert set_apart("Output:\nstart\nerror")[-1] == "start\nerror"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,234 and 5", [1234, 5]),
        ("1,23", [1.23]),
        ("1.234", [1.234]),
        ("1.234.567,8", [1234567.8]),
        ("1\u202f234", [1234]),
        ("-5 to +6", [-5, 6]),
        ("10-5", [10, 5]),
        ("x1 B2", []),
        ("v2.10.3", []),
        ("1e3", [1000]),
        ("1/4", [0.25]),
        ("5 %", [5]),
        ("9" * 400, [float("inf")]),
        ("12:30", []),
        ("at 9:00 from pier 3", [3]),
        ("Answer:5", [5]),
        (".5", [0.5]),
        ("共有24个", [24]),
        ("が7日です", [7]),
        ("v12 5", [5]),
        ("5 100 200", [5, 100, 200]),
    ],
)
def test_numbers(text: str, found: list[float]) -> None:
    assert numbers_in(text) == pytest.approx(found)


def test_the_number_that_is_meant() -> None:
    assert meant_number("5 apples and 6 pears make 11 pieces of fruit") == (11, True)
    assert meant_number("2 + 2 = 4") == (4, True)
    assert meant_number("1 234 567 km") == (1234567, True)
    assert meant_number("5 100 and then 7") == (7, True)
    assert meant_number("The answer is 5.\nThe answer is no other number.") == (5, True)
    assert meant_number("nothing") == (None, False)
    assert meant_number("Well, " * 20 + "7") == (7, False)


def test_shown_is_short_and_on_one_line() -> None:
    assert shown("a\nb") == "a b"
    assert len(shown("a" * 1000)) < 70
