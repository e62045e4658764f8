"""The yardstick: a server in C whose timing is exact, and the record that it keeps of what it truly did.

Its source is not part of this project: SEATRIAL_TRUTHSERVER_C names the file.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOURCE_VARIABLE = "SEATRIAL_TRUTHSERVER_C"
TTFT_MS, ITL_MS, TOKENS = 200, 20, 128
_START_LIMIT_S = 10.0


class Truth(NamedTuple):
    """One entry per answer, in the order in which they ended. `late_s`: the most by which a token was sent late."""

    arrived_unix_s: NDArray[np.float64]
    ttft_s: NDArray[np.float64]
    tokens: NDArray[np.float64]
    late_s: NDArray[np.float64]


def find_source() -> Path | None:
    """The server's source file; None where the variable is not set or names no file."""
    named = os.environ.get(SOURCE_VARIABLE)
    return Path(named) if named and Path(named).is_file() else None


def compiled(source: Path, folder: Path) -> Path:
    program = folder / "truthserver"
    subprocess.run(["gcc", "-O2", "-w", "-o", program, source], check=True)
    return program


class TruthServer:
    """The server from `with` to its end; `truth` can be had after that, since it writes as it ends."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._csv = folder / "truth.csv"
        self._port = _free_port()
        self._command = [str(word) for word in (program, self._port, TTFT_MS, ITL_MS, TOKENS, self._csv)]
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        limit_s = time.perf_counter() + _START_LIMIT_S
        while time.perf_counter() < limit_s:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return self
            time.sleep(0.01)
        self.__exit__()
        raise SystemExit("the truth server did not start")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def truth(self, since_unix_s: float) -> Truth:
        """What was done for the requests that arrived from `since_unix_s` on."""
        names = ("arrive_unix_s", "ttft_ms", "tokens", "max_late_ms")
        rows = np.genfromtxt(self._csv, delimiter=",", names=True)
        arrived, ttft_ms, tokens, late_ms = (rows[name][rows["arrive_unix_s"] >= since_unix_s] for name in names)
        return Truth(arrived, ttft_ms / 1e3, tokens, late_ms / 1e3)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
