"""Answers that nobody would give in good faith: each gets a grade, and its reason can be stored."""

from __future__ import annotations

import pytest

from seatrial.domain.quality import Grade, Item
from seatrial.quality.grading import grade
from seatrial.quality.sets import builtin_set
from seatrial.quality.text import LONGEST_GRADED, normalised, visible

ONE_OF_EACH = {item.check: item for item in builtin_set().items}
BOSSES = next(item for item in builtin_set().items if item.id == "extraction-16")
POINTS = next(item for item in builtin_set().items if item.id == "extraction-20")

# Each took minutes, or would, where a search is quadratic: a pattern, a copy of the rest, a list without its first.
LONG = {
    "marks": "answer: ",
    "articles": "a' ",
    "numbers": "1,111 ",
    "fractions": "1 / ",
    "boxes": "\\boxed{",
    "fences": "```a\n",
    "thoughts": "</think>",
    "brackets": "[",
    "objects": '{"a":',
    "options": "(A)\n(B) ",
    "refusals": "sorry i ",
    "half characters": "\ud800",
    "zero bytes": "\x00\x01 1",
    "marks on a letter": "a\u0301\u0316",
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_answer_gets_a_grade(name: str) -> None:
    text = LONG[name] * (100_000 // len(LONG[name]))
    for item in ONE_OF_EACH.values():
        graded = grade(item, text=text)
        assert graded.grade is not Grade.RIGHT, item.id
        assert len(graded.reason.encode()) < 500


@pytest.mark.parametrize("depth", [64, 500, 900, 950, 980, 990, 1000, 9000])
@pytest.mark.parametrize("nested", [("[", "]"), ('{"a":', "}")])
def test_deep_json_gets_a_grade(nested: tuple[str, str], depth: int) -> None:
    deep = f"{nested[0] * depth}1{nested[1] * depth}"
    graded = grade(BOSSES, text=f'{{"reports": {{"Roy": {deep}, "Day": "Tan", "Fox": "Roy"}}}}')
    assert graded.grade in (Grade.WRONG, Grade.MISFORMED)


@pytest.mark.parametrize("number", ["9" * 4000, "-" + "9" * 4000, "1e999", "9" * 5000])
def test_a_number_beyond_all_bounds_is_not_right(number: str) -> None:
    graded = grade(POINTS, text=f'[{{"lat": {number}, "lon": 13.4}}, {{"lat": -33.87, "lon": 151.21}}]')
    assert graded.grade in (Grade.WRONG, Grade.MISFORMED)


def test_a_reason_can_be_stored() -> None:
    item = Item("x", "k", "?", "json", {"schema": {}, "value": "a"}, "easy")
    graded = grade(item, text=r'"\ud800\u0000"')
    assert graded.grade is Grade.WRONG
    assert graded.reason.encode()


def test_a_thought_of_any_length_is_no_part_of_what_is_cut() -> None:
    assert visible(f"<think>{'Well. ' * LONGEST_GRADED}</think>Paris") == "Paris"


def test_articles_alone_keep_the_last() -> None:
    assert [normalised(text) for text in ("the a", "a the sea", "la la la", "")] == ["a", "sea", "la", ""]
