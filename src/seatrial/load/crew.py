"""The load processes as seen from their parent: started once, given job after job, their batches merged."""

from __future__ import annotations

import os
import pickle
import selectors
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from seatrial.errors import EngineFailed
from seatrial.load.job import Batch, Done, Go, LoadJob, Ready, Stop
from seatrial.load.worker import LENGTH
from seatrial.units import NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_HEAD_START_NS = 20 * NS_PER_MS  # from `Go` to the load's zero: every worker must have read it by then
_PREPARE_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class LoadResult:
    """`ended_early` is the first shard's reason for ending before its time, None when all ran to their end."""

    planned: int
    t0_ns: int
    t_end_ns: int
    ended_early: str | None


class _Worker:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "seatrial.load.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the parent, which then tells us
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.pid = self._process.pid
        self._in, self._out = self._process.stdin, self._process.stdout
        self.out_fd = self._out.fileno()
        os.set_blocking(self.out_fd, False)
        self._received = bytearray()

    def put(self, message: object) -> None:
        data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        try:
            self._in.write(LENGTH.pack(len(data)) + data)
            self._in.flush()
        except BrokenPipeError as error:
            raise self._died() from error

    def messages(self) -> Iterator[Any]:
        """Whole messages that have arrived; after the last one of a process that has died, raises EngineFailed."""
        has_died = self._take_in()
        while len(self._received) >= LENGTH.size:
            (size,) = LENGTH.unpack_from(self._received)
            if len(self._received) < LENGTH.size + size:
                break
            body = bytes(self._received[LENGTH.size : LENGTH.size + size])
            del self._received[: LENGTH.size + size]
            yield pickle.loads(body)  # noqa: S301  our own child
        if has_died:
            raise self._died()

    def _take_in(self) -> bool:
        """Reads what there is; True when there will be no more."""
        while True:
            try:
                piece = os.read(self.out_fd, 2**20)
            except BlockingIOError:
                return False
            if not piece:
                return True
            self._received += piece

    def _died(self) -> EngineFailed:
        code = self._process.wait()
        return EngineFailed(
            f"load process {self.pid} ended with code {code} in mid-run",
            "what it had handed over is stored; its last words are above",
        )

    def close(self) -> None:
        self._in.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._out.close()


class Crew:
    """`size` load processes; a context manager that ends them."""

    def __init__(self, size: int) -> None:
        self._workers = [_Worker() for _ in range(size)]
        self._selector = selectors.DefaultSelector()
        for worker in self._workers:
            self._selector.register(worker.out_fd, selectors.EVENT_READ, worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for worker in self._workers:
            worker.close()

    @property
    def pids(self) -> list[int]:
        return [worker.pid for worker in self._workers]

    def run(
        self,
        job: LoadJob,
        on_batch: Callable[[Batch], None],
        *,
        shards: int | None = None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> LoadResult:
        """Runs `job` on `shards` workers (default all) and returns when all are done.

        `on_batch` is called in this thread with every batch and, at least every 0.25 s, with an empty one. Once
        `should_stop` says so the workers end what they do and the result says that it ended early. Raises
        EngineFailed when a worker dies.
        """
        workers = self._workers[: shards or len(self._workers)]
        for shard, worker in enumerate(workers):
            worker.put(replace(job, shard=shard, shards=len(workers)))
        self._wait_ready(workers)
        t0_ns = time.perf_counter_ns() + _HEAD_START_NS
        for worker in workers:
            worker.put(Go(t0_ns))
        done = self._collect(workers, on_batch, should_stop)
        reasons = [result.ended_early for result in done if result.ended_early]
        return LoadResult(
            planned=sum(result.planned for result in done),
            t0_ns=t0_ns,
            t_end_ns=max(result.t_end_ns for result in done),
            ended_early=reasons[0] if reasons else None,
        )

    def _wait_ready(self, workers: list[_Worker]) -> None:
        waiting = {worker.pid for worker in workers}
        limit_ns = time.perf_counter_ns() + int(_PREPARE_LIMIT_S * NS_PER_S)
        while waiting:
            for worker, message in self._arrived():
                if isinstance(message, Ready):
                    waiting.discard(worker.pid)
            if time.perf_counter_ns() > limit_ns:
                raise EngineFailed("a load process was not ready within a minute", "is the machine overloaded?")

    def _collect(
        self, workers: list[_Worker], on_batch: Callable[[Batch], None], should_stop: Callable[[], bool]
    ) -> list[Done]:
        done: list[Done] = []
        stopping = False
        while len(done) < len(workers):
            for _, message in self._arrived():
                if isinstance(message, Done):
                    done.append(message)
                else:
                    on_batch(message)
            on_batch(Batch())
            if not stopping and should_stop():
                stopping = True
                for worker in workers:
                    worker.put(Stop())
        return done

    def _arrived(self) -> Iterator[tuple[_Worker, Any]]:
        for key, _ in self._selector.select(0.25):
            for message in key.data.messages():
                yield key.data, message
