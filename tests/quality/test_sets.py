from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.domain.quality import Item
from seatrial.quality.sets import builtin_set, in_order, own_set, question_set

KINDS = {"a": 12, "b": 5, "c": 1}


def items(kinds: dict[str, int]) -> list[Item]:
    return [
        Item(f"{kind}{n}", kind, f"{kind}{n}?", "declines", {}, ("easy", "medium", "hard")[n % 3])
        for kind, count in kinds.items()
        for n in range(count)
    ]


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 30), min_size=1), st.data())
def test_every_beginning_is_a_stratified_sample(kinds: dict[str, int], data: st.DataObject) -> None:
    ordered = in_order(items(kinds))
    assert Counter(item.id for item in ordered) == Counter(item.id for item in items(kinds))
    first = data.draw(st.integers(1, len(ordered)))
    counts = Counter(item.kind for item in ordered[:first])
    for kind, count in kinds.items():
        share = first * count / len(ordered)
        assert abs(counts[kind] - share) <= 1 + len(kinds) / 2


def test_twenty_of_the_builtin_ones_are_of_all_kinds_and_difficulties() -> None:
    first = builtin_set().items[:20]
    assert {item.kind for item in first} == {item.kind for item in builtin_set().items}
    assert {item.difficulty for item in first} == {"easy", "medium", "hard"}


def test_the_digest_tells_sets_apart() -> None:
    some = items(KINDS)
    known = question_set("s", some)
    assert question_set("t", some).sha256 == known.sha256
    assert question_set("s", some[1:]).sha256 != known.sha256
    assert question_set("s", [replace(some[0], prompt="else?"), *some[1:]]).sha256 != known.sha256
    assert builtin_set() == builtin_set()


@pytest.mark.parametrize("name", ["own.jsonl", "x"])
def test_a_set_of_ones_own(name: str) -> None:
    line = '{"id": "a", "kind": "k", "prompt": "p?", "check": "declines"}'
    asked = own_set(name, line)
    assert (asked.name, asked.items[0].prompt) == (name, "p?")
