"""Questions out of JSON lines: every fault names the file, the line, the field, and what would do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from seatrial.domain.quality import Item
from seatrial.errors import UsageError, nearest
from seatrial.quality.arguments import KINDS
from seatrial.quality.checks import CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUIRED = ("id", "kind", "prompt", "check")
OPTIONAL = ("arguments", "difficulty", "language", "max_tokens")
DIFFICULTIES = ("easy", "medium", "hard")
MOST_TOKENS = 100_000
EXAMPLE = (
    '{"id": "capital-1", "kind": "facts", "prompt": "What is the capital of Peru? Answer with one word.", '
    '"check": "exact", "arguments": {"accept": ["Lima"]}}'
)
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def read_items(name: str, text: str) -> tuple[Item, ...]:
    """The items in `text`, one JSON object a line; empty lines are skipped.

    Raises UsageError naming `name`, the line and the field of the first fault, or when there is no item.
    """
    items: dict[str, Item] = {}
    for where, line in _lines(name, text):
        item = _item(_decoded(line, where), where)
        if item.id in items:
            raise UsageError(f'{where}: "id" {item.id!r} stands on an earlier line too', "each item needs its own")
        items[item.id] = item
    if not items:
        raise UsageError(f"{name} holds no question", f"write one a line, such as {EXAMPLE}")
    return tuple(items.values())


def _lines(name: str, text: str) -> Iterator[tuple[str, str]]:
    # split at newlines only: str.splitlines would also cut a prompt at U+2028 and its like
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if line.strip():
            yield f"{name}, line {number}", line.strip()


def _decoded(line: str, where: str) -> dict[str, Any]:
    try:
        entry = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError) as problem:
        raise UsageError(f"{where}: not JSON ({problem})", f"write {EXAMPLE}") from None
    if not isinstance(entry, dict):
        raise UsageError(f"{where}: not a JSON object", f"write {EXAMPLE}")
    return entry


def _item(entry: dict[str, Any], where: str) -> Item:
    for field in entry:
        if field not in (*REQUIRED, *OPTIONAL):
            raise UsageError(f'{where}: unknown field "{field}"', nearest(field, (*REQUIRED, *OPTIONAL)))
    for field in REQUIRED:
        if field not in entry:
            raise UsageError(f'{where}: has no "{field}"', f"needed: {', '.join(REQUIRED)}")
        _must(KINDS["text"].fits(entry[field]), where, field, KINDS["text"].expected)
    difficulty, language = entry.get("difficulty", "medium"), entry.get("language", "en")
    if difficulty not in DIFFICULTIES:
        raise UsageError(f'{where}: "difficulty" is {difficulty!r}', nearest(str(difficulty), DIFFICULTIES))
    is_language = isinstance(language, str) and _LANGUAGE.fullmatch(language) is not None
    _must(is_language, where, "language", "an ISO 639 code such as en")
    tokens = entry.get("max_tokens", 64)
    is_count = isinstance(tokens, int) and not isinstance(tokens, bool) and 1 <= tokens <= MOST_TOKENS
    _must(is_count, where, "max_tokens", f"a whole number from 1 to {MOST_TOKENS}")
    arguments = entry.get("arguments", {})
    _check_arguments(entry["check"], arguments, where)
    return Item(
        entry["id"], entry["kind"], entry["prompt"], entry["check"], arguments, difficulty, language, tokens
    )


def _check_arguments(check: str, arguments: Any, where: str) -> None:
    if check not in CHECKS:
        raise UsageError(f'{where}: "check" is {check!r}', nearest(check, CHECKS))
    _must(isinstance(arguments, dict), where, "arguments", "an object")
    row = CHECKS[check]
    known = row.required | row.optional
    for name, value in arguments.items():
        if name not in known:
            raise UsageError(f'{where}: check "{check}" has no argument "{name}"', nearest(name, known))
        _must(KINDS[known[name]].fits(value), where, f"arguments.{name}", KINDS[known[name]].expected)
    for name in row.required:
        if name not in arguments:
            raise UsageError(
                f'{where}: check "{check}" needs the argument "{name}"', KINDS[row.required[name]].expected
            )
    if check == "constraints" and not arguments:
        raise UsageError(f'{where}: check "constraints" needs an argument', f"one of {', '.join(row.optional)}")
    if check == "choice" and ord(arguments["value"]) - ord("A") >= len(arguments["options"]):
        raise UsageError(f'{where}: "arguments.value" is a letter beyond the options')
    if check == "label" and arguments["value"] not in arguments["labels"]:
        raise UsageError(
            f'{where}: "arguments.value" is not one of the labels', nearest(arguments["value"], arguments["labels"])
        )


def _must(holds: bool, where: str, field: str, expected: str) -> None:
    if not holds:
        raise UsageError(f'{where}: "{field}" must be {expected}')
