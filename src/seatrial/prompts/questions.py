"""Prompts that have a right answer: each request asks an item of a set, word for word, without a nonce."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrial.domain.quality import Item
    from seatrial.prompts.make import Messages


@dataclass(frozen=True, slots=True)
class Questions:
    """The items in their order, from the first again when they are used up; not empty.

    An answer may take its item's `max_tokens`, or `least_tokens` where that is more (room for reasoning).
    """

    items: tuple[Item, ...]
    least_tokens: int = 1

    def messages(self, index: int, input_tokens: int) -> Messages:  # noqa: ARG002  their lengths are what they are
        return (("user", self._item(index).prompt),)

    def max_tokens(self, index: int) -> int | None:
        return max(self._item(index).max_tokens, self.least_tokens)

    def _item(self, index: int) -> Item:
        return self.items[index % len(self.items)]
