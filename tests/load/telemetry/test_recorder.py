import statistics
import threading
from collections.abc import Callable
from itertools import pairwise
from time import perf_counter_ns, sleep

import httpx
import psutil
import pynvml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.telemetry import Reading
from seatrial.errors import StoreError
from seatrial.load.telemetry.recorder import Probe, Recorder, next_tick_ns
from seatrial.units import NS_PER_MS


@given(
    start_ns=st.integers(0, 2**62),
    late_ns=st.integers(0, 2**50),
    interval_ns=st.integers(1, 2**40),
)
def test_next_tick_is_the_first_deadline_to_come(start_ns: int, late_ns: int, interval_ns: int) -> None:
    now_ns = start_ns + late_ns
    tick_ns = next_tick_ns(now_ns, start_ns, interval_ns)

    assert now_ns < tick_ns <= now_ns + interval_ns
    assert (tick_ns - start_ns) % interval_ns == 0


class Counting:
    """Counts its calls; sets `enough` at the n-th."""

    def __init__(self, n: int, takes_s: float = 0.0) -> None:
        self.n = n
        self.takes_s = takes_s
        self.gave: list[Reading] = []
        self.enough = threading.Event()

    def __call__(self, t_ns: int) -> list[Reading]:
        sleep(self.takes_s)
        self.gave.append(Reading(t_ns, "count", len(self.gave)))
        if len(self.gave) >= self.n:
            self.enough.set()
        return [self.gave[-1]]


def record(probe: Counting, *others: Probe, sink: Callable[[list[Reading]], object], interval_s: float) -> None:
    recorder = Recorder([*others, probe], sink, interval_s)
    recorder.start()
    assert probe.enough.wait(30)
    recorder.stop()


def test_sink_has_everything_when_stop_returns() -> None:
    probe = Counting(10)
    got: list[Reading] = []
    before_ns = perf_counter_ns()
    record(probe, sink=got.extend, interval_s=0.005)

    assert got == probe.gave
    assert all(before_ns <= early.t_ns < late.t_ns for early, late in pairwise(got))
    count = len(got)
    sleep(0.02)
    assert len(got) == count


def test_ticks_do_not_drift_by_the_time_a_probe_takes() -> None:
    interval_ns = 40 * NS_PER_MS
    probe = Counting(15, takes_s=0.02)
    record(probe, sink=len, interval_s=0.04)

    phases_ns = [(reading.t_ns - probe.gave[0].t_ns) % interval_ns for reading in probe.gave]
    # re-anchored after each probe, every other tick would be half an interval off
    assert statistics.median(min(phase, interval_ns - phase) for phase in phases_ns) < interval_ns / 8


def test_a_probe_with_nothing_to_say_does_not_stop_the_others() -> None:
    def failing(error: Exception) -> Probe:
        def probe(t_ns: int) -> list[Reading]:
            raise error

        return probe

    errors = (psutil.NoSuchProcess(1), httpx.ConnectError("refused"), pynvml.NVMLError(pynvml.NVML_ERROR_UNKNOWN))
    probe = Counting(3)
    got: list[Reading] = []
    record(probe, *map(failing, errors), sink=got.extend, interval_s=0.005)

    assert got == probe.gave


def test_what_the_sink_raised_comes_out_of_stop() -> None:
    def full(readings: list[Reading]) -> None:
        probe.enough.set()
        raise StoreError("disk full")

    probe = Counting(10)
    recorder = Recorder([probe], full, 0.005)
    recorder.start()
    assert probe.enough.wait(30)
    with pytest.raises(StoreError, match="disk full"):
        recorder.stop()
    assert len(probe.gave) == 1
