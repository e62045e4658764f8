"""Numbers out of answers: which one is meant, and what it is worth."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seatrial.domain.quality import Grade
from seatrial.quality.judged import RIGHT, Judged, misformed
from seatrial.quality.text import marked_answers, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

TOLERANCE = 1e-12
_SHORT_WORDS = 12  # an answer of so few words is meant to be whole

# Chinese and Japanese write no spaces around numbers.
_NO_WORD = r"(?<![A-Za-z0-9_.,\u00c0-\u02af\u0370-\u052f])"
# 1,234,567.5 and 1'234 and 1.234.567, 3/4, 12,5, 1e3; a sign only where no word or number ends. A time
# of day (12:30) is no number.
_NUMBER = re.compile(
    rf"{_NO_WORD}(?<!\d:)[-+\u2212]?\$?(?>"
    r"\d{1,3}(?:[,'\u2019\u00a0\u202f]\d{3})+(?:\.\d+)?(?!\d)"
    r"|\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?(?!\d)"
    r"|(?:\d+(?:[.,]\d+)?|\.\d+)(?:[eE][-+]?\d{1,3})?"
    r")(?!:\d)(?:\s?/\s?\d+(?![\d.]))?"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:[,'\u2019\u00a0\u202f]\d{3})+(?:\.\d+)?")
_SPACED = re.compile(r"(?<![\w.,])\d{1,3}(?: \d{3})+(?!\d)")  # only where the answer holds nothing else of digits
_ALONE = re.compile(r"[=$\s]*[-+]?\d(?:[\d.,']*\d)?[.!\s]*")
_EQUALS = re.compile(r"(?<![=!<>])=(?!=)")
_POINTS = re.compile(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?")


def numbers_in(text: str) -> list[float]:
    """All numbers in order. A comma before exactly three digits parts thousands, else it is a decimal comma."""
    return [value for match in _NUMBER.finditer(text) if (value := _value(match.group())) is not None]


def _value(text: str) -> float | None:
    text = text.replace("\u2212", "-").replace("$", "").replace(" / ", "/")
    whole, _, below = text.partition("/")
    sign = -1 if whole.startswith("-") else 1
    digits = whole.lstrip("+-").strip()
    if _THOUSANDS.fullmatch(digits):
        digits = re.sub(r"[^\d.]", "", digits)
    elif _POINTS.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    try:
        value = sign * float(digits.replace(",", "."))
        return value / float(below) if below else value
    except (ValueError, ZeroDivisionError, OverflowError):
        return None


def meant_number(answer: str) -> tuple[float | None, bool]:
    r"""The number an answer gives, and whether it says so itself.

    In this order: the one it marks ("the answer is 42", `\boxed{42}`), its only one, one alone on the first line,
    the one behind the last "=" of the last line, its last one. An answer that marks nothing and runs on has not
    said so.
    """
    for marked in reversed(marked_answers(answer)):
        if found := numbers_in(marked):
            return (found[-1] if "=" in marked else found[0]), True
    text = plain(answer)
    spaced = _SPACED.findall(text)
    if len(spaced) == 1 and not re.search(r"\d", text.replace(spaced[0], "")):
        return float(spaced[0].replace(" ", "")), True
    found = numbers_in(text)
    if not found:
        return None, False
    is_short = len(text.split()) <= _SHORT_WORDS
    if len(set(found)) == 1:
        return found[0], is_short
    first = text.partition("\n")[0]
    if _ALONE.fullmatch(first):
        return found[0], True
    equals = _EQUALS.split(text.splitlines()[-1])
    after = numbers_in(equals[-1]) if len(equals) > 1 else []
    return (after[0] if after else found[-1]), is_short


def check_number(answer: str, arguments: Mapping[str, object]) -> Judged:
    """`value` within `tolerance` (absolute; default: equal but for rounding)."""
    value, tolerance = _float(arguments["value"]), _float(arguments.get("tolerance", 0.0))
    found, is_said = meant_number(answer)
    if found is None:
        return misformed("there is no number in it", is_open=True)
    tolerance += TOLERANCE * max(1.0, abs(value))
    if abs(found - value) <= tolerance:
        return RIGHT
    if not _marks_one(answer) and any(abs(number - value) <= tolerance for number in _told_first(answer)):
        return misformed("the right number is in it, among others", is_open=not is_said)
    return Judged(Grade.WRONG, f"{found:.12g} is not {value:.12g}", is_open=not is_said)


def _marks_one(answer: str) -> bool:
    return any(numbers_in(marked) for marked in marked_answers(answer))


def _told_first(answer: str) -> list[float]:
    """The numbers that an answer may have meant, though it ends in another ("There are 15 primes below 50")."""
    text = plain(answer)
    last = text.splitlines()[-1]
    if len(set(numbers_in(last))) == 1 or _EQUALS.search(last):
        return numbers_in(re.split(r"[/=]", text)[0])[:1]
    return numbers_in(text)


def _float(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)
