"""Samples of one workload as columns: what every statistic reads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.sample import Outcome, Sample
from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

TIME_FIELDS = ("t_intended_ns", "t_send_ns", "t_connected_ns", "t_headers_ns", "t_end_ns")


@dataclass(frozen=True)
class SampleTable:
    """n requests and m chunks. Times are seconds since `t0_ns`, NaN where the moment never came.

    Request columns have shape (n,): counts are float64 with NaN for unknown. `first` (n + 1,) gives for request
    i its chunks `first[i]:first[i + 1]` in the chunk columns: `chunk_s` seconds since t0, `chunk_lag_s`,
    `chunk_tokens` (0 unknown), `chunk_channel`, each of shape (m,).
    """

    t0_ns: int
    index: Ints
    stage: Ints
    t_intended_s: Floats
    t_send_s: Floats
    t_connected_s: Floats
    t_headers_s: Floats
    t_end_s: Floats
    outcome: NDArray[np.str_]
    prompt_tokens: Floats
    cached_tokens: Floats
    completion_tokens: Floats
    input_tokens_asked: Floats
    output_tokens_asked: Floats
    first_read_chunks: Ints
    kernel_clock: NDArray[np.bool_]
    first: Ints
    chunk_s: Floats
    chunk_lag_s: Floats
    chunk_tokens: Ints
    chunk_channel: Ints
    server: tuple[dict[str, float], ...]

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def completed(self) -> NDArray[np.bool_]:
        """Shape (n,): the request ended as `ok`."""
        return np.asarray(self.outcome == Outcome.OK.value, dtype=np.bool_)

    @cached_property
    def chunk_count(self) -> Ints:
        """Shape (n,): token-carrying chunks per request."""
        return np.diff(self.first)

    @cached_property
    def chunk_request(self) -> Ints:
        """Shape (m,): the row each chunk belongs to."""
        return np.repeat(np.arange(len(self)), self.chunk_count)


COLUMNS = (
    "index", "stage", *TIME_FIELDS, "outcome", "prompt_tokens", "cached_tokens", "completion_tokens",
    "input_tokens_asked", "output_tokens_asked", "first_read_chunks", "kernel_clock",
    "chunk_ns", "chunk_lag_us", "chunk_tokens", "chunk_channel", "server",
)  # fmt: skip


def table_from_samples(samples: Iterable[Sample], t0_ns: int) -> SampleTable:
    """The table of `samples`, ordered by index; see `table_from_rows`."""
    rows = [tuple(getattr(sample, name) for name in COLUMNS) for sample in sorted(samples, key=lambda s: s.index)]
    return table_from_rows(rows, t0_ns)


def table_from_rows(rows: Sequence[tuple[object, ...]], t0_ns: int) -> SampleTable:
    """The table of rows that hold `COLUMNS` in order, as the store selects them."""
    columns = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(COLUMNS, ())
    times = {name[:-3] + "_s": _seconds(columns[name], t0_ns) for name in TIME_FIELDS}
    floats = {
        name: np.array([np.nan if v is None else v for v in columns[name]], dtype=np.float64)
        for name in (
            "prompt_tokens",
            "cached_tokens",
            "completion_tokens",
            "input_tokens_asked",
            "output_tokens_asked",
        )
    }
    offsets_ns = [np.frombuffer(blob, "<i8") for blob in columns["chunk_ns"]]
    counts = np.array([len(blob) for blob in offsets_ns], dtype=np.int64)
    sent_s = np.repeat(times["t_send_s"], counts) if rows else np.empty(0)
    return SampleTable(
        t0_ns=t0_ns,
        index=np.array(columns["index"], dtype=np.int64),
        stage=np.array(columns["stage"], dtype=np.int64),
        outcome=np.array(columns["outcome"], dtype=np.str_),
        first_read_chunks=np.array(columns["first_read_chunks"], dtype=np.int64),
        kernel_clock=np.array(columns["kernel_clock"], dtype=np.bool_),
        first=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        chunk_s=sent_s + _joined(columns["chunk_ns"], "<i8") / NS_PER_S,
        chunk_lag_s=_joined(columns["chunk_lag_us"], "<u4") / 1e6,
        chunk_tokens=_joined(columns["chunk_tokens"], "<u2").astype(np.int64),
        chunk_channel=_joined(columns["chunk_channel"], "u1").astype(np.int64),
        server=tuple(columns["server"]),
        **times,
        **floats,
    )


def _seconds(column: Iterable[object], t0_ns: int) -> Floats:
    return np.array([np.nan if v is None else (v - t0_ns) / NS_PER_S for v in column], dtype=np.float64)  # type: ignore[operator]


def _joined(blobs: Iterable[object], dtype: str) -> NDArray[np.int64]:
    return np.frombuffer(b"".join(blobs), dtype)  # type: ignore[arg-type]
