"""Which threads of the engine worked: one at its limit, or a pool that shared the work.

An engine that was stopped and started (for a cold start) is told as one process: the processes of one name that
followed each other are put together, thread by thread from the busiest down.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from seatrial.stats.busy.words import over, percent, percents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seatrial.stats.busy.window import Window

HOT_RATIO = 0.8
"""A thread above this share of a core is at its limit: the rest is waiting for input and the window's edges."""
LEAST_POOL_RATIO = 0.25
"""Nothing waits for threads below this."""
UNSEEN_RATIO = 0.01
"""A thread below this has no reading (see load.telemetry.processes)."""

_PROCESS = re.compile(r"engine\.process\.(\d+)\.(.*)\.cpu_ratio", re.DOTALL)
_THREAD = re.compile(r"engine\.thread\.(\d+)\.(\d+)\.(.*)\.cpu_ratio", re.DOTALL)


class _Thread(NamedTuple):
    ratio: float
    name: str


class _Process(NamedTuple):
    """`threads` that had readings, the busiest first; `thread_count` with those that had none.

    `seen_ns`: the first and last look at it; `covered_s`: how much of the window they are about.
    """

    name: str
    threads: tuple[_Thread, ...]
    thread_count: int
    seen_ns: tuple[int, int]
    covered_s: float

    @property
    def busiest(self) -> float:
        return self.threads[0].ratio

    @property
    def working(self) -> int:
        """How many threads did at least half of what the busiest did."""
        return sum(thread.ratio >= self.busiest / 2 for thread in self.threads)

    @property
    def has_hot_thread(self) -> bool:
        return self.working == 1 and self.busiest >= HOT_RATIO


def thread_sentences(window: Window) -> Iterator[str]:
    """At most two: hot threads of up to two processes; else the pool of the busiest process, if there is one."""
    processes = sorted(_restarts_joined(_processes(window)), key=lambda process: -process.busiest)
    hot = [process for process in processes if process.has_hot_thread]
    if hot:
        yield from map(_hot_sentence, hot[:2])
    elif processes and processes[0].working > 1 and processes[0].busiest >= LEAST_POOL_RATIO:
        yield _pool_sentence(processes[0])


def _processes(window: Window) -> Iterator[_Process]:
    for series, match in window.matching(_PROCESS):
        threads, seen_ns = _threads(window, match[1], series), window.seen_ns(series)
        if threads and seen_ns is not None:
            counted = window.peak(series.removesuffix("cpu_ratio") + "threads")
            count = len(threads) if counted is None else int(counted)
            yield _Process(match[2], threads, count, seen_ns, window.covered_s(series))


def _threads(window: Window, pid: str, ticks_of: str) -> tuple[_Thread, ...]:
    means = (
        (window.mean(series, ticks_of), match) for series, match in window.matching(_THREAD) if match[1] == pid
    )
    return tuple(sorted((_Thread(ratio, match[3]) for ratio, match in means if ratio), reverse=True))


def _restarts_joined(processes: Iterable[_Process]) -> list[_Process]:
    """Processes of one name as one where each began after the other had ended; workers side by side stay apart."""
    joined: list[_Process] = []
    for process in sorted(processes, key=lambda p: p.seen_ns):
        before = (p for p in joined if p.name == process.name and p.seen_ns[1] < process.seen_ns[0])
        ended = next(before, None)
        if ended is None:
            joined.append(process)
        else:
            joined[joined.index(ended)] = _join(ended, process)
    return joined


def _join(one: _Process, other: _Process) -> _Process:
    """Both as one process; a thread's ratio is the mean over the time of both."""
    covered_s = one.covered_s + other.covered_s
    longer = max(one, other, key=lambda process: process.covered_s)
    idle = _Thread(0.0, "")
    ratios = [
        (ours.ratio * one.covered_s + theirs.ratio * other.covered_s) / covered_s
        for ours, theirs in zip_longest(one.threads, other.threads, fillvalue=idle)
    ]
    names = [thread.name for thread, _ in zip_longest(longer.threads, ratios, fillvalue=idle)]
    return _Process(
        name=one.name,
        threads=tuple(_Thread(ratio, name) for ratio, name in zip(ratios, names, strict=True)),
        thread_count=max(one.thread_count, other.thread_count),
        seen_ns=(one.seen_ns[0], other.seen_ns[1]),
        covered_s=covered_s,
    )


def _hot_sentence(process: _Process) -> str:
    hot, *colder = process.threads
    # The kernel cuts the names of threads at 15 characters; a main thread has that of its process.
    named = process.name if process.name.startswith(hot.name) else f"{process.name}, thread {hot.name}"
    took = f"of the engine ({named}) took {percent(hot.ratio)} of a core ({over(process.covered_s)})"
    others = process.thread_count - 1
    if others < 1:
        return f"the only thread {took}"
    next_ratio = colder[0].ratio if colder else 0.0
    bound = percent(int(100 * (next_ratio + UNSEEN_RATIO) + 1) / 100)
    rest = "the other one" if others == 1 else f"the other {others} threads"
    return f"one thread {took} while {rest} stayed under {bound}"


def _pool_sentence(process: _Process) -> str:
    shares = percents(thread.ratio for thread in process.threads[: process.working])
    who = f"{process.working} threads of the engine ({process.name})"
    return f"{who} shared the work: {shares} of a core each ({over(process.covered_s)})"
