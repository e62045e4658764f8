"""Calls probes once a second on a thread of its own and hands their readings to a sink.

Deadlines are absolute (start + k x interval), so that ticks never drift; a tick that comes too late is left out,
never caught up, since two readings in quick succession would say nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import TYPE_CHECKING

import httpx
import psutil
import pynvml

from seatrial.domain.telemetry import Reading
from seatrial.errors import SeatrialError
from seatrial.units import NS_PER_S, ns

if TYPE_CHECKING:
    from collections.abc import Iterable

Probe = Callable[[int], list[Reading]]
"""Reads now; the argument is perf_counter_ns of this moment and becomes `Reading.t_ns`."""

ABSENT = (psutil.Error, httpx.HTTPError, pynvml.NVMLError)
"""A probe that raises one of these has nothing to say this time: no reading, no error."""


class Recorder:
    """Ticks from `start()` to `stop()`. The first tick comes at once: counters take their baseline from it.

    `sink` is called on the recorder's thread, once per tick that gave readings. Put a probe that may be slow
    (an engine's page) last: it delays those behind it.
    """

    def __init__(
        self, probes: Sequence[Probe], sink: Callable[[list[Reading]], object], interval_s: float = 1.0
    ) -> None:
        self._probes = tuple(probes)
        self._sink = sink
        self._interval_ns = ns(interval_s)
        self._stopping = threading.Event()
        self._failure: SeatrialError | None = None
        self._thread = threading.Thread(target=self._run, name="telemetry", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the sink has got everything that was read. Raises what the sink raised (StoreError)."""
        self._stopping.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        start_ns = perf_counter_ns()
        wait_ns = 0
        try:
            while not self._stopping.wait(wait_ns / NS_PER_S):
                if readings := [reading for probe in self._probes for reading in _read(probe)]:
                    self._sink(readings)
                now_ns = perf_counter_ns()
                wait_ns = next_tick_ns(now_ns, start_ns, self._interval_ns) - now_ns
        except SeatrialError as error:
            self._failure = error


def next_tick_ns(now_ns: int, start_ns: int, interval_ns: int) -> int:
    """The first deadline `start_ns + k x interval_ns` after `now_ns`."""
    return start_ns + ((now_ns - start_ns) // interval_ns + 1) * interval_ns


def _read(probe: Probe) -> Iterable[Reading]:
    try:
        return probe(perf_counter_ns())
    except ABSENT:
        return ()
