"""What the engine's processes and their threads used, when the engine runs on this computer.

Threads are told apart since "the engine used one core" hides the two cases that matter: one thread at its limit
(more cores will not help) or a pool that shares the work (they will).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from seatrial.domain.telemetry import Reading
from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LEAST_THREAD_RATIO = 0.01
"""A thread is worth a reading above this: engines keep hundreds that sleep."""


@dataclass(frozen=True, slots=True)
class _Usage:
    """One process: CPU seconds since it began, in all and per thread id; resident memory now."""

    pid: int
    name: str
    cpu_s: float
    threads_s: dict[int, float]
    rss_bytes: int

    @property
    def series(self) -> str:
        return f"engine.process.{self.pid}.{self.name}"


class ProcessProbe:
    """Readings of the processes `roots` and all their descendants; 1.0 of a `cpu_ratio` is one core.

    `engine.cpu_ratio` and `engine.rss_bytes` are sums (pages that processes share are counted in each),
    `engine.process.<pid>.<name>.{cpu_ratio,rss_bytes,threads}` one process,
    `engine.thread.<pid>.<tid>.<name>.cpu_ratio` a thread above 1 % of a core. `roots` is read anew at every
    tick. A process has CPU readings from the second tick that sees it; one that came and went between two
    ticks has none.
    """

    def __init__(self, roots: Collection[int]) -> None:
        self._roots = roots
        self._before: dict[psutil.Process, _Usage] = {}
        self._before_ns = 0

    def __call__(self, t_ns: int) -> list[Reading]:
        family = {process for pid in self._roots for process in _with_descendants(pid)}
        usages = {process: usage for process in family if (usage := _usage(process)) is not None}
        elapsed_s = (t_ns - self._before_ns) / NS_PER_S
        values: dict[str, float] = {}
        for process, usage in usages.items():
            values[f"{usage.series}.rss_bytes"] = usage.rss_bytes
            values[f"{usage.series}.threads"] = len(usage.threads_s)
            if (before := self._before.get(process)) is not None:
                share = (usage.cpu_s - before.cpu_s) / elapsed_s
                values[f"{usage.series}.cpu_ratio"] = share
                values["engine.cpu_ratio"] = values.get("engine.cpu_ratio", 0.0) + share
                values.update(_threads(usage, before, elapsed_s))
        if usages:
            values["engine.rss_bytes"] = sum(usage.rss_bytes for usage in usages.values())
        self._before, self._before_ns = usages, t_ns
        return [Reading(t_ns, series, value) for series, value in values.items()]


def _with_descendants(pid: int) -> list[psutil.Process]:
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.Error:  # gone
        return []


def _usage(process: psutil.Process) -> _Usage | None:
    """None when the process has ended meanwhile or may not be looked into."""
    try:
        with process.oneshot():
            times = process.cpu_times()
            return _Usage(
                pid=process.pid,
                name=process.name(),
                cpu_s=times.user + times.system,
                threads_s={thread.id: thread.user_time + thread.system_time for thread in process.threads()},
                rss_bytes=process.memory_info().rss,
            )
    except psutil.Error:
        return None


def _threads(now: _Usage, before: _Usage, elapsed_s: float) -> Iterator[tuple[str, float]]:
    """Series and CPU ratio of each thread worth a reading."""
    for tid, cpu_s in now.threads_s.items():
        earlier_s = before.threads_s.get(tid, 0.0)
        # less than before: the number now belongs to a younger thread, all of whose time is new
        used_s = cpu_s - earlier_s if cpu_s >= earlier_s else cpu_s
        ratio = used_s / elapsed_s
        if ratio > LEAST_THREAD_RATIO:
            yield f"engine.thread.{now.pid}.{tid}.{_thread_name(now, tid)}.cpu_ratio", ratio


def _thread_name(process: _Usage, tid: int) -> str:
    """As the thread calls itself; the name of its process where the system keeps no names or the thread is gone."""
    try:
        text = Path(f"/proc/{process.pid}/task/{tid}/comm").read_text("utf-8", "replace")
    except OSError:
        return process.name
    return text.rstrip("\n") or process.name
