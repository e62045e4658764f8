"""How many words make how many tokens on one server, found by asking it and checked on other prompts.

No tokenizer is downloaded: the server's own count is the truth. `calibration` decides what to ask and knows no
server: it yields probe prompts and is sent the counts, so one decision serves every way of counting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, NamedTuple, Self

from seatrial.prompts.make import MAX_SERIES, Messages, make_prompt

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

TOLERANCE_RATIO = 0.02
TOLERANCE_TOKENS = 2
PROBES_PER_LENGTH = 4
LONG_TOKENS = 1024  # from here on one prompt that fits is proof enough: each costs the server real work
CUT_RATIO = 0.75  # a count this far below the expected one is no matter of words: the server cut the prompt
FEW_WORDS, MORE_WORDS = 8, 64
PROBE_SERIES = MAX_SERIES  # no workload uses it: a probe never fills a cache for a request


class Line(NamedTuple):
    """tokens = `overhead_tokens` + `tokens_per_word` * words."""

    overhead_tokens: float
    tokens_per_word: float

    @classmethod
    def through(cls, words: int, tokens: int, more_words: int, more_tokens: int) -> Self:
        slope = (more_tokens - tokens) / (more_words - words)
        return cls(tokens - slope * words, slope)

    def tokens(self, words: int) -> float:
        return self.overhead_tokens + self.tokens_per_word * words

    def words(self, tokens: int) -> int:
        return max(1, round((tokens - self.overhead_tokens) / self.tokens_per_word))


ASSUMED = Line(overhead_tokens=0.0, tokens_per_word=1.0)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How long prompts must be on one server.

    `source` says where the counts came from (usage.prompt_tokens, prompt_eval_count, /tokenize), set by whoever
    asked the server; None when it counts nothing and one token per word is assumed. `words`: asked length -> words
    that make it; `achieved`: asked length -> tokens counted, of several probes the one farthest off. `exact`: each
    asked length is met within 2 % or 2 tokens. `line` serves every other length.
    """

    line: Line = ASSUMED
    source: str | None = None
    words: dict[int, int] = field(default_factory=dict)
    achieved: dict[int, int] = field(default_factory=dict)
    exact: bool = False
    notes: tuple[str, ...] = ()

    @property
    def overhead_tokens(self) -> float:
        """What the chat template adds to the words of a prompt."""
        return self.line.overhead_tokens

    def words_for(self, input_tokens: int) -> int:
        """Words that make `input_tokens` tokens, as near as is known; at least one."""
        known = self.words.get(input_tokens)
        return self.line.words(input_tokens) if known is None else known


UNCOUNTED = Calibration(notes=("the server does not count prompt tokens: one token per word is assumed",))


def fits(asked: int, counted: int) -> bool:
    """Whether `counted` tokens are within 2 % or 2 tokens of `asked`."""
    return abs(counted - asked) <= max(TOLERANCE_TOKENS, TOLERANCE_RATIO * asked)


def calibration(lengths: Iterable[int], seed: int) -> Generator[Messages, int | None, Calibration]:
    """Yields probe prompts, is sent the server's count of each (None: it does not count), returns the result.

    Two short probes give a line; each length is then tried along it, shortest first, and the line is drawn anew
    through what was counted, so that a long length rarely costs more than one probe.
    """
    probe = _Probes(seed)
    few = yield probe(FEW_WORDS)
    more = yield probe(MORE_WORDS)
    if few is None or more is None or more <= few:
        return UNCOUNTED
    line = Line.through(FEW_WORDS, few, MORE_WORDS, more)
    found: dict[int, _Found] = {}
    wanted = sorted(set(lengths))
    for asked in wanted:
        best = yield from _search(asked, line, probe)
        if best is None:
            break
        found[asked] = best
        if best.cut:
            break  # what is longer would be cut as well
        if best.words > MORE_WORDS:
            line = Line.through(FEW_WORDS, few, best.words, best.tokens)
    return Calibration(
        line,
        words={asked: best.words for asked, best in found.items()},
        achieved={asked: best.tokens for asked, best in found.items()},
        exact=all(asked in found and fits(asked, found[asked].tokens) for asked in wanted),
        notes=tuple(note for asked, best in found.items() if (note := _note(asked, best))),
    )


class _Found(NamedTuple):
    words: int
    tokens: int
    cut: bool = False


class _Probes:
    """Random prompts for counting, each another one."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._numbers = count()

    def __call__(self, words: int) -> Messages:
        return make_prompt(self._seed, PROBE_SERIES, next(self._numbers), words)


def _search(asked: int, line: Line, probe: _Probes) -> Generator[Messages, int | None, _Found | None]:
    """The words whose prompts come nearest to `asked`, with their worst count; None: it stopped counting."""
    worst: dict[int, int] = {}
    proofs = 1 if asked >= LONG_TOKENS else 2
    words = line.words(asked)
    for _ in range(PROBES_PER_LENGTH):
        tokens = yield probe(words)
        if tokens is None:
            return None
        if tokens < CUT_RATIO * line.tokens(words):
            return _Found(words, tokens, cut=True)
        worst[words] = max(tokens, worst.get(words, tokens), key=lambda counted: abs(counted - asked))
        if fits(asked, tokens):
            proofs -= 1
            if not proofs:
                break
            continue
        words = max(1, words + round((asked - tokens) / line.tokens_per_word))
        if words in worst:
            break  # as near as whole words come
    best = min(worst, key=lambda tried: abs(worst[tried] - asked))
    return _Found(best, worst[best])


def _note(asked: int, found: _Found) -> str:
    """What a user must know about a length that was not met; empty when it was."""
    if found.cut:
        return f"prompts of {asked} tokens were cut: the server counted {found.tokens}, its context is shorter"
    if fits(asked, found.tokens):
        return ""
    if found.words == 1:
        return (
            f"{asked} input tokens cannot be had: the shortest prompt with its chat template counts {found.tokens}"
        )
    return f"{asked} input tokens are missed: the nearest prompt counts {found.tokens}"
