"""Which threads of the engine worked: one at its limit, or a pool that shared the work."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from seatrial.stats.busy_words import mean_over, percent, percents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.stats.telemetry_window import Window

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
    tid: int
    name: str


class _Process(NamedTuple):
    """`threads` that had readings, the busiest first; `thread_count` with those that had none."""

    name: str
    threads: tuple[_Thread, ...]
    thread_count: int
    span: str

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
    processes = sorted(_processes(window), key=lambda process: -process.busiest)
    hot = [process for process in processes if process.has_hot_thread]
    if hot:
        yield from map(_hot_sentence, hot[:2])
    elif processes and processes[0].working > 1 and processes[0].busiest >= LEAST_POOL_RATIO:
        yield _pool_sentence(processes[0])


def _processes(window: Window) -> Iterator[_Process]:
    for series, match in window.matching(_PROCESS):
        threads = _threads(window, match[1], series)
        if threads:
            counted = window.peak(series.removesuffix("cpu_ratio") + "threads")
            count = len(threads) if counted is None else int(counted)
            yield _Process(match[2], threads, count, mean_over(window, series))


def _threads(window: Window, pid: str, ticks_of: str) -> tuple[_Thread, ...]:
    means = (
        (window.mean(series, ticks_of), match) for series, match in window.matching(_THREAD) if match[1] == pid
    )
    threads = (_Thread(ratio, int(match[2]), match[3]) for ratio, match in means if ratio)
    return tuple(sorted(threads, reverse=True))


def _hot_sentence(process: _Process) -> str:
    hot, *colder = process.threads
    took = f"{process.name} ({hot.tid}, {hot.name}) took {percent(hot.ratio)} of a core ({process.span})"
    others = process.thread_count - 1
    if others < 1:
        return f"the only thread of {took}"
    next_ratio = colder[0].ratio if colder else 0.0
    bound = percent(int(100 * (next_ratio + UNSEEN_RATIO) + 1) / 100)
    rest = "the other one" if others == 1 else f"the other {others} threads"
    return f"one thread of {took} while {rest} stayed under {bound}"


def _pool_sentence(process: _Process) -> str:
    shares = percents(thread.ratio for thread in process.threads[: process.working])
    return f"{process.working} threads of {process.name} shared the work: {shares} of a core each ({process.span})"
