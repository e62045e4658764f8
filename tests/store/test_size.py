from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.sample import Outcome, Sample
from seatrial.store.store import Store
from seatrial.units import NS_PER_MS

from .records import T0_NS, fill

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

REQUESTS, CHUNKS = 7_813, 128


def streamed_sample(index: int, luck: np.random.Generator) -> Sample:
    """A request as a busy server answers it: first token after 200 ms, the others every 20 ms, both with jitter."""
    gaps_ns = luck.gamma(4, 5 * NS_PER_MS, CHUNKS)
    gaps_ns[0] += 200 * NS_PER_MS
    chunk_ns = np.cumsum(gaps_ns).astype("<i8")
    intended_ns = T0_NS + index * 13 * NS_PER_MS
    sent_ns = intended_ns + int(luck.integers(50_000, 2_000_000))
    return Sample(
        index, intended_ns, sent_ns, sent_ns, sent_ns + 150 * NS_PER_MS, sent_ns + int(chunk_ns[-1]),
        Outcome.OK, 200, stage=0, shard=index % 2, input_tokens_asked=512, output_tokens_asked=CHUNKS,
        prompt_tokens=512, completion_tokens=CHUNKS, finish_reason="length", bytes_received=31_000,
        chunk_ns=chunk_ns.tobytes(),
        chunk_lag_us=luck.integers(5, 5_000, CHUNKS).astype("<u4").tobytes(),
        chunk_tokens=np.ones(CHUNKS, "<u2").tobytes(), chunk_channel=bytes(CHUNKS),
        first_read_chunks=1, kernel_clock=True,
        server={"load_s": luck.random(), "prompt_eval_s": luck.random(), "eval_s": luck.random()},
    )  # fmt: skip


def test_a_million_chunk_events_are_small_and_load_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, luck = tmp_path / "store.db", np.random.default_rng(1)
    samples = [streamed_sample(index, luck) for index in range(REQUESTS)]
    with Store.open(path) as store:
        fill(store, "r")
        for start in range(0, REQUESTS, 100):
            store.add_samples("r", 0, samples[start : start + 100])
        started_ns = time.perf_counter_ns()
        table = store.table("r", 0)
        load_s = (time.perf_counter_ns() - started_ns) / 1e9
    size_mb = path.stat().st_size / 1e6
    with capsys.disabled():
        print(f"\n{len(table.chunk_s):,} chunk events: {size_mb:.1f} MB, loaded in {load_s:.2f} s")
    assert len(table.chunk_s) >= 1_000_000
    assert size_mb < 100
    assert table.chunk_count.tolist() == [CHUNKS] * REQUESTS
