"""Readings as lines under the latencies: queue, KV cache, GPU, CPU by thread, in the units of the charts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.catalog.metrics import KV_CACHE, RUNNING, WAITING
from seatrial.stats.traces.thin import thin_line
from seatrial.units import GIB, NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seatrial.domain.traces import Line

    Readings = Mapping[str, Sequence[tuple[int, float]]]

MOST_THREADS = 3
LEAST_THREAD_CORES = 0.05
"""A thread whose highest reading is below this is no line worth drawing."""


class _Row(NamedTuple):
    """Series that match become a line `name`, in which {} stands for the first group of the pattern."""

    pattern: re.Pattern[str]
    name: str
    unit: str
    factor: float = 1.0


def _any_of(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, names)))


_ROWS = (
    _Row(_any_of(RUNNING), "running", "requests"),
    _Row(_any_of(WAITING), "waiting", "requests"),
    _Row(_any_of(KV_CACHE), "KV cache", "%", 100.0),
    _Row(re.compile(r"gpu(\d+)\.busy_ratio"), "GPU {} busy", "%", 100.0),
    _Row(re.compile(r"gpu(\d+)\.memory_used_bytes"), "GPU {} memory", "GiB", 1 / GIB),
    _Row(re.compile(r"engine\.rss_bytes"), "engine memory", "GiB", 1 / GIB),
    _Row(re.compile(r"engine\.cpu_ratio"), "whole engine", "cores"),
)
_CORE = re.compile(r"host\.cpu\d+\.busy_ratio")
_THREAD = re.compile(r"engine\.thread\.(\d+)\.\d+\.(.*)\.cpu_ratio", re.DOTALL)


def telemetry_lines(readings: Readings, zero_ns: int, points: int) -> Iterator[Line]:
    """The lines that `readings` give, each in about `points` points; `zero_ns` is the run's first moment."""
    for row in _ROWS:
        for series, values in readings.items():
            if match := row.pattern.fullmatch(series):
                name = row.name.format(*match.groups())
                yield from _line(name, row.unit, [(t, value * row.factor) for t, value in values], zero_ns, points)
    yield from _line("whole computer", "cores", _busy_cores(readings), zero_ns, points)
    for name, values in _threads(readings):
        yield from _line(name, "cores", values, zero_ns, points)


def _line(name: str, unit: str, values: Sequence[tuple[int, float]], zero_ns: int, points: int) -> Iterator[Line]:
    if not values:
        return
    t_ns, heights = zip(*values, strict=True)
    t_s = (np.array(t_ns, dtype=np.int64) - zero_ns) / NS_PER_S
    line = thin_line(name, unit, t_s, np.array(heights, dtype=np.float64), points)
    if line is not None:
        yield line


def _busy_cores(readings: Readings) -> list[tuple[int, float]]:
    """The sum over cores, at the ticks at which all were read."""
    cores = [dict(values) for series, values in readings.items() if _CORE.fullmatch(series)]
    shared = set(cores[0]).intersection(*cores) if cores else set()
    return [(t_ns, sum(core[t_ns] for core in cores)) for t_ns in sorted(shared)]


def _threads(readings: Readings) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """The busiest threads of each program by name; those of a restarted process go on as the same line.

    A thread has no reading while it is below 1 % of a core: that is drawn as 0 where the engine was read.
    """
    ranked: dict[tuple[str, int], list[Mapping[int, float]]] = {}
    for process, threads in _by_process(readings).items():
        threads.sort(key=lambda thread: -sum(thread.values()))
        for rank, thread in enumerate(threads[:MOST_THREADS]):
            ranked.setdefault((process[1], rank), []).append(thread)
    joined = {
        key: {t: max(p.get(t, 0.0) for p in parts) for t in set().union(*parts)} for key, parts in ranked.items()
    }
    joined = {key: line for key, line in joined.items() if max(line.values()) >= LEAST_THREAD_CORES}
    ticks = [t_ns for t_ns, _ in readings.get("engine.cpu_ratio", ())]
    for name, rank in sorted(joined, key=lambda key: -sum(joined[key].values()))[:MOST_THREADS]:
        line = dict.fromkeys(ticks, 0.0) | joined[name, rank]
        yield f"thread {rank + 1} of {name}", sorted(line.items())


def _by_process(readings: Readings) -> dict[tuple[str, str], list[Mapping[int, float]]]:
    """By process id and thread name, the readings of each thread."""
    found: dict[tuple[str, str], list[Mapping[int, float]]] = {}
    for series, values in readings.items():
        if match := _THREAD.fullmatch(series):
            found.setdefault((match[1], match[2]), []).append(dict(values))
    return found
