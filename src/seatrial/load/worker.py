"""A load process: reads jobs from its standard input, runs them, writes batches to its standard output.

It is `python -m seatrial.load.worker`, started by `seatrial.load.crew`. Messages are pickles behind a length; both
ends are seatrial. When standard input ends the parent is gone, and so is the worker.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import resource
import select
import signal
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seatrial.load.job import Go, LoadJob, Ready, Stop
from seatrial.load.loop import Loop
from seatrial.load.poller import make_poller
from seatrial.load.sockets import hold_kernel_clock

if TYPE_CHECKING:
    from seatrial.load.sockets import Connection

LENGTH = struct.Struct("!I")
_PIPE_BYTES = 2**20
_PRIORITY = -10
_F_SETPIPE_SZ = 1031


class Channel:
    """Messages over the two pipes. Writing never blocks the loop: what the pipe does not take waits here."""

    def __init__(self, in_fd: int, out_fd: int) -> None:
        self._in, self._out = in_fd, out_fd
        self._backlog = bytearray()
        os.set_blocking(out_fd, False)

    def put(self, message: object) -> None:
        data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        self._backlog += LENGTH.pack(len(data)) + data
        self.flush()

    def flush(self, *, wait: bool = False) -> None:
        """Writes what the pipe takes; with `wait`, all of it."""
        while self._backlog:
            try:
                written = os.write(self._out, self._backlog)
            except BlockingIOError:
                if not wait:
                    return
                select.select([], [self._out], [], 1.0)
                continue
            del self._backlog[:written]

    def get(self) -> Any:
        """The next message; raises EOFError when the parent is gone."""
        return pickle.loads(self._exactly(LENGTH.unpack(self._exactly(LENGTH.size))[0]))  # noqa: S301  our parent

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = os.read(self._in, size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def stop_asked(self) -> bool:
        """A message is waiting during a job: it can only be Stop, or the end of the parent."""
        self.flush()
        return bool(select.select([self._in], [], [], 0)[0])


def serve(channel: Channel) -> None:
    """Runs jobs until standard input ends."""
    idle: list[Connection] = []
    idle_for: object = None
    poller = make_poller()  # now, while file descriptors are small: select() takes none above 1023
    while True:
        job = channel.get()
        if not isinstance(job, LoadJob):
            continue  # a Stop that came after its job had ended
        if idle_for != job.target:
            _close(idle)
            idle_for = job.target
        loop = Loop(job, poller, channel.put, idle=idle, should_stop=channel.stop_asked)
        loop.prepare()
        gc.freeze()
        channel.put(Ready())
        channel.flush(wait=True)
        go = channel.get()
        if isinstance(go, Stop):
            continue
        assert isinstance(go, Go)
        channel.put(loop.run(go.t0_ns))
        channel.flush(wait=True)
        gc.unfreeze()
        gc.collect()


def _close(idle: list[Connection]) -> None:
    for connection in idle:
        connection.close()
    idle.clear()


def _go_first() -> None:
    """Asks not to wait behind an engine on this computer, whose threads spin on every core. Only root may.

    Linux divides the processor among sessions first (autogroup), and this process has one of its own: a nice value
    alone would only count within it.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_PRIORITY), "ascii")


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    _go_first()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    in_fd, out_fd = os.dup(0), os.dup(1)
    os.dup2(2, 1)  # a stray print must not damage the messages
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415  POSIX only

        fcntl.fcntl(out_fd, _F_SETPIPE_SZ, _PIPE_BYTES)
    kernel_clock = hold_kernel_clock()
    gc.disable()  # the loop makes no cycles; it collects between jobs
    try:
        serve(Channel(in_fd, out_fd))
    except (EOFError, BrokenPipeError):
        os._exit(0)  # the parent is gone: nobody to tell
    finally:
        if kernel_clock is not None:
            kernel_clock.close()


if __name__ == "__main__":
    main()
