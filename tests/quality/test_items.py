from __future__ import annotations

import json
from typing import Any

import pytest

from seatrial.domain.quality import Item
from seatrial.errors import EXIT_USAGE, UsageError
from seatrial.quality.checks import CHECKS
from seatrial.quality.items import EXAMPLE, read_items

GOOD: dict[str, Any] = {
    "id": "a", "kind": "facts", "prompt": "Capital of Peru?", "check": "exact", "arguments": {"accept": ["Lima"]},
}  # fmt: skip


def line(**changes: Any) -> str:
    entry = GOOD | changes
    return json.dumps({key: value for key, value in entry.items() if value is not ...})


def test_an_item_and_its_defaults() -> None:
    (item,) = read_items("own.jsonl", "\ufeff" + line() + "\n\n")
    assert item == Item("a", "facts", "Capital of Peru?", "exact", {"accept": ["Lima"]}, "medium", "en", 64)
    assert read_items("own.jsonl", EXAMPLE)[0].check == "exact"


def test_everything_can_be_said() -> None:
    (item,) = read_items("own.jsonl", line(difficulty="hard", language="de", max_tokens=7))
    assert (item.difficulty, item.language, item.max_tokens) == ("hard", "de", 7)


# the second line -> what is said of it
FAULTS: dict[str, tuple[str, str, str]] = {
    "no JSON": ("{", "not JSON", '"id"'),
    "a deep one": ("[" * 100_000, "not JSON", '"id"'),
    "no object": ("[]", "not a JSON object", '"id"'),
    "a slip": (line(promt="x"), 'unknown field "promt"', 'did you mean "prompt"?'),
    "no prompt": (line(prompt=...), 'has no "prompt"', "id, kind, prompt, check"),
    "an empty prompt": (line(prompt=" "), '"prompt" must be a text', ""),
    "a check": (line(check="exakt"), "\"check\" is 'exakt'", 'did you mean "exact"?'),
    "arguments": (line(arguments=[]), '"arguments" must be an object', ""),
    "an argument": (line(arguments={"acept": ["x"]}), 'check "exact" has no argument "acept"', '"accept"'),
    "no argument": (line(arguments={}), 'needs the argument "accept"', "a list of texts"),
    "a kind of argument": (line(arguments={"accept": "Lima"}), '"arguments.accept" must be a list of texts', ""),
    "an empty list": (line(arguments={"accept": []}), '"arguments.accept" must be a list of texts', ""),
    "difficulty": (line(difficulty="heavy"), "\"difficulty\" is 'heavy'", "easy"),
    "language": (line(language="English"), '"language" must be an ISO 639 code', ""),
    "max_tokens": (line(max_tokens=0), '"max_tokens" must be a whole number from 1', ""),
    "truth for a number": (line(max_tokens=True), '"max_tokens" must be a whole number from 1', ""),
    "twice": (line(id="z"), "stands on an earlier line too", "its own"),
    "letter": (
        line(check="choice", arguments={"value": "C", "options": ["x", "y"]}),
        "a letter beyond the options",
        "",
    ),
    "no letter": (
        line(check="choice", arguments={"value": "yes", "options": ["x", "y"]}),
        '"arguments.value" must be a letter from A to H',
        "",
    ),
    "label": (line(check="label", arguments={"value": "ja", "labels": ["yes", "no"]}), "not one of the labels", ""),
    "no constraint": (line(check="constraints", arguments={}), "needs an argument", "words"),
    "a range": (line(check="constraints", arguments={"words": [5, 2]}), "or [least, most]", ""),
    "a pattern": (line(check="constraints", arguments={"matches": "("}), "must be a regular expression", ""),
    "a schema": (
        line(check="json", arguments={"schema": {"minimum": 1}, "value": 1}),
        '"arguments.schema" must be a schema of type',
        "",
    ),
    "a type": (
        line(check="json", arguments={"schema": {"type": "text"}, "value": 1}),
        '"arguments.schema" must be a schema of type',
        "",
    ),
    "a truth": (line(check="number", arguments={"value": True}), '"arguments.value" must be a number', ""),
    "a fact": (line(check="facts", arguments={"facts": ["x"]}), "a list of lists of texts", ""),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_its_line(name: str) -> None:
    text, said, hint = FAULTS[name]
    with pytest.raises(UsageError) as caught:
        read_items("own.jsonl", line(id="z") + "\n" + text)
    assert caught.value.message.startswith("own.jsonl, line 2: ")
    assert said in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == EXIT_USAGE


def test_no_question_at_all() -> None:
    with pytest.raises(UsageError, match=r"own\.jsonl holds no question"):
        read_items("own.jsonl", "\n  \n")


@pytest.mark.parametrize("check", CHECKS)
def test_arguments_are_of_kinds_there_are(check: str) -> None:
    from seatrial.quality.arguments import KINDS

    assert set((CHECKS[check].required | CHECKS[check].optional).values()) <= set(KINDS)
