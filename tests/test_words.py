"""Lists and intervals as they stand in sentences."""

from __future__ import annotations

import pytest

from seatrial.units import format_s
from seatrial.words import joined, listed, ranged, ratio_told


@pytest.mark.parametrize(
    ("parts", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_a_list_ends_in_and(parts: list[str], text: str) -> None:
    assert joined(parts) == text


def test_a_long_list_says_how_many_more_there_are() -> None:
    assert listed("abc", 3) == "a, b, c"
    assert listed("abcd", 3) == "a, b, c and 1 more"
    assert listed("abcd", 2, sep="; ") == "a; b and 2 more"
    assert listed([], 3) == ""


def test_an_interval_is_in_the_unit_of_its_value() -> None:
    assert ranged(1.5, 1.0, 2.0, format_s) == "1.50 s [1.00 s, 2.00 s]"
    assert ranged(87.5, 81.0, 92.0, "{:.0f}".format, " %") == "88 % [81, 92]"


@pytest.mark.parametrize("ends", [(None, None), (1.0, None), (None, 2.0)])
def test_a_number_without_both_ends_says_so(ends: tuple[float | None, float | None]) -> None:
    assert ratio_told(1.5, *ends) == "1.50 [too short for an interval]"


def test_a_narrow_ratio_shows_on_which_side_of_1_it_lies() -> None:
    assert ratio_told(1.21, 1.17, 1.26) == "1.21 [1.17, 1.26]"
    assert ratio_told(1.004, 1.002, 1.006) == "1.004 [1.002, 1.006]"
