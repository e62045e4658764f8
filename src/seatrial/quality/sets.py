"""Sets of questions: the one that comes with seatrial, in an order whose every beginning is a fair sample."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, TypeVar

import msgspec

from seatrial.domain.quality import QuestionSet
from seatrial.domain.traffic import BUILTIN_QUESTIONS
from seatrial.quality.items import read_items

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from seatrial.domain.quality import Item

_T = TypeVar("_T")


def builtin_set() -> QuestionSet:
    """The questions written for this project, from the files of the package."""
    data = files("seatrial.quality").joinpath("data")
    texts = {entry.name: entry.read_text("utf-8") for entry in data.iterdir() if entry.name.endswith(".jsonl")}
    return question_set(
        BUILTIN_QUESTIONS, [item for name in sorted(texts) for item in read_items(name, texts[name])]
    )


def own_set(name: str, text: str) -> QuestionSet:
    """The set in a user's file. Raises UsageError, see `read_items`."""
    return question_set(name, read_items(name, text))


def question_set(name: str, items: Iterable[Item]) -> QuestionSet:
    """The items in the order they are asked, with the digest of them all."""
    ordered = in_order(items)
    return QuestionSet(name, hashlib.sha256(msgspec.json.encode(ordered)).hexdigest(), ordered)


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """Kinds take turns, and within a kind difficulties do, so that any first n are a stratified sample."""
    by_kind: dict[str, list[Item]] = {}
    for item in items:
        by_kind.setdefault(item.kind, []).append(item)
    mixed = [item for kind in by_kind.values() for item in _spread(kind, lambda item: item.difficulty)]
    return tuple(_spread(mixed, lambda item: item.kind))


def _spread(values: list[_T], group_of: Callable[[_T], Hashable]) -> list[_T]:
    """`values` with each group spread evenly over the whole; within a group the order stays."""
    groups: dict[Hashable, list[_T]] = {}
    for value in values:
        groups.setdefault(group_of(value), []).append(value)
    placed = [
        ((place + 0.5) / len(group), number, value)
        for number, group in enumerate(groups.values())
        for place, value in enumerate(group)
    ]
    return [value for _, _, value in sorted(placed, key=lambda entry: entry[:2])]
