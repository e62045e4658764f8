"""Telemetry as gauges: what one looks at while an engine works, the most telling first.

Series are named by engines and probes; a gauge is named by what it means. Counters (tokens so far) become rates.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from seatrial.catalog.metrics import KV_CACHE, RUNNING, WAITING
from seatrial.domain.telemetry import Gauge
from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Readings = Mapping[str, Sequence[tuple[int, float]]]
    History = tuple[float | None, ...]

MOST_THREADS = 4
_LEVELS = (
    ("requests running", "requests", RUNNING),
    ("requests waiting", "requests", WAITING),
    ("KV cache in use", "ratio", KV_CACHE),
)
_COUNTERS = (
    ("output tokens/s", "vllm.generation_tokens_total"),
    ("prompt tokens/s", "vllm.prompt_tokens_total"),
    ("prompt tokens/s", "llamacpp.prompt_tokens_total"),
)
_LATE_COUNTERS = (
    # A request's output is counted when it ends: the counter, and how many requests are running.
    ("output tokens/s", "llamacpp.tokens_predicted_total", "llamacpp.requests_processing"),
)
_CORE = re.compile(r"host\.cpu\d+\.busy_ratio")
_GPU = re.compile(r"gpu(\d+)\.busy_ratio")
_THREAD = re.compile(r"engine\.thread\.\d+\.(\d+)\.(.*)\.cpu_ratio")


def gauges(readings_by_series: Readings, every_s: float = 1.0) -> tuple[Gauge, ...]:
    """The gauges that the (t_ns, value) readings give, one history for all ticks; those never read are left out.

    Probes are asked one after the other: what was read within half of `every_s` belongs to one tick. A series that
    says nothing at a tick has None there, a thread 0.
    """
    tick_of = _ticks(readings_by_series, every_s)
    readings = {name: [(tick_of[t], value) for t, value in series] for name, series in readings_by_series.items()}
    ticks = sorted(set(tick_of.values()))
    found = (*_engine(readings, ticks), *_gpus(readings, ticks), *_processors(readings, ticks))
    return tuple(gauge for gauge in found if any(value is not None for value in gauge.history))


def _ticks(readings: Readings, every_s: float) -> dict[int, int]:
    """For the moment of each reading, that of the first reading of its tick."""
    first, tick_of = None, {}
    for t_ns in sorted({t_ns for series in readings.values() for t_ns, _ in series}):
        if first is None or t_ns - first > every_s / 2 * NS_PER_S:
            first = t_ns
        tick_of[t_ns] = first
    return tick_of


def _engine(readings: Readings, ticks: Sequence[int]) -> Iterator[Gauge]:
    for name, unit, names in _LEVELS:
        limit = 1.0 if unit == "ratio" else None
        yield Gauge(name, unit, _history(readings, _first(readings, names), ticks), limit)
    for name, counter, running in _LATE_COUNTERS:
        yield Gauge(name, "tokens/s", _late_rates(readings.get(counter, ()), readings.get(running, ()), ticks))
    for name, counter in _COUNTERS:
        yield Gauge(name, "tokens/s", _rates(readings.get(counter, ()), ticks))
    yield Gauge("models loaded", "bytes", _history(readings, "ollama.loaded_bytes", ticks))


def _gpus(readings: Readings, ticks: Sequence[int]) -> Iterator[Gauge]:
    for series in readings:
        if match := _GPU.fullmatch(series):
            gpu = f"gpu{match[1]}"
            total = readings.get(f"{gpu}.memory_total_bytes", ())
            limit = total[-1][1] if total else None
            yield Gauge(f"GPU {match[1]} busy", "ratio", _history(readings, series, ticks), 1.0)
            memory = _history(readings, f"{gpu}.memory_used_bytes", ticks)
            yield Gauge(f"GPU {match[1]} memory", "bytes", memory, limit)
            yield Gauge(f"GPU {match[1]} power", "W", _history(readings, f"{gpu}.power_w", ticks))


def _processors(readings: Readings, ticks: Sequence[int]) -> Iterator[Gauge]:
    cores = [_history(readings, series, ticks) for series in readings if _CORE.fullmatch(series)]
    busy = tuple(
        None if any(value is None for value in at_once) else sum(value or 0.0 for value in at_once)
        for at_once in zip(*cores, strict=True)
    )
    yield Gauge("cores busy", "cores", busy, float(len(cores)))
    yield Gauge("engine CPU", "cores", _history(readings, "engine.cpu_ratio", ticks), float(len(cores)) or None)
    yield from _threads(readings, ticks)
    yield Gauge("engine memory", "bytes", _history(readings, "engine.rss_bytes", ticks))
    yield Gauge("host memory", "bytes", _history(readings, "host.memory_used_bytes", ticks))


def _threads(readings: Readings, ticks: Sequence[int]) -> Iterator[Gauge]:
    """The threads that used most of late."""
    recent = set(ticks[-10:])
    used: dict[str, float] = {}
    for series, values in readings.items():
        if _THREAD.fullmatch(series):
            used[series] = sum(value for t_ns, value in values if t_ns in recent)
    for series in sorted(used, key=lambda name: -used[name])[:MOST_THREADS]:
        match = _THREAD.fullmatch(series)
        if match is not None and used[series] > 0:
            # A thread below 1 % of a core is not read: it rests.
            history = tuple(value or 0.0 for value in _history(readings, series, ticks))
            yield Gauge(f"thread {match[2]} {match[1]}", "cores", history, 1.0)


def _first(readings: Readings, names: Sequence[str]) -> str:
    return next((name for name in names if name in readings), names[0])


def _history(readings: Readings, series: str, ticks: Sequence[int]) -> History:
    values = dict(readings.get(series, ()))
    return tuple(values.get(t_ns) for t_ns in ticks)


def _rates(counter: Sequence[tuple[int, float]], ticks: Sequence[int]) -> History:
    """Growth per second from tick to tick; None where the counter went back, as it does when an engine restarts."""
    rates: dict[int, float] = {}
    for (before_ns, before), (now_ns, now) in itertools.pairwise(counter):
        if now >= before and now_ns > before_ns:
            rates[now_ns] = (now - before) * NS_PER_S / (now_ns - before_ns)
    return tuple(rates.get(t_ns) for t_ns in ticks)


def _late_rates(
    counter: Sequence[tuple[int, float]], running: Sequence[tuple[int, float]], ticks: Sequence[int]
) -> History:
    """As `_rates`, for a counter that learns of a request's tokens when it ends.

    While requests run and none ends, nobody knows: None. What is counted then was made since the counter last grew
    or the engine last rested.
    """
    rates: dict[int, float] = {}
    at_work = dict(running)
    since_ns: int | None = None  # not known while requests run that had begun before the first reading
    for (before_ns, before), (now_ns, now) in itertools.pairwise(counter):
        if not at_work.get(before_ns):
            since_ns = before_ns
        if now == before and at_work.get(now_ns):
            continue
        if now >= before and since_ns is not None:
            rates[now_ns] = (now - before) * NS_PER_S / (now_ns - since_ns)
        since_ns = now_ns
    return tuple(rates.get(t_ns) for t_ns in ticks)
