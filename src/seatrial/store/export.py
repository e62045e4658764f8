"""A run's samples as JSON lines or CSV, written as they are read: memory does not grow with the run.

Times are seconds since the zero of the workload's schedule, as in `SampleTable`, so that a row needs no other.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, TextIO

import msgspec
import numpy as np

from seatrial.domain.sample import Channel
from seatrial.stats.table import TIME_FIELDS
from seatrial.store.rows import SAMPLE_COLUMNS
from seatrial.units import NS_PER_S, US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.sample import Sample
    from seatrial.store.store import Store

CHANNELS = tuple(channel.value for channel in Channel)
_ARRAYS = ("chunk_ns", "chunk_lag_us", "chunk_tokens", "chunk_channel")
FREE_FORM = ("server", "text")
SCALARS = tuple(name for name in SAMPLE_COLUMNS if name not in {*TIME_FIELDS, *_ARRAYS, *FREE_FORM})
TIMES = tuple(name.removesuffix("_ns") + "_s" for name in TIME_FIELDS)
NAMES = ("run", "candidate", "workload")


def export_jsonl(store: Store, run_id: str, file: TextIO) -> int:
    """Writes one JSON object per sample, with every chunk; returns how many."""
    count = 0
    with store.reading_samples():
        for names, zero_ns, sample in _samples(store, run_id):
            row = {**names, **_scalars(sample, zero_ns), **_chunks(sample, zero_ns)}
            row |= {"server": sample.server, "text": sample.text}
            file.write(msgspec.json.encode(row).decode() + "\n")
            count += 1
    return count


def export_csv(store: Store, run_id: str, file: TextIO) -> int:
    """Writes one line per sample: no text, no server durations, of the chunks the count and the ends.

    Returns how many samples were written. An absent value is an empty field.
    """
    columns = (*NAMES, *SCALARS, *TIMES, "chunks", "first_chunk_s", "last_chunk_s")
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    count = 0
    with store.reading_samples():
        for names, zero_ns, sample in _samples(store, run_id):
            times = _chunk_s(sample, zero_ns)
            ends = {"first_chunk_s": times[0], "last_chunk_s": times[-1]} if times else {}
            writer.writerow({**names, **_scalars(sample, zero_ns), "chunks": len(times), **ends})
            count += 1
    return count


def named_workloads(store: Store, run_id: str) -> Iterator[tuple[dict[str, str], int, int]]:
    """Every workload of the run: the names its samples go by, its position, the zero of its times."""
    run = store.load_run(run_id)
    candidates = {record.position: record.candidate.name for record in run.candidates}
    for record in run.workloads:
        values = (run_id, candidates[record.candidate_position], record.workload.name)
        names = dict(zip(NAMES, values, strict=True))
        yield names, record.position, store.zero_ns(run_id, record.position)


def _samples(store: Store, run_id: str) -> Iterator[tuple[dict[str, str], int, Sample]]:
    """Every sample of the run, with the names it belongs to and the zero of its times."""
    for names, position, zero_ns in named_workloads(store, run_id):
        for sample in store.samples(run_id, position):
            yield names, zero_ns, sample


def _scalars(sample: Sample, zero_ns: int) -> dict[str, object]:
    scalars: dict[str, object] = {name: getattr(sample, name) for name in SCALARS}
    for name, field in zip(TIMES, TIME_FIELDS, strict=True):
        t_ns = getattr(sample, field)
        scalars[name] = None if t_ns is None else (t_ns - zero_ns) / NS_PER_S
    return scalars


def _chunks(sample: Sample, zero_ns: int) -> dict[str, list[object]]:
    """The chunk arrays as lists of equal length; None for tokens the server did not say."""
    lag_us = np.frombuffer(sample.chunk_lag_us, "<u4")
    tokens = np.frombuffer(sample.chunk_tokens, "<u2").tolist()
    return {
        "chunk_s": _chunk_s(sample, zero_ns),
        "chunk_lag_s": (lag_us / US_PER_S).tolist(),
        "chunk_tokens": [count or None for count in tokens],
        "chunk_channel": [_channel(code) for code in sample.chunk_channel],
    }


def _channel(code: int) -> str:
    if code >= len(CHANNELS):
        raise ValueError(f"a chunk has the channel {code}, and there are {len(CHANNELS)}")
    return CHANNELS[code]


def _chunk_s(sample: Sample, zero_ns: int) -> list[object]:
    if sample.t_send_ns is None:
        return []
    t_ns = np.frombuffer(sample.chunk_ns, "<i8") + (sample.t_send_ns - zero_ns)
    return (t_ns / NS_PER_S).tolist()  # type: ignore[no-any-return]
