"""Prompts that are given, not made: the user's own, or one for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrial.prompts.files import OwnPrompt
    from seatrial.prompts.make import Messages


@dataclass(frozen=True, slots=True)
class OnePrompt:
    """Every request asks the same."""

    prompt: str

    def messages(self, index: int, input_tokens: int) -> Messages:  # noqa: ARG002  its length is what it is
        return (("user", self.prompt),)

    def max_tokens(self, index: int) -> int | None:  # noqa: ARG002
        return None


@dataclass(frozen=True, slots=True)
class FilePrompts:
    """The user's own prompts in their order, from the start again when they are used up; not empty."""

    prompts: tuple[OwnPrompt, ...]

    def messages(self, index: int, input_tokens: int) -> Messages:  # noqa: ARG002  their lengths are what they are
        return self.prompts[index % len(self.prompts)].messages

    def max_tokens(self, index: int) -> int | None:
        return self.prompts[index % len(self.prompts)].max_tokens
