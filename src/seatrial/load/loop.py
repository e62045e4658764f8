"""The load loop: one plain non-blocking loop per process sends on time and records what comes back.

Theory of operation. A feed says which request is due when; the loop sleeps in the poller until the next due
send, the next ready socket or the next housekeeping tick, whichever is first. A send is stamped just before the
request goes out; it is never re-anchored: `t_intended` stays the schedule's, the difference is the send lag.
A read stamps the bytes with the kernel's receive time, so the order in which ready sockets are served, and
whatever else this process does, does not move a result; the delay of the read itself is kept as receive lag.
Answers are decoded when they are complete. Failures end an exchange, never the loop.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from seatrial.domain.sample import Outcome
from seatrial.load import outcomes
from seatrial.load.clock import WallOffset
from seatrial.load.exchange import Exchange, without_key
from seatrial.load.feeds import make_feed
from seatrial.load.job import Batch, Done
from seatrial.load.outbox import Outbox
from seatrial.load.poller import WRITE, Poller
from seatrial.load.schedule import dealt, make_schedule
from seatrial.load.switchboard import Switchboard
from seatrial.load.watch import SelfWatch
from seatrial.units import NS_PER_MS, NS_PER_S, ns
from seatrial.wire.apis import APIS
from seatrial.wire.masking import key_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.sample import ClientSecond, Sample
    from seatrial.load.feeds import Feed
    from seatrial.load.job import LoadJob
    from seatrial.load.sockets import Connection

TICK_NS = 50 * NS_PER_MS
_OUTAGE_PAUSE_NS = 100 * NS_PER_MS  # a user whose connection is refused does not hammer
_MAX_PAUSE_NS = 30 * NS_PER_S
_MIN_SLEEP_S = 20e-6
_CROWD = 100  # reads in a tick (2,000 a second) from which on it pays to let them gather
_REST_S = 1e-3  # less than any gap between tokens that a stream of readable speed has
_FEW = 16
_SENDS = 64  # requests started between two looks at the sockets: some milliseconds of work


class Loop:
    """Runs one job. `hand_over` gets a Batch at every tick that has something to tell; `should_stop` is asked then.

    `idle` are open connections to the same target, kept from job to job. `watch` sees the body bytes of answers as
    they come (for showing text while it streams).
    """

    def __init__(
        self,
        job: LoadJob,
        poller: Poller,
        hand_over: Callable[[Batch], None],
        *,
        idle: list[Connection] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        watch: Callable[[bytes], None] | None = None,
    ) -> None:
        self._job, self._poller, self._hand_over = job, poller, hand_over
        self._should_stop, self._watch_body = should_stop, watch
        self._api, self._key = APIS[job.target.api], key_in(job.target.headers)
        self._schedule = make_schedule(job.workload, job.seed)
        self._outbox = Outbox(job, self._schedule)
        self._board = Switchboard(job.target, poller, [] if idle is None else idle)
        self._offset = WallOffset()
        self._samples: list[Sample] = []
        self._seconds: list[ClientSecond] = []
        self._started = 0
        self._served = 0
        self._crowded = False
        self._down_since_ns: int | None = None
        self._is_dead = False
        self._ended_early: str | None = None

    def prepare(self) -> None:
        """Resolves the name and makes the first requests: all that can be done before the start."""
        self._board.resolve()
        while self._outbox.make_ahead():
            pass

    def run(self, t0_ns: int) -> Done:
        """Offers the load from `t0_ns` on and returns when every request has ended."""
        job = self._job
        feed = make_feed(job.workload, self._schedule, t0_ns, job.shard, job.shards)
        watch = SelfWatch(job.shard, time.perf_counter_ns())
        try:
            self._offer(feed, watch)
        finally:
            watch.close()
        self._take_second(watch, time.perf_counter_ns())
        self._flush()
        return Done(self._planned(), time.perf_counter_ns(), self._ended_early)

    def _planned(self) -> int:
        schedule, job = self._schedule, self._job
        return self._started if schedule.total is None else sum(1 for _ in dealt(schedule, job.shard, job.shards))

    def _offer(self, feed: Feed, watch: SelfWatch) -> None:
        """Serve, send, keep house, sleep: until all has ended."""
        clock, poller, busy = time.perf_counter_ns, self._poller, self._board.busy
        ready: list[tuple[int, int]] = []
        woke_ns = clock()
        next_tick_ns = woke_ns + TICK_NS
        while (busy or not feed.finished) and self._ended_early is None:
            for fd, mask in ready:
                self._serve(fd, mask, feed)
            self._served += len(ready)
            due_ns = self._launch_due(feed)
            now = clock()
            if now >= next_tick_ns:
                self._tick(feed, watch, now)
                next_tick_ns = now + TICK_NS
                due_ns = feed.due_ns()  # a request that timed out may have freed its user
            watch.worked(clock() - woke_ns, len(ready))
            wake_ns = min(due_ns or next_tick_ns, next_tick_ns)
            if self._crowded and len(ready) < _FEW:
                poller.rest(min(_REST_S, (wake_ns - clock()) / NS_PER_S))
            ready = poller.wait(self._idle_until(wake_ns))
            woke_ns = clock()

    def _idle_until(self, wake_ns: int) -> float:
        """Seconds to sleep; time to spare is used to make requests ahead."""
        wait_ns = wake_ns - time.perf_counter_ns()
        while wait_ns > 2 * NS_PER_MS and self._outbox.make_ahead():
            wait_ns = wake_ns - time.perf_counter_ns()
            if self._board.busy:
                return 0.0  # look at the sockets between two requests made
        return max(wait_ns / NS_PER_S, _MIN_SLEEP_S) if wait_ns > 0 else 0.0

    def _launch_due(self, feed: Feed) -> int | None:
        """Starts what is due, but never so much that the sockets must wait long; when the next one is due."""
        for _ in range(_SENDS):
            due_ns = feed.due_ns()
            if due_ns is None or due_ns > time.perf_counter_ns():
                return due_ns
            self._launch(feed)
        return feed.due_ns()

    def _launch(self, feed: Feed) -> None:
        launch = feed.take()
        self._started += 1
        exchange = Exchange(launch, self._outbox.get(launch.index), self._watch_body)
        exchange.t_send_ns = exchange.t_last_ns = time.perf_counter_ns()
        self._send(exchange, feed)

    def _send(self, exchange: Exchange, feed: Feed, *, fresh: bool = False) -> None:
        try:
            self._board.send(exchange, fresh=fresh)
        except OSError as error:
            exchange.fail(outcomes.of_error(error), str(error))
            self._end(exchange, feed)

    def _serve(self, fd: int, mask: int, feed: Feed) -> None:
        """One socket is ready. Runs once per read: the hot path."""
        entry = self._board.busy.get(fd)
        if entry is None:
            return
        connection, exchange = entry
        try:
            # Read first: a server may answer, and close, before it was sent the whole request.
            received = None if mask == WRITE else connection.read()
            if received is None:
                self._board.go_on(connection, exchange)
                return
        except OSError as error:
            self._broken(connection, exchange, error, feed)
            return
        read_ns = time.perf_counter_ns()
        data, kernel_wall_ns = received
        if not data:
            self._broken(connection, exchange, None, feed)
            return
        if kernel_wall_ns is None:
            exchange.received(data, read_ns, 0)
            exchange.kernel_clock = False
        else:
            t_ns = kernel_wall_ns - self._offset.ns
            if not exchange.t_last_ns <= t_ns <= read_ns:  # the wall clock was set since the last look
                t_ns = read_ns
            exchange.received(data, t_ns, read_ns - t_ns)
        if exchange.complete or exchange.outcome is not None:
            self._finish(connection, exchange, feed)
        elif not exchange.flowing and exchange.bodies:
            exchange.flowing = True
            self._board.watch(connection, urgent=False)

    def _broken(self, connection: Connection, exchange: Exchange, error: OSError | None, feed: Feed) -> None:
        """The connection failed, or (no error) the server closed it.

        A kept-alive connection that the server closes just as it is used is replaced once, as every HTTP client
        does; `t_send` is kept, so the time it took stays in the measurement.
        """
        if connection.used and not exchange.bytes_received:
            self._board.release(connection)
            self._send(exchange, feed, fresh=True)
            return
        if error is None:
            exchange.stream_ended()
        else:
            exchange.fail(outcomes.of_error(error), str(error))
        self._finish(connection, exchange, feed)

    def _finish(self, connection: Connection, exchange: Exchange, feed: Feed) -> None:
        self._board.release(connection, keep=exchange.keep_alive)
        self._end(exchange, feed)

    def _end(self, exchange: Exchange, feed: Feed) -> None:
        """Records the sample and tells the feed, whose next request counts from the true end of the answer."""
        end_ns = exchange.t_last_ns if exchange.complete else time.perf_counter_ns()
        sample = without_key(exchange.sample(self._api, self._job.shard, end_ns), self._key)
        self._samples.append(sample)
        pause_ns = 0
        if sample.outcome in outcomes.OUTAGE and not exchange.bytes_received:
            self._down_since_ns = self._down_since_ns or end_ns
            self._is_dead = end_ns - self._down_since_ns > ns(self._job.dead_after_s)
            pause_ns = _OUTAGE_PAUSE_NS
        else:
            self._down_since_ns, self._is_dead = None, False
            if sample.retry_after_s is not None:
                pause_ns = min(ns(sample.retry_after_s), _MAX_PAUSE_NS)
        feed.ended(exchange.launch.index, end_ns, pause_ns)

    def _tick(self, feed: Feed, watch: SelfWatch, now: int) -> None:
        self._crowded, self._served = self._served > _CROWD, 0
        self._offset.refresh()
        self._end_overdue(feed, now)
        feed.expire(now)
        if watch.due(now):
            self._take_second(watch, now)
        if self._should_stop():
            self._abandon(feed, "interrupted")
        elif self._is_dead and not self._board.anyone_there():
            self._abandon(feed, f"no server answered for {self._job.dead_after_s:g} s")
        self._flush()

    def _take_second(self, watch: SelfWatch, now: int) -> None:
        self._seconds.append(watch.take(now, self._offset.take_worst_step_ns(), len(self._board.busy)))

    def _flush(self) -> None:
        if self._samples or self._seconds:
            self._hand_over(Batch(self._samples, self._seconds, len(self._board.busy)))
            self._samples, self._seconds = [], []

    def _end_overdue(self, feed: Feed, now: int) -> None:
        job = self._job
        whole_s, token_s = job.workload.timeout_s, job.workload.token_timeout_s
        whole_ns, token_ns = ns(whole_s), ns(token_s)
        for connection, exchange in list(self._board.busy.values()):
            if now - exchange.t_send_ns > whole_ns:
                exchange.fail(Outcome.TIMEOUT, f"no complete answer within {whole_s:g} s")
            elif exchange.bytes_received > job.max_answer_bytes:
                exchange.fail(Outcome.TOO_LARGE, f"more than {job.max_answer_bytes} bytes of answer")
            elif exchange.bodies and now - exchange.t_last_ns > token_ns:
                exchange.fail(Outcome.TOKEN_TIMEOUT, f"nothing came for {token_s:g} s in mid-stream")
            else:
                continue
            self._finish(connection, exchange, feed)

    def _abandon(self, feed: Feed, why: str) -> None:
        """Records what is in flight as it stands; nothing more is started."""
        self._ended_early = why
        for connection, exchange in list(self._board.busy.values()):
            exchange.fail(Outcome.INTERRUPTED, why)
            self._finish(connection, exchange, feed)
