"""What the samples of a workload tell of an engine's steps: how long they took, and what was in them.

Two kinds of moments are told apart, for every request by itself and for all that were in flight with it:

decoding   nobody waits for a first token: a gap between two tokens of an answer is one step of so many sequences
waiting    from the moment somebody waits for a first token until nobody does: so many prompts were processed, and
           the others' answers went on by so many tokens. Who was put into which step need not be known: what is
           done in sum is.

Failed requests are left out, but they were in flight; warm-ups are not stored at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seatrial.stats.metrics import first_chunk_s, last_chunk_s

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seatrial.stats.table import Floats, SampleTable

MOST_REQUESTS = 1024
"""Of a workload; more would say the same."""
FEWEST_GAPS = 4
SAME_STEP_S = 0.002
"""Tokens of one step leave the engine one after the other."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """The mean time between two tokens of one answer while `sequences` were decoded and nobody waited."""

    seconds: float
    sequences: float
    context_tokens: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A time in which somebody waited: `steps` at least, all of `prompts` (tokens not found in a cache) processed,
    and `decoded` tokens of other answers made.

    `idle`: the engine had nothing else to do when it began, so a request's way to the engine is in it too.
    """

    seconds: float
    steps: int
    prompts: tuple[float, ...]
    contexts: tuple[float, ...]
    decoded: float
    decoded_context: float
    idle: bool


@dataclass(frozen=True, slots=True)
class Steps:
    """What one workload tells, in the order of time."""

    decoding: tuple[Decoding, ...]
    waiting: tuple[Waiting, ...]


def steps_of(table: SampleTable) -> Steps:
    """The steps that the completed requests of `table` tell of; empty where the server streams nothing."""
    known = table.completed & (table.chunk_count > 1) & (table.completion_tokens > 1) & (table.prompt_tokens > 0)
    rows = np.flatnonzero(known)[:MOST_REQUESTS]
    if len(rows) == 0:
        return Steps((), ())
    seen = _Seen(table, rows)
    return Steps(tuple(seen.decoding()), tuple(seen.waiting()))


class _Seen:
    """The requests `rows` of a table, and when somebody was waiting."""

    def __init__(self, table: SampleTable, rows: NDArray[np.int64]) -> None:
        self.sent, self.first = table.t_send_s[rows], first_chunk_s(table)[rows]
        self.last = last_chunk_s(table)[rows]
        self.prompt, self.made = table.prompt_tokens[rows], table.completion_tokens[rows]
        self.cached = np.nan_to_num(table.cached_tokens[rows])
        self.chunks = [table.chunk_s[table.first[row] : table.first[row + 1]] for row in rows]
        self.unknown = _others(table, rows, float(self.sent.min()), float(self.last.max()))
        self.waits = _joined(np.column_stack([self.sent, self.first]))

    def decoding(self) -> Iterator[Decoding]:
        for row, chunks in enumerate(self.chunks):
            starts, ends = chunks[:-1], chunks[1:]
            pure = ~_meets(starts, ends, self.waits) & ~_meets(starts, ends, self.unknown)
            if pure.sum() < FEWEST_GAPS or (ends - starts)[pure].sum() <= 0:
                continue
            middles = (starts + ends)[pure] / 2
            begun = np.searchsorted(np.sort(self.first), middles, "right")
            ended = np.searchsorted(np.sort(self.last), middles, "left")
            tokens_a_chunk = (self.made[row] - 1) / (len(chunks) - 1)
            position = np.flatnonzero(pure).mean() * tokens_a_chunk
            yield Decoding(
                seconds=float((ends - starts)[pure].mean() / tokens_a_chunk),
                sequences=float((begun - ended).mean()),
                context_tokens=float(self.prompt[row] + position),
            )

    def waiting(self) -> Iterator[Waiting]:
        for begin, end in self.waits:
            if ((self.unknown[:, 0] < end) & (self.unknown[:, 1] > begin)).any():
                continue
            inside = np.flatnonzero((self.sent >= begin) & (self.first <= end))
            running = np.flatnonzero((self.first < begin) & (self.last > begin))
            starts = [chunks[chunks >= begin].min(initial=np.inf) for chunks in (self.chunks[r] for r in running)]
            start = min(starts, default=begin)  # the step that runs when a request comes is not its own
            if not begin <= start < end:
                continue
            yield self._waiting(start, end, inside, idle=len(running) == 0)

    def _waiting(self, start: float, end: float, inside: NDArray[np.int64], *, idle: bool) -> Waiting:
        decoded, steps, contexts = 0, 1, 0.0
        for row in np.flatnonzero((self.first <= end) & (self.last > start)):
            chunks = self.chunks[row]
            within = int(((chunks > start + SAME_STEP_S) & (chunks <= end + SAME_STEP_S)).sum())
            later = within - 1 if row in inside else within
            decoded += later
            contexts += later * self.prompt[row]
            steps = max(steps, within)
        prompts = np.maximum(self.prompt[inside] - self.cached[inside], 1.0)
        return Waiting(
            seconds=float(end - start),
            steps=steps,
            prompts=tuple(prompts.tolist()),
            contexts=tuple(self.prompt[inside].tolist()),
            decoded=float(decoded),
            decoded_context=contexts / decoded if decoded else 0.0,
            idle=idle,
        )


def _others(table: SampleTable, rows: NDArray[np.int64], begin: float, end: float) -> Floats:
    """Shape (n, 2): from when to when requests that are not looked at were in the way, between `begin` and `end`:
    those that failed, and those beyond the most we look at.
    """
    sent = table.t_send_s.copy()
    sent[rows] = np.nan
    ended = np.where(np.isnan(table.t_end_s), np.inf, table.t_end_s)
    there = (sent < end) & (ended > begin)  # NaN, never sent: nowhere
    return np.column_stack([sent[there], ended[there]])


def _meets(starts: Floats, ends: Floats, spans: Floats) -> NDArray[np.bool_]:
    """Which of the gaps overlap one of `spans`."""
    meets = np.zeros(len(starts), dtype=bool)
    for begin, end in spans[(spans[:, 0] < ends[-1]) & (spans[:, 1] > starts[0])]:
        meets |= (starts < end) & (ends > begin)
    return meets


def _joined(spans: Floats) -> Floats:
    """Spans that touch or overlap as one, in order."""
    found: list[list[float]] = []
    for begin, end in spans[np.argsort(spans[:, 0])].tolist():
        if found and begin <= found[-1][1]:
            found[-1][1] = max(end, found[-1][1])
        else:
            found.append([begin, end])
    return np.array(found)
