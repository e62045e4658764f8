"""The client watches itself: CPU, time away from the sockets, garbage collection, steps of the wall clock."""

from __future__ import annotations

import gc
import time

from seatrial.domain.sample import ClientSecond
from seatrial.units import NS_PER_S


class SelfWatch:
    """Collects one `ClientSecond` per second of one load process. `close` must be called: it hooks into gc."""

    def __init__(self, shard: int, now_ns: int) -> None:
        self._shard = shard
        self._start_ns = now_ns
        self._cpu_ns = time.process_time_ns()
        self._worst_lag_ns = 0
        self._events = 0
        self._gc_ns = 0
        self._gc_began_ns = 0
        gc.callbacks.append(self._on_gc)

    def close(self) -> None:
        gc.callbacks.remove(self._on_gc)

    def _on_gc(self, phase: str, info: dict[str, int]) -> None:  # noqa: ARG002  the signature is gc's
        now = time.perf_counter_ns()
        if phase == "start":
            self._gc_began_ns = now
        else:
            self._gc_ns += now - self._gc_began_ns

    def worked(self, lag_ns: int, events: int) -> None:
        """One sweep over ready sockets took `lag_ns` and read `events` times."""
        self._events += events
        if lag_ns > self._worst_lag_ns:  # noqa: PLR1730  on the hot path, and half the price of max()
            self._worst_lag_ns = lag_ns

    def due(self, now_ns: int) -> bool:
        return now_ns - self._start_ns >= NS_PER_S

    def take(self, now_ns: int, clock_step_ns: int, in_flight: int) -> ClientSecond:
        """What was seen since the last call (about a second)."""
        cpu_ns = time.process_time_ns()
        second = ClientSecond(
            t_ns=now_ns,
            shard=self._shard,
            cpu=(cpu_ns - self._cpu_ns) / max(1, now_ns - self._start_ns),
            loop_lag_s=self._worst_lag_ns / NS_PER_S,
            gc_s=self._gc_ns / NS_PER_S,
            events=self._events,
            clock_step_s=clock_step_ns / NS_PER_S,
            in_flight=in_flight,
        )
        self._start_ns, self._cpu_ns = now_ns, cpu_ns
        self._worst_lag_ns = self._events = self._gc_ns = 0
        return second
