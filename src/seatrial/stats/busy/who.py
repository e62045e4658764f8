"""Who was busy while a workload ran: telemetry as at most six plain sentences, the most telling first.

The question people ask is what to change. So one thread at its limit is told from a pool that shares the work,
a full GPU from full cores, a queue before the engine from work inside it, and the engine from everything else
on the same computer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seatrial.catalog.metrics import KV_CACHE, WAITING
from seatrial.stats.busy.threads import thread_sentences
from seatrial.stats.busy.window import Window
from seatrial.stats.busy.words import mean_over, percent, percents
from seatrial.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MOST_SENTENCES = 6
BUSY_CORES_RATIO = 0.9
LEAST_CORES_ELSEWHERE = 0.25
"""Cores that others than the engine must use to be worth a word."""

_CORE = re.compile(r"host\.cpu\d+\.busy_ratio")
_GPU = re.compile(r"(gpu(\d+))\.busy_ratio")


def who_was_busy(
    readings_by_series: Mapping[str, Sequence[tuple[int, float]]], start_ns: int, end_ns: int
) -> tuple[str, ...]:
    """Sentences about the time from `start_ns` to `end_ns`, each with its numbers; none where no data is.

    `readings_by_series`: (t_ns, value) in order of time, by series (see `domain.telemetry.Reading`). Readings
    from before and after the window are welcome: one just after its end is partly about it.
    """
    window = Window(readings_by_series, start_ns, end_ns)
    sentences = (
        *thread_sentences(window),
        *_gpus(window),
        *_cores(window),
        *_queue(window),
        *_kv_cache(window),
        *_left_out_of_gpu(window),
        *_engine(window),
    )
    return sentences[:MOST_SENTENCES]


def _gpus(window: Window) -> Iterator[str]:
    """One sentence for all GPUs: the range of how busy they were, memory and power together."""
    found = {match[1]: window.mean(series) for series, match in window.matching(_GPU)}
    ratios = {gpu: ratio for gpu, ratio in found.items() if ratio is not None}
    if not ratios:
        return
    first = next(iter(ratios))
    who = f"GPU {first.removeprefix('gpu')} was" if len(ratios) == 1 else f"{len(ratios)} GPUs were"
    parts = [f"{who} {percents(ratios.values())} busy"]
    used = _total(window.peak(f"{gpu}.memory_used_bytes") for gpu in ratios)
    memory = _total(window.peak(f"{gpu}.memory_total_bytes") for gpu in ratios)
    if used is not None and memory is not None:
        parts.append(f"up to {format_bytes(used)} of {format_bytes(memory)}")
    watts = _total(window.mean(f"{gpu}.power_w") for gpu in ratios)
    if watts is not None:
        parts.append(f"{watts:,.0f} W")
    yield f"{', '.join(parts)} ({mean_over(window, f'{first}.busy_ratio')})"


def _cores(window: Window) -> Iterator[str]:
    means = {series: window.mean(series) for series, _ in window.matching(_CORE)}
    ratios = {series: ratio for series, ratio in means.items() if ratio is not None}
    if ratios and min(ratios.values()) >= BUSY_CORES_RATIO:
        span = mean_over(window, next(iter(ratios)))
        which = {1: "the only core was", 2: "both cores were"}.get(len(ratios), f"all {len(ratios)} cores were")
        yield f"{which} busy ({percents(ratios.values())}, {span})"


def _queue(window: Window) -> Iterator[str]:
    for series in WAITING:
        if most := window.peak(series):
            waited = "request" if most == 1 else "requests"
            yield f"the engine queued: up to {most:.0f} {waited} waited"


def _kv_cache(window: Window) -> Iterator[str]:
    for series in KV_CACHE:
        if peak := window.peak(series):
            counter = window.inside("vllm.num_preemptions_total")
            preempted = counter[-1] - counter[0] if counter else 0
            thrown_out = f", and requests were preempted {preempted:.0f} times" if preempted > 0 else ""
            yield f"the KV cache peaked at {percent(peak)}{thrown_out}"


def _left_out_of_gpu(window: Window) -> Iterator[str]:
    """Ollama keeps what does not fit on the GPU in main memory, and is many times slower for it."""
    loaded = window.peak("ollama.loaded_bytes")
    on_gpu = window.peak("ollama.loaded_vram_bytes")
    if loaded is not None and on_gpu is not None and 0 < on_gpu < loaded:
        yield f"only {format_bytes(on_gpu)} of {format_bytes(loaded)} loaded by Ollama were in GPU memory"


def _engine(window: Window) -> Iterator[str]:
    """What the engine used of the computer, and what everything else did (the load itself included)."""
    used = window.mean("engine.cpu_ratio")
    if used is None:
        return
    ratios = [window.mean(series) for series, _ in window.matching(_CORE)]
    busy = _total(ratios)
    sentence = f"the engine used {used:.1f} " + (f"of {len(ratios)} cores" if ratios else "cores")
    memory = window.peak("engine.rss_bytes")
    if memory is not None:
        sentence += f" and up to {format_bytes(memory)}"
    if busy is not None and busy - used >= LEAST_CORES_ELSEWHERE:
        sentence += f", everything else on this computer {busy - used:.1f}"
    yield f"{sentence} ({mean_over(window, 'engine.cpu_ratio')})"


def _total(values: Iterable[float | None]) -> float | None:
    """The sum, None when any part is missing (or there is none)."""
    known = list(values)
    complete = [value for value in known if value is not None]
    return sum(complete) if complete and len(complete) == len(known) else None
