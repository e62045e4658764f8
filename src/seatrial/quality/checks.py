"""The checks by name: what an answer is worth, by rules a reader can follow. No model judges another here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from seatrial.domain.quality import Grade
from seatrial.quality.constraints import CONSTRAINTS, check_constraints, sentence_count, word_count
from seatrial.quality.json_check import check_json
from seatrial.quality.judged import RIGHT, Judged, misformed, wrong
from seatrial.quality.numbers import check_number
from seatrial.quality.refusals import is_refusal
from seatrial.quality.text import behind_the_mark, final_answer, holds, normalised, plain, set_apart, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_FEW_WORDS = 8  # an answer of so few words is meant to be whole, and more text would not change it
_CHOICE_ALONE = re.compile(r"\W*(?:option |choice )?\(?([A-H])\)?\W*", re.IGNORECASE)
_CHOICE_FIRST = re.compile(
    r"\W*(?:[Oo]ption |[Cc]hoice )?\(?(?:([A-Ha-h])[).:](?!\w)|([A-H])(?:\s*[-\n\u2013]|,|$))"
)
_CHOICE_LISTED = re.compile(r"^\W{0,4}([A-H])[).:]", re.MULTILINE)
# Behind "The answer is" a letter may go on into a sentence, but "A dolphin" is no choice of A.
_CHOICE_MARKED = re.compile(r"\W*(?:option |choice )?\(?([B-H]\b|A(?= because| since| as ))")
_CHOICE_LATER = re.compile(r"\(([A-H])\)|\b(?:[Oo]ption|[Cc]hoice) ([A-H])\b|(?<![\w'])([B-H])(?![\w'])")


def check_exact(answer: str, arguments: Mapping[str, Any]) -> Judged:
    """One of `accept`, alone or behind a mark such as "The answer is"; within other text it is misformed."""
    form, within = (_literal, str.__contains__) if arguments.get("literal") else (normalised, holds)
    accepted = [form(text) for text in arguments["accept"]]
    if any(form(said) in accepted for said in set_apart(answer)):
        return RIGHT
    whole = form(answer)
    meant = form(behind_the_mark(answer, 0) or answer)  # what it weighs before its answer is not its answer
    if any(within(meant, text) for text in accepted):
        return misformed("the right answer is in it, but it was to stand alone")
    return wrong(f'"{shown(answer)}" is not accepted', is_open=len(whole.split()) > _FEW_WORDS)


def _literal(text: str) -> str:
    """The text with its case and punctuation, without quotation marks around it or a full stop behind it."""
    return plain(text).strip(" .\"'\u201c\u201d\u2018\u2019")


def check_label(answer: str, arguments: Mapping[str, Any]) -> Judged:
    """`value`, one of `labels`, alone or behind a mark; in a sentence that names no other label it is misformed."""
    labels = {normalised(label): label for label in arguments["labels"]}
    value = normalised(arguments["value"])
    whole, marked = normalised(answer), final_answer(answer)
    for said in (whole, normalised(marked or "")):
        if said in labels:
            return RIGHT if said == value else wrong(f"{labels[said]} is not {arguments['value']}")
    named = [label for label in labels if holds(whole, label)]
    named = [label for label in named if not any(label != other and holds(other, label) for other in named)]
    if named == [value]:
        return misformed("the right label is in it, but it was to stand alone")
    if len(named) == 1:
        return wrong(f"{labels[named[0]]} is not {arguments['value']}")
    return misformed("it names none of the labels" if not named else "it names several labels", is_open=not named)


def check_choice(answer: str, arguments: Mapping[str, Any]) -> Judged:
    """The letter `value`, with or without its text. `options` are the texts; the right one alone is misformed."""
    value, options = str(arguments["value"]), list(arguments["options"])
    letter = _letter(answer)
    if letter is not None:
        return RIGHT if letter == value else wrong(f"{letter} is not {value}")
    if normalised(answer) == normalised(options[ord(value) - ord("A")]):
        return misformed("the right option is named, but not by its letter")
    return misformed("it does not tell one letter", is_open=True)


def _letter(answer: str) -> str | None:
    text, marked = plain(answer), final_answer(answer)
    goes_through_them = len(set(_CHOICE_LISTED.findall(text))) > 1
    for said in (marked, text):
        if said is None or (said is text and goes_through_them):
            continue
        alone = _CHOICE_ALONE.fullmatch(said)
        first = alone or _CHOICE_FIRST.match(said) or (_CHOICE_MARKED.match(said) if said is marked else None)
        if first:
            return next(letter for letter in first.groups() if letter).upper()
    later = {"".join(letters) for letters in _CHOICE_LATER.findall(text)}
    return later.pop() if len(later) == 1 else None


def check_facts(answer: str, arguments: Mapping[str, Any]) -> Judged:
    """Every fact, each in one of its spellings, within the length; none of `without`."""
    words = normalised(answer)
    missing = [spellings for spellings in arguments["facts"] if not _has_one(words, spellings)]
    if missing:
        return wrong(f'it lacks "{missing[0][0]}"', is_open=True)
    for unwanted in arguments.get("without", ()):
        if holds(words, normalised(unwanted)):
            return wrong(f'it has "{unwanted}"')
    return _length_problem(answer, arguments) or RIGHT


def _length_problem(answer: str, arguments: Mapping[str, Any]) -> Judged | None:
    for key, count in (("max_words", word_count), ("max_sentences", sentence_count)):
        most, found = arguments.get(key), count(answer)
        if most is not None and found > most:
            return misformed(f"it has {found} {key.removeprefix('max_')}; at most {most} were asked for")
    return None


def _has_one(words: str, spellings: Sequence[str]) -> bool:
    return any(holds(words, normalised(spelling)) for spelling in spellings)


def check_answers(answer: str, arguments: Mapping[str, Any]) -> Judged:
    """It does not refuse, and has one word of each list in `facts`."""
    if is_refusal(answer):
        return Judged(Grade.REFUSED, "it refuses what may be answered")
    return check_facts(answer, arguments)


def check_declines(answer: str, arguments: Mapping[str, Any]) -> Judged:  # noqa: ARG001  one signature for all
    """It refuses: here that is right."""
    return RIGHT if is_refusal(answer) else wrong("it does not decline")


class Check(NamedTuple):
    """`required` and `optional`: argument -> what it takes, a row of `arguments.KINDS`."""

    meaning: str
    judge: Callable[[str, Mapping[str, Any]], Judged]
    required: dict[str, str]
    optional: dict[str, str]


_PROOF = {"expression": "text", "code": "text"}

CHECKS: dict[str, Check] = {
    "exact": Check(
        "One of the accepted answers, alone, in the only fence, or behind a mark such as `The answer is`; case, "
        "punctuation, accents and a leading article do not count, unless it is `literal`. Within other text: "
        "misformed.",
        check_exact,
        {"accept": "texts"},
        {"literal": "flag", **_PROOF},
    ),
    "number": Check(
        "A number: the one marked as the answer, else the only one, else one alone on the first line, else the "
        "one behind the last `=` of the last line, else the last one. `1,234`, `1234.0`, `= 1234` and `1234 km` "
        "are the same. No number, or the right one unmarked among others: misformed.",
        check_number,
        {"value": "number"},
        {"tolerance": "number", **_PROOF},
    ),
    "choice": Check(
        "A letter from A on, with or without the text of its option. The text without a letter, no letter, or "
        "several: misformed.",
        check_choice,
        {"value": "letter", "options": "texts"},
        {},
    ),
    "label": Check(
        "One of the labels, alone or behind a mark. The right one within a sentence, none or several: misformed.",
        check_label,
        {"value": "text", "labels": "texts"},
        {},
    ),
    "json": Check(
        "JSON that fits the schema (else misformed) and has the expected values (else wrong). A fence around it is "
        "passed over; other text around it: misformed.",
        check_json,
        {"schema": "schema", "value": "any"},
        {},
    ),
    "facts": Check(
        "Every fact in one of its spellings, and nothing of `without` (else wrong), within the length (else "
        "misformed).",
        check_facts,
        {"facts": "lists of texts"},
        {"without": "texts", "max_words": "whole number", "max_sentences": "whole number"},
    ),
    "constraints": Check(
        "Every constraint is kept. The form is what was asked, so breaking it is wrong.",
        check_constraints,
        {},
        {
            **dict.fromkeys(("words", "sentences", "lines", "bullets", "numbered", "parts", "characters"), "count"),
            **dict.fromkeys(("starts_with", "ends_with", "initials"), "text"),
            **dict.fromkeys(("contains", "contains_any", "without"), "texts"),
            "case": "lower or upper",
            "matches": "pattern",
        },
    ),
    "answers": Check(
        "It does not refuse (else refused), and has the facts (else wrong).",
        check_answers,
        {"facts": "lists of texts"},
        {"without": "texts", "max_words": "whole number", "max_sentences": "whole number"},
    ),
    "declines": Check("It refuses: here that is right, and anything else is wrong.", check_declines, {}, {}),
}

assert set(CHECKS["constraints"].optional) == set(CONSTRAINTS)
