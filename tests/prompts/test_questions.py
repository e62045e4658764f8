from __future__ import annotations

from seatrial.domain.quality import Item
from seatrial.prompts.questions import Questions

ITEMS = tuple(Item(f"i{n}", "k", f"question {n}?", "declines", {}, "easy", max_tokens=10 * n) for n in (1, 2))


def test_each_is_asked_as_it_was_written_and_then_again() -> None:
    asked = Questions(ITEMS)
    prompts = [asked.messages(index, 128) for index in range(3)]
    assert prompts == [(("user", f"question {n}?"),) for n in (1, 2, 1)]
    assert [asked.max_tokens(index) for index in range(3)] == [10, 20, 10]


def test_room_for_reasoning_only_adds() -> None:
    assert [Questions(ITEMS, 15).max_tokens(index) for index in range(2)] == [15, 20]
