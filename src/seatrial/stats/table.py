"""Samples of one workload as columns: what every statistic reads.

Built for a million requests of some dozen chunks: a chunk column is as narrow as what the store keeps, and nothing
is kept twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from seatrial.domain.sample import Outcome, Sample
from seatrial.units import NS_PER_S, US_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Columns = Mapping[str, Sequence[Any]]

TIME_FIELDS = ("t_intended_ns", "t_send_ns", "t_connected_ns", "t_headers_ns", "t_end_ns")

_COUNTS = ("prompt_tokens", "cached_tokens", "completion_tokens", "input_tokens_asked", "output_tokens_asked")
_INTEGERS = ("index", "stage", "first_read_chunks")
# Chunk columns that are kept as they are stored, little-endian, and how many bytes of each a chunk takes.
_CHUNK_TYPES = {"chunk_lag_us": "<u4", "chunk_tokens": "<u2", "chunk_channel": "u1"}
_BYTES_PER_CHUNK = {"chunk_ns": 8, "chunk_lag_us": 4, "chunk_tokens": 2}
_OUTCOMES = tuple(outcome.value for outcome in Outcome)
_CODES = {value: code for code, value in enumerate(_OUTCOMES)}
_NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True)
class SampleTable:
    """n requests and m chunks. Times are seconds since `t0_ns`, NaN where the moment never came.

    Request columns have shape (n,): counts are float64 with NaN for unknown, `outcome_code` is the position in
    `Outcome`. `first` (n + 1,) gives for request i its chunks `first[i]:first[i + 1]` in the chunk columns, each of
    shape (m,): `chunk_s` seconds since t0, `chunk_lag_us`, `chunk_tokens` (0 unknown), `chunk_channel`. Their types
    are unsigned and narrow: do not subtract in them. `server` holds a request column for every duration that the
    server told of any request, in seconds, NaN where it did not.
    """

    t0_ns: int
    index: Ints
    stage: Ints
    t_intended_s: Floats
    t_send_s: Floats
    t_connected_s: Floats
    t_headers_s: Floats
    t_end_s: Floats
    outcome_code: NDArray[np.uint8]
    prompt_tokens: Floats
    cached_tokens: Floats
    completion_tokens: Floats
    input_tokens_asked: Floats
    output_tokens_asked: Floats
    first_read_chunks: Ints
    kernel_clock: NDArray[np.bool_]
    first: Ints
    chunk_s: Floats
    chunk_lag_us: NDArray[np.uint32]
    chunk_tokens: NDArray[np.uint16]
    chunk_channel: NDArray[np.uint8]
    server: dict[str, Floats]

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def completed(self) -> NDArray[np.bool_]:
        """Shape (n,): the request ended as `ok`."""
        return np.asarray(self.outcome_code == _CODES[Outcome.OK.value], dtype=np.bool_)

    @property
    def outcome(self) -> NDArray[np.str_]:
        """Shape (n,): how each request ended, in words. Made anew each time: 56 bytes a request."""
        return np.array(_OUTCOMES)[self.outcome_code]

    @cached_property
    def chunk_count(self) -> Ints:
        """Shape (n,): token-carrying chunks per request."""
        return np.diff(self.first)

    @cached_property
    def chunk_request(self) -> Ints:
        """Shape (m,): the row each chunk belongs to."""
        return np.repeat(np.arange(len(self)), self.chunk_count)

    @cached_property
    def chunk_completed(self) -> NDArray[np.bool_]:
        """Shape (m,): the chunk is one of a completed request."""
        return np.repeat(self.completed, self.chunk_count)

    @property
    def chunk_lag_s(self) -> Floats:
        """Shape (m,): how long after the kernel the client read each chunk. Made anew each time."""
        return self.chunk_lag_us / float(US_PER_S)


COLUMNS = (
    "index", "stage", *TIME_FIELDS, "outcome", "prompt_tokens", "cached_tokens", "completion_tokens",
    "input_tokens_asked", "output_tokens_asked", "first_read_chunks", "kernel_clock",
    "chunk_ns", "chunk_lag_us", "chunk_tokens", "chunk_channel", "server",
)  # fmt: skip


def table_from_samples(samples: Iterable[Sample], t0_ns: int) -> SampleTable:
    """The table of `samples`, ordered by index."""
    ordered = sorted(samples, key=lambda sample: sample.index)
    return table_from_batches([{name: [getattr(s, name) for s in ordered] for name in COLUMNS}], t0_ns)


def table_from_batches(batches: Iterable[Columns], t0_ns: int) -> SampleTable:
    """The table of batches in order; each maps every name of `COLUMNS` to its values, as in `Sample`.

    A batch is packed before the next is asked for: memory holds one of them at a time as Python objects.
    Raises ValueError for what no sample can hold (chunk columns of unequal length, an unknown outcome, text for a
    number), naming the request.
    """
    nothing: Columns = dict.fromkeys(COLUMNS, ())
    parts = {name: [column] for name, column in _pack(nothing, t0_ns).items()}
    server: list[dict[str, Floats]] = []
    for batch in batches:
        for name, column in _pack(batch, t0_ns).items():
            parts[name].append(column)
        server.append(_by_name(batch["server"]))
    lengths = [len(column) for column in parts["index"][1:]]
    # Taken out of the parts one by one, so that only one column is in memory twice.
    columns: dict[str, Any] = {name: np.concatenate(parts.pop(name)) for name in tuple(parts)}
    first = np.concatenate(([0], np.cumsum(columns.pop("chunk_count"))))
    return SampleTable(t0_ns=t0_ns, first=first, server=_join(server, lengths), **columns)


def _pack(batch: Columns, t0_ns: int) -> dict[str, NDArray[Any]]:
    """The columns of a batch as arrays, and `chunk_count`."""
    times = {name.removesuffix("_ns") + "_s": _seconds(batch[name], t0_ns) for name in TIME_FIELDS}
    counts = _chunk_counts(batch)
    offsets_ns = np.frombuffer(b"".join(batch["chunk_ns"]), "<i8")
    return {
        **{name: np.array(batch[name], dtype=np.int64) for name in _INTEGERS},
        **{name: _counted(name, batch) for name in _COUNTS},
        **times,
        "outcome_code": _outcome_codes(batch["outcome"]),
        "kernel_clock": np.array(batch["kernel_clock"], dtype=np.bool_),
        "chunk_count": counts,
        "chunk_s": np.repeat(times["t_send_s"], counts) + offsets_ns / NS_PER_S,
        **{name: np.frombuffer(b"".join(batch[name]), dtype) for name, dtype in _CHUNK_TYPES.items()},
    }


def _counted(name: str, batch: Columns) -> Floats:
    counts = np.array(batch[name], dtype=np.float64)  # None becomes NaN
    if np.isinf(counts).any():
        raise ValueError(f"{name} of request {batch['index'][int(np.argmax(np.isinf(counts)))]} is infinite")
    return counts


def _seconds(column: Sequence[int | None], t0_ns: int) -> Floats:
    """Subtracted as integers: perf_counter_ns of a computer up for 104 days is beyond what a float64 holds."""
    t_ns = np.fromiter([_NEVER if v is None else v for v in column], np.int64, len(column))
    return np.where(t_ns == _NEVER, np.nan, (t_ns - t0_ns) / NS_PER_S)


def _chunk_counts(batch: Columns) -> Ints:
    """Shape (n,): chunks per request. Raises ValueError where the chunk columns of one disagree."""
    counts = _lengths(batch["chunk_channel"])
    for name, size in _BYTES_PER_CHUNK.items():
        wrong = np.flatnonzero(_lengths(batch[name]) != counts * size)
        if wrong.size:
            row = int(wrong[0])
            raise ValueError(
                f"request {batch['index'][row]} has {int(counts[row])} chunks by chunk_channel, but "
                f"{len(batch[name][row])} bytes of {name} where {int(counts[row]) * size} belong"
            )
    return counts


def _lengths(blobs: Sequence[bytes]) -> Ints:
    return np.fromiter(map(len, blobs), np.int64, len(blobs))


def _outcome_codes(column: Sequence[str]) -> NDArray[np.uint8]:
    try:
        return np.fromiter(map(_CODES.__getitem__, column), np.uint8, len(column))
    except KeyError as error:
        raise ValueError(f"{error} is no way for a request to end") from error


def _by_name(told: Sequence[Mapping[str, float]]) -> dict[str, Floats]:
    """Durations of each request as one column per name."""
    return {name: _duration(name, told) for name in sorted(set().union(*told))}


def _duration(name: str, told: Sequence[Mapping[str, float]]) -> Floats:
    try:  # most engines tell the same of every request: without a call of ours for each
        return np.fromiter(map(itemgetter(name), told), np.float64, len(told))
    except KeyError:
        return np.array([durations.get(name, np.nan) for durations in told])


def _join(parts: Sequence[Mapping[str, Floats]], lengths: Sequence[int]) -> dict[str, Floats]:
    """The batches' columns one after the other; NaN for the requests of a batch that had no such name."""
    names = sorted({name for part in parts for name in part})
    return {
        name: np.concatenate([part.get(name, np.full(n, np.nan)) for part, n in zip(parts, lengths, strict=True)])
        for name in names
    }
