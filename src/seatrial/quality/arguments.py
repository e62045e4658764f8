"""The arguments of checks, looked at before anything is asked: what each kind takes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from seatrial.quality.json_check import SCHEMA_KEYS, TYPES

if TYPE_CHECKING:
    from collections.abc import Callable


class Kind(NamedTuple):
    """`expected` ends the sentence "must be ..."."""

    expected: str
    fits: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_text(text) for text in value)


def _is_count(value: Any) -> bool:
    if _is_whole(value):
        return True
    return isinstance(value, list) and len(value) == 2 and all(map(_is_whole, value)) and value[0] <= value[1]


def _is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError):
        return False
    return _is_text(value)


def _is_schema(value: Any) -> bool:
    """Nothing in it but what is looked at."""
    if not isinstance(value, dict) or not set(value) <= set(SCHEMA_KEYS):
        return False
    types = value.get("type", "object")
    names = types if isinstance(types, list) else [types]
    inner = [*value.get("properties", {}).values(), *([value["items"]] if "items" in value else [])]
    return all(name in TYPES for name in names) and all(_is_schema(schema) for schema in inner)


KINDS: dict[str, Kind] = {
    "any": Kind("a JSON value", lambda _: True),
    "number": Kind("a number", _is_number),
    "whole number": Kind("a whole number", _is_whole),
    "count": Kind("a whole number, or [least, most]", _is_count),
    "text": Kind("a text that is not empty", _is_text),
    "texts": Kind("a list of texts, not empty", _are_texts),
    "lists of texts": Kind(
        "a list of lists of texts: the spellings of each fact",
        lambda value: isinstance(value, list) and bool(value) and all(_are_texts(entry) for entry in value),
    ),
    "flag": Kind("true or false", lambda value: isinstance(value, bool)),
    "letter": Kind("a letter from A to H", lambda value: isinstance(value, str) and value in tuple("ABCDEFGH")),
    "lower or upper": Kind('"lower" or "upper"', lambda value: value in ("lower", "upper")),
    "pattern": Kind("a regular expression", _is_pattern),
    "schema": Kind(f"a schema of {', '.join(SCHEMA_KEYS)}", _is_schema),
}
