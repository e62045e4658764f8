"""What can be counted or seen in an answer: a table of constraints, each a function that says what is wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from seatrial.domain.quality import Grade
from seatrial.quality.judged import RIGHT, Judged, wrong
from seatrial.quality.refusals import is_refusal
from seatrial.quality.text import holds, normalised

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BULLET = re.compile(r"^\s*[-*\u2022+]\s+\S")
_NUMBERED = re.compile(r"^\s*\d+[.)]\s+\S")
_SENTENCE_END = re.compile(r"[.!?]+(?=[\s\"\u201d')\u2019]|$)|[\u3002\uff01\uff1f]+")
_QUOTES = "\"'\u201c\u201d\u2018\u2019 "


def word_count(text: str) -> int:
    """Words as a person counts them: runs of letters and digits, apostrophes and hyphens within."""
    return len(re.findall(r"\w+(?:['\u2019.,-]\w+)*", text))


def sentence_count(text: str) -> int:
    """Pieces that end in a full stop, question or exclamation mark; a last one may lack it."""
    return sum(1 for part in _SENTENCE_END.split(text) if re.search(r"\w", part))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _count(what: str, count: Callable[[str], int]) -> Callable[[str, Any], str | None]:
    """Of [least, most], or one number for both."""

    def problem(text: str, wanted: Any) -> str | None:
        least, most = (wanted, wanted) if isinstance(wanted, int) else wanted
        found = count(text)
        asked = f"{least}" if least == most else f"{least} to {most}"
        return None if least <= found <= most else f"it has {found} {what}, not {asked}"

    return problem


def _starts_with(text: str, wanted: str) -> str | None:
    return (
        None
        if text.casefold().lstrip(_QUOTES).startswith(wanted.casefold())
        else f'it does not start with "{wanted}"'
    )


def _ends_with(text: str, wanted: str) -> str | None:
    return (
        None if text.casefold().rstrip(_QUOTES).endswith(wanted.casefold()) else f'it does not end with "{wanted}"'
    )


def _contains(text: str, wanted: list[str]) -> str | None:
    words = normalised(text)
    missing = [word for word in wanted if not holds(words, normalised(word))]
    return f'it lacks "{missing[0]}"' if missing else None


def _contains_any(text: str, wanted: list[str]) -> str | None:
    words = normalised(text)
    if any(holds(words, normalised(word)) for word in wanted):
        return None
    return "it has none of " + ", ".join(wanted[:4]) + (" ..." if len(wanted) > 4 else "")


def _without(text: str, unwanted: list[str]) -> str | None:
    """Single characters anywhere, longer ones as words."""
    low, words = text.casefold(), normalised(text)
    for word in unwanted:
        if (word.casefold() in low) if len(word) == 1 else holds(words, normalised(word)):
            return f'it has "{word}"'
    return None


def _case(text: str, wanted: str) -> str | None:
    cased = text.lower() if wanted == "lower" else text.upper()
    return None if text == cased else f"it is not all {wanted} case"


def _matches(text: str, pattern: str) -> str | None:
    return None if re.fullmatch(pattern, text) else "it is not of the form that was asked for"


def _initials(text: str, wanted: str) -> str | None:
    found = "".join(line[0] for line in _lines(text)).casefold()
    return None if found == wanted.casefold() else "its lines do not begin with the letters that were asked for"


# The order is that of complaint: the first that is not kept is named.
CONSTRAINTS: dict[str, tuple[str, Callable[[str, Any], str | None]]] = {
    "words": ("number of words", _count("words", word_count)),
    "sentences": ("number of sentences", _count("sentences", sentence_count)),
    "lines": ("number of lines that are not empty", _count("lines", lambda text: len(_lines(text)))),
    "bullets": (
        "number of lines that begin with a bullet",
        _count("bullet lines", lambda text: sum(1 for line in text.splitlines() if _BULLET.match(line))),
    ),
    "numbered": (
        "number of lines that begin with a number",
        _count("numbered lines", lambda text: sum(1 for line in text.splitlines() if _NUMBERED.match(line))),
    ),
    "parts": (
        "number of parts between commas",
        _count("parts between commas", lambda text: sum(1 for part in text.split(",") if part.strip())),
    ),
    "characters": ("number of characters", _count("characters", len)),
    "starts_with": ("its beginning", _starts_with),
    "ends_with": ("its end", _ends_with),
    "contains": ("words it must have", _contains),
    "contains_any": ("words of which it must have one", _contains_any),
    "without": ("words and single characters it must not have", _without),
    "case": ("lower or upper: all of it", _case),
    "initials": ("the first letters of its lines", _initials),
    "matches": ("a regular expression for the whole of it", _matches),
}

# A text that is too long only gets longer; one that has what it must not have keeps it.
_MORE_MAY_HELP = frozenset({"contains", "contains_any", "ends_with"})


def check_constraints(answer: str, arguments: Mapping[str, Any]) -> Judged:
    """Every constraint is kept. Here the form is what was asked, so breaking it is wrong, not misformed."""
    if is_refusal(answer):
        return Judged(Grade.REFUSED, "it refuses")
    text = answer.replace("**", "").strip()
    for name, (_, problem_of) in CONSTRAINTS.items():
        if name in arguments and (problem := problem_of(text, arguments[name])):
            return wrong(problem, is_open=name in _MORE_MAY_HELP)
    return RIGHT
