"""Starts the reference server: as a command that prints its URL, or as a process held by a context manager.

    python -m seatrial.testing.reference --port 0 --ttft-ms 200 --itl-ms 20 --tokens 128

    with ReferenceProcess(ttft_s=0.2, itl_s=0.02, tokens=128) as server:
        ...  # load server.url, then hold the client's numbers against server.truth()

It is a process of its own so that it does not share an interpreter with the client that it measures.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import http.client
import os
import resource
import stat
import subprocess
import sys
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import msgspec

from seatrial.errors import EngineFailed
from seatrial.testing.reference_server import ReferenceServer, Timing, Truth

if TYPE_CHECKING:
    from types import TracebackType
    from typing import BinaryIO

MODULE = "seatrial.testing.reference"
END_S = 5.0
CALL_TIMEOUT_S = 30.0


class ReferenceProcess:
    """The reference server in another process, from `with` to its end; it also ends when this process dies."""

    def __init__(self, *, ttft_s: float, itl_s: float, tokens: int, load_s: float = 0.0) -> None:
        times = {"ttft": ttft_s, "itl": itl_s, "load": load_s}
        options = [f"--{name}-ms={seconds * 1e3}" for name, seconds in times.items()]
        self._command = [sys.executable, "-m", MODULE, "--port=0", f"--tokens={tokens}", *options]

    def __enter__(self) -> Self:
        """Returns when it listens. Raises EngineFailed when it does not."""
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        self.pid = self._process.pid
        if not self.url:
            self._end()
            raise EngineFailed("the reference server did not start", "its own message stands above")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def truth(self) -> list[Truth]:
        """What was truly done for each request that has ended since the start or the last reset, in that order."""
        return msgspec.json.decode(self._call("GET", "/truth"), type=list[Truth])

    def reset_truth(self) -> None:
        self._call("POST", "/truth/reset")

    def unload(self) -> None:
        """Makes the next request a cold one: it waits `load_s` longer."""
        self._call("POST", "/unload")

    def _call(self, method: str, path: str) -> bytes:
        address = urlsplit(self.url).netloc
        with contextlib.closing(http.client.HTTPConnection(address, timeout=CALL_TIMEOUT_S)) as connection:
            connection.request(method, path)
            return connection.getresponse().read()

    def _end(self) -> None:
        with self._process as process:  # closes its pipes
            process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()


def main() -> None:
    """Serves until killed, interrupted or, when standard input is a pipe, until that pipe ends."""
    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default: any free port")
    parser.add_argument("--ttft-ms", type=float, default=200.0, help="from request to first token")
    parser.add_argument("--itl-ms", type=float, default=20.0, help="from token to token")
    parser.add_argument("--tokens", type=int, default=128, help="per answer, unless the request says")
    parser.add_argument("--load-ms", type=float, default=0.0, help="more for the first request after POST /unload")
    asked = parser.parse_args()
    timing = Timing(asked.ttft_ms / 1e3, asked.itl_ms / 1e3, asked.tokens, asked.load_ms / 1e3)
    _be_swift()
    server = ReferenceServer(timing, asked.port, _leash())
    print(server.url, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve()


def _be_swift() -> None:
    """Room for a connection per file descriptor the system allows, and no pauses: the loop makes no cycles."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    gc.freeze()
    gc.disable()


def _leash() -> BinaryIO | None:
    """Standard input when it is a pipe: whoever holds its other end wants to know us gone when they are."""
    piped = stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode)
    return sys.stdin.buffer if piped else None


if __name__ == "__main__":
    main()
