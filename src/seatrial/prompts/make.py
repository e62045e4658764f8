"""Prompts of any token length, the same for each candidate and process, and never twice the same.

A request has a number, made of its series (the workload) and its index there. In mixed order that number is
spelt out in `CODE_WORDS` words, lowest digit first, so two requests differ by construction, neighbours in the
very first word, and no prefix cache can help. A nonce moves the numbers of one run away from those of every
other. The other words come from a hash of seed and number: cheap, alike on every platform and release.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.traffic import Prefix
from seatrial.prompts.words import WORDS

if TYPE_CHECKING:
    from seatrial.prompts.calibrate import Calibration

Messages = tuple[tuple[str, str], ...]

CODE_WORDS = 5
CODES = len(WORDS) ** CODE_WORDS
SERIES_REQUESTS = 2**32
MAX_SERIES = CODES // SERIES_REQUESTS - 1
_MIX = 6_364_136_223_847  # odd and no multiple of 5, so numbers modulo CODES (2s and 5s) are only shuffled

INSTRUCTION = ("Write", "a", "very", "long", "story", "that", "uses", "all", "of", "these", "words")
SHORT_INSTRUCTION = ("Write", "a", "long", "story")


@dataclass(frozen=True, slots=True)
class PromptMaker:
    """What request `index` of one workload asks.

    `series` tells the workloads of a run apart (0 to `MAX_SERIES`): give each its own, or they repeat each other.
    `nonce` tells runs apart: with the same one, a second run would find its prompts in the server's prefix cache.
    """

    seed: int
    calibration: Calibration
    prefix: Prefix = Prefix.UNIQUE
    series: int = 0
    nonce: str = ""

    def messages(self, index: int, input_tokens: int) -> Messages:
        """One user message that the server should count as `input_tokens`, chat template included."""
        words = self.calibration.words_for(input_tokens)
        return make_prompt(self.seed, self.series, index, words, prefix=self.prefix, nonce=self.nonce)

    def max_tokens(self, index: int) -> int | None:  # noqa: ARG002  made prompts leave it to the workload
        return None


def make_prompt(
    seed: int, series: int, index: int, words: int, *, prefix: Prefix = Prefix.UNIQUE, nonce: str = ""
) -> Messages:
    """One user message of exactly `words` words (at least one), ending in the instruction where there is room.

    UNIQUE: the first words tell requests apart. SHARED: all begin alike, only the last words tell them apart.
    Up to 2**32 requests of a series are unique from `CODE_WORDS` words on, any 400 neighbours from one word on.
    """
    instruction = _instruction(words)
    room = words - len(instruction)
    code = _code(f"{nonce}{seed}", series, index)[:room]
    fill = room - len(code)
    if prefix is Prefix.SHARED:
        chosen = [*_random_words(f"{seed}", fill), *code]
    else:
        chosen = [*code, *_random_words(f"{seed}/{series}/{index}", fill)]
    return (("user", " ".join((*chosen, *instruction))),)


def _instruction(words: int) -> tuple[str, ...]:
    """The longest one that leaves half the prompt to its random words."""
    for instruction in (INSTRUCTION, SHORT_INSTRUCTION):
        if words >= 2 * len(instruction):
            return instruction
    return ()


def _code(key: str, series: int, index: int) -> list[str]:
    """The request's number as words, lowest digit first."""
    start = int.from_bytes(_hash(f"{key}/code", 8), "little")
    rest = ((series * SERIES_REQUESTS + index) * _MIX + start) % CODES
    code = []
    for _ in range(CODE_WORDS):
        rest, digit = divmod(rest, len(WORDS))
        code.append(WORDS[digit])
    return code


def _random_words(key: str, count: int) -> list[str]:
    # 16 bits modulo 400 favours the first words by 0.6 %, which no prompt notices
    picks = np.frombuffer(_hash(key, 2 * count), "<u2") % len(WORDS)
    return [WORDS[pick] for pick in picks.tolist()]


def _hash(key: str, size: int) -> bytes:
    return hashlib.shake_128(key.encode()).digest(size)
