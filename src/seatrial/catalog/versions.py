"""Which rows of a table hold for an engine's version: from `since` on, and before `until`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrial.catalog.table import Row

Version = tuple[int, ...]
_YEARS = (2023, 2099)


NEWEST: Version = (10**9,)


@lru_cache(maxsize=512)
def version_key(text: str, engine: str = "") -> Version:
    """The numbers a version starts with, to compare by: "0.19.0" is (0, 19, 0), "b11434" is (11434,).

    llama.cpp counts builds; packages carry the build as their last number ("2026.10.11549"), or none at all
    ("b0-unknown", "0.6.0-dev"). What says nothing to compare (main, latest, no build) is taken to be the newest.
    """
    found = re.match(r"[a-z~ ]*(\d+(?:\.\d+)*)", text.strip().lower())
    if not found:
        return NEWEST
    numbers = tuple(int(part) for part in found[1].split("."))
    if engine != "llama.cpp":
        return numbers
    build = numbers[-1] if _YEARS[0] <= numbers[0] <= _YEARS[1] and len(numbers) > 1 else numbers[0]
    return (build,) if build else NEWEST


def holds(row: Row, version: str) -> bool:
    """Whether a row with columns `engine`, `since` and `until` holds for `version`."""
    engine, since, until = row["engine"], row["since"], row["until"]
    key = version_key(version, engine)
    return (since is None or key >= version_key(since, engine)) and (
        until is None or key < version_key(until, engine)
    )
