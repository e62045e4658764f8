"""What the client reports, against what the server knows it did: a client that stalls must not move a number."""

from __future__ import annotations

import statistics
import time

import pytest

from seatrial.domain.traffic import Arrivals, Lengths, Workload
from seatrial.load.poller import Poller, make_poller
from seatrial.load.sockets import HAS_KERNEL_CLOCK
from seatrial.testing.reference import ReferenceProcess

from .harness import Loaded, chunk_times_s, load

TTFT_S, ITL_S, TOKENS = 0.2, 0.04, 8
WORKLOAD = Workload("w", Arrivals.CONSTANT, requests=40, rate_per_s=25, output_tokens=Lengths(TOKENS))
needs_kernel_clock = pytest.mark.skipif(not HAS_KERNEL_CLOCK, reason="kernel receive times are Linux only")


class StallingPoller:
    """The real poller of a client that is away for `stall_s` before every look at its sockets."""

    def __init__(self, stall_s: float) -> None:
        self._poller: Poller = make_poller()
        self._stall_s = stall_s
        self.set, self.drop, self.close = self._poller.set, self._poller.drop, self._poller.close
        self.rest = self._poller.rest

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        time.sleep(self._stall_s)
        return self._poller.wait(timeout_s)


def measured(stall_s: float) -> tuple[Loaded, float, float]:
    """What was recorded, and the median TTFT by the client and by the server."""
    with ReferenceProcess(ttft_s=TTFT_S, itl_s=ITL_S, tokens=TOKENS) as server:
        loaded = load(WORKLOAD, server.url, poller=StallingPoller(stall_s) if stall_s else None)
        truth = server.truth()
    assert loaded.outcomes == ["ok"] * 40
    assert len(truth) == 40
    ours = statistics.median(chunk_times_s(sample)[0] for sample in loaded.samples)
    theirs = statistics.median(((t.first_send_ns or 0) - t.arrival_ns) / 1e9 for t in truth)
    return loaded, ours, theirs


def test_a_client_that_is_there_agrees_with_the_server() -> None:
    loaded, ours, theirs = measured(0.0)
    assert ours == pytest.approx(theirs, rel=0.01)
    assert [len(chunk_times_s(sample)) for sample in loaded.samples] == [TOKENS] * 40
    gaps = [gap for sample in loaded.samples for gap in chunk_times_s(sample)[1:] - chunk_times_s(sample)[:-1]]
    assert statistics.median(gaps) == pytest.approx(ITL_S, rel=0.02)


@needs_kernel_clock
def test_stalls_of_30_ms_do_not_move_ttft() -> None:
    loaded, ours, theirs = measured(0.03)
    assert ours == pytest.approx(theirs, rel=0.01)
    lags_ms = [lag / 1e3 for sample in loaded.samples for lag in memoryview(sample.chunk_lag_us).cast("I")]
    assert statistics.mean(lags_ms) > 5, "the client's own lag is a figure of its own"
    assert max(second.loop_lag_s for second in loaded.seconds) < 1


@needs_kernel_clock
def test_stalls_longer_than_the_gap_merge_chunks_and_are_counted() -> None:
    loaded, _, _ = measured(0.15)
    assert sum(sample.first_read_chunks > 1 for sample in loaded.samples) > 20
