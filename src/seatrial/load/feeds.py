"""Feeds: which request starts next, and when. Pure state machines without a clock, driven by the loop.

A feed says when it next wants to start a request (`due_ns`), hands it out (`take`) and is told of every end
(`ended`), since in a closed loop, under a cap and between batches an end is what makes the next start due.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from seatrial.domain.traffic import Arrivals
from seatrial.load.schedule import dealt

if TYPE_CHECKING:
    from seatrial.domain.traffic import Workload
    from seatrial.load.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Launch:
    """One request to start. `intended_ns` is absolute."""

    index: int
    intended_ns: int
    stage: int


class Feed(Protocol):
    """Times are absolute nanoseconds of the loop's clock."""

    def due_ns(self) -> int | None:
        """When `take` may next be called; None: not before a request ends, or never (then `finished`)."""
        ...

    def take(self) -> Launch: ...

    def ended(self, index: int, now_ns: int, pause_ns: int) -> None:
        """A request ended; its user should wait `pause_ns` before the next (an outage, Retry-After)."""
        ...

    def expire(self, now_ns: int) -> None:
        """Drops what may no longer be started at `now_ns`."""
        ...

    @property
    def finished(self) -> bool:
        """No further request will be handed out."""
        ...


def make_feed(workload: Workload, schedule: Schedule, t0_ns: int, shard: int, shards: int) -> Feed:
    """The feed of one shard: its share of the requests, and of the users or the cap."""
    if workload.arrivals is Arrivals.BATCHES:
        return BatchFeed(schedule.batches, t0_ns)
    if workload.arrivals is Arrivals.CLOSED:
        return ClosedFeed(schedule, t0_ns, shard, shards)
    cap = workload.concurrency if workload.is_open else None
    return OpenFeed(schedule, t0_ns, shard, shards, share_of(cap, shard, shards))


def share_of(whole: int | None, shard: int, shards: int) -> int | None:
    """The part of `whole` that falls to this shard; the parts add up to it."""
    return None if whole is None else whole // shards + (shard < whole % shards)


class OpenFeed:
    """Arrivals that do not wait for answers.

    A cap delays sends, never intended times; at the end of the schedule what still waits for a slot is never sent.
    """

    def __init__(self, schedule: Schedule, t0_ns: int, shard: int, shards: int, cap: int | None) -> None:
        assert schedule.offsets_ns is not None
        self._schedule, self._t0_ns, self._cap = schedule, t0_ns, cap
        offsets = schedule.offsets_ns.tolist()
        self._waiting = deque((index, offsets[index]) for index in dealt(schedule, shard, shards))
        self._end_ns = None if schedule.end_ns is None or cap is None else t0_ns + schedule.end_ns
        self._in_flight = 0

    def due_ns(self) -> int | None:
        if not self._waiting or (self._cap is not None and self._in_flight >= self._cap):
            return None
        return self._t0_ns + int(self._waiting[0][1])

    def take(self) -> Launch:
        index, offset = self._waiting.popleft()
        self._in_flight += 1
        return Launch(index, self._t0_ns + offset, self._schedule.stage_at(offset))

    def ended(self, index: int, now_ns: int, pause_ns: int) -> None:  # noqa: ARG002  open arrivals never wait
        self._in_flight -= 1

    def expire(self, now_ns: int) -> None:
        if self._end_ns is not None and now_ns > self._end_ns:
            self._waiting.clear()

    @property
    def finished(self) -> bool:
        return not self._waiting


class ClosedFeed:
    """Users that each send when their previous answer is complete; the intended start is that moment."""

    def __init__(self, schedule: Schedule, t0_ns: int, shard: int, shards: int) -> None:
        self._schedule, self._t0_ns = schedule, t0_ns
        shifts = [shift for shift in schedule.shifts if shift.user % shards == shard]
        # (ready, user, stop): users that may send from `ready` on, until `stop`
        self._ready = [
            (t0_ns + s.start_ns, s.user, None if s.stop_ns is None else t0_ns + s.stop_ns) for s in shifts
        ]
        heapq.heapify(self._ready)
        self._working: dict[int, tuple[int, int | None]] = {}
        self._indices = dealt(schedule, shard, shards)
        self._next_index = next(self._indices, None)

    def due_ns(self) -> int | None:
        if self._next_index is None:
            return None
        while self._ready and self._ready[0][2] is not None and self._ready[0][0] >= self._ready[0][2]:
            heapq.heappop(self._ready)  # the shift is over before the user got ready
        return self._ready[0][0] if self._ready else None

    def take(self) -> Launch:
        ready_ns, user, stop_ns = heapq.heappop(self._ready)
        index, self._next_index = self._next_index, next(self._indices, None)
        assert index is not None
        self._working[index] = (user, stop_ns)
        return Launch(index, ready_ns, self._schedule.stage_at(ready_ns - self._t0_ns))

    def ended(self, index: int, now_ns: int, pause_ns: int) -> None:
        user, stop_ns = self._working.pop(index)
        heapq.heappush(self._ready, (now_ns + pause_ns, user, stop_ns))

    def expire(self, now_ns: int) -> None:
        self._ready = [entry for entry in self._ready if entry[2] is None or now_ns < entry[2]]
        heapq.heapify(self._ready)

    @property
    def finished(self) -> bool:
        return self._next_index is None or not (self._ready or self._working)


class BatchFeed:
    """Batches one after the other: each starts whole, at the moment the one before it was answered."""

    def __init__(self, sizes: tuple[int, ...], t0_ns: int) -> None:
        self._sizes = deque(enumerate(sizes))
        self._start_ns = t0_ns
        self._batch: deque[Launch] = deque()
        self._in_flight = 0
        self._next_index = 0
        self._begin()

    def _begin(self) -> None:
        if not self._sizes:
            return
        stage, size = self._sizes.popleft()
        first = self._next_index
        self._batch.extend(Launch(index, self._start_ns, stage) for index in range(first, first + size))
        self._next_index += size

    def due_ns(self) -> int | None:
        return self._batch[0].intended_ns if self._batch else None

    def take(self) -> Launch:
        self._in_flight += 1
        return self._batch.popleft()

    def ended(self, index: int, now_ns: int, pause_ns: int) -> None:  # noqa: ARG002
        self._in_flight -= 1
        if not self._in_flight and not self._batch:
            self._start_ns = now_ns + pause_ns
            self._begin()

    def expire(self, now_ns: int) -> None:
        pass

    @property
    def finished(self) -> bool:
        return not self._batch and not self._sizes
