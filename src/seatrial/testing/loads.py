"""Loads whose rates can be repeated at will, to see how often an interval of one run holds the mean of all.

Users of a closed loop send again when their answer is complete; open arrivals meet four servers and queue for them.
The tokens of an answer come evenly after its first tenth.
"""

from __future__ import annotations

import heapq
from itertools import count as integers
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.stats.rates import Window
from seatrial.stats.turns import Events, Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.testing.series import Rows

CHUNKS = 20
SERVERS = 4


class Trial(NamedTuple):
    """One run: its requests, its window, and what is counted."""

    turns: Turns
    window: Window
    tokens: Events
    completions: Events


class Answers(NamedTuple):
    """How long the server works on each request alone, seconds, and its tokens; both of shape (n,)."""

    took_s: Rows
    tokens: Rows


def same(rng: np.random.Generator, n: int) -> Answers:
    """A second each, but for a thousandth."""
    return Answers(1 + 1e-3 * rng.standard_normal(n), np.full(n, 64.0))


def varied(rng: np.random.Generator, n: int) -> Answers:
    """Seconds that vary by 30 %, at 64 tokens whatever they take."""
    return Answers(rng.gamma(11, 1 / 11, n), np.full(n, 64.0))


def by_tokens(rng: np.random.Generator, n: int) -> Answers:
    """Token counts that vary by half, and times that follow them."""
    tokens = rng.gamma(4, 16, n)
    return Answers(0.2 + 0.8 * tokens / 64 * (1 + 0.05 * rng.standard_normal(n)), tokens)


def moody(rng: np.random.Generator, n: int) -> Answers:
    """Seconds that vary by 15 %, of which neighbours correlate by 0.5."""
    level = rng.standard_normal(n)
    for i in range(1, n):
        level[i] = 0.5 * level[i - 1] + 0.75**0.5 * level[i]
    return Answers(np.maximum(0.2, 1 + 0.15 * level), np.full(n, 64.0))


def in_lockstep(users: int) -> Callable[[np.random.Generator, int], Answers]:
    """Seconds that vary by 20 %, the same for all of a group of `users`."""
    return lambda rng, n: Answers(np.repeat(rng.gamma(25, 1 / 25, n // users + 1), users)[:n], np.full(n, 64.0))


class Load(NamedTuple):
    """`draw(rng, n)`: one run of n requests, or of as long as n take on average."""

    draw: Callable[[np.random.Generator, int], Trial]


def closed(users: int, answers: Callable[[np.random.Generator, int], Answers], *, timed: bool = False) -> Load:
    """`timed`: measured for the time that n requests take on average, cut there; else until the last one ended."""

    def draw(rng: np.random.Generator, n: int) -> Trial:
        until_s = n / users + 0.37 if timed else float("inf")
        took_s, tokens = answers(rng, 2 * n + 4 * users if timed else n)
        free_s, begins_s = [0.0] * users, []
        for i in integers():
            if i == len(took_s) or free_s[0] >= until_s:
                break
            begins_s.append(free_s[0])
            heapq.heapreplace(free_s, free_s[0] + took_s[i])
        begin_s, took_s = np.array(begins_s), took_s[: len(begins_s)]
        turns = Turns(np.arange(len(begin_s)), took_s, begin_s, begin_s + took_s, users)
        return _trial(turns, until_s, begin_s, tokens[: len(begin_s)])

    return Load(draw)


def opened(per_s: float, gaps: Callable[[np.random.Generator, int], Rows], answers: Callable[..., Answers]) -> Load:
    """So many requests, of which the next comes after a gap of mean 1 / `per_s`, at four servers."""

    def draw(rng: np.random.Generator, n: int) -> Trial:
        begin_s = np.cumsum(gaps(rng, n)) / per_s
        took_s, tokens = answers(rng, n)
        free_s, served_s = [0.0] * SERVERS, np.empty(n)
        for i in range(n):
            served_s[i] = max(free_s[0], begin_s[i])
            heapq.heapreplace(free_s, served_s[i] + took_s[i])
        turns = Turns(np.arange(n - 1), np.diff(begin_s), begin_s, served_s + took_s, None)
        return _trial(turns, float("inf"), served_s, tokens)

    return Load(draw)


def _trial(turns: Turns, until_s: float, served_s: Rows, tokens: Rows) -> Trial:
    rows = np.arange(len(tokens))
    share = 0.1 + 0.9 * np.arange(1, CHUNKS + 1) / CHUNKS
    times_s = (served_s[:, None] + (turns.end_s - served_s)[:, None] * share).ravel()
    chunks = Events(times_s, np.repeat(tokens / CHUNKS, CHUNKS), np.repeat(rows, CHUNKS))
    window = Window(0.0, min(until_s, float(turns.end_s.max())))
    return Trial(turns, window, chunks, Events(turns.end_s, np.ones(len(rows)), rows))


LOADS = {
    "1 user, times vary by 30 %": closed(1, varied),
    "8 users, times vary by 30 %": closed(8, varied),
    "8 users, times vary by 30 %, cut after a time": closed(8, varied, timed=True),
    "8 users, times follow token counts": closed(8, by_tokens),
    "8 users, times follow token counts, cut after a time": closed(8, by_tokens, timed=True),
    "8 users, neighbours correlate by 0.5": closed(8, moody),
    "8 users in lockstep": closed(8, in_lockstep(8)),
    "8 users, equal times": closed(8, same),
    "constant arrivals, half load": opened(2.0, lambda _, n: np.ones(n), by_tokens),
    "Poisson arrivals, half load": opened(2.0, lambda rng, n: rng.standard_exponential(n), by_tokens),
}
