"""The embedded engine: llama.cpp in a process of our own, so that one command shows a real model under load."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.domain.sample import ColdPhases
from seatrial.engines.address import parse_endpoint
from seatrial.engines.cold import ACCEPT_POLL_S, READY_POLL_S, accepts, last_lines, wait_until
from seatrial.engines.footprint import llamacpp_footprint
from seatrial.engines.llamacpp import LLAMA_CPP
from seatrial.errors import EngineFailed, UsageError, nearest
from seatrial.units import NS_PER_S, ns

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.target import EngineInfo
    from seatrial.domain.trial import Candidate
    from seatrial.engines.control import Control

HOST = "127.0.0.1"
SETTINGS = ("model_path", "slots", "context", "threads")
STOP_TIMEOUT_S = 5.0
LOG_CHARACTERS = 1 << 20


@dataclass(frozen=True, slots=True)
class EmbeddedConfig:
    """What the server process is told. `context` is tokens per slot; the model answers to `alias`."""

    model_path: str
    alias: str
    port: int
    slots: int
    context: int
    threads: int
    host: str = HOST

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


def embedded_config(candidate: Candidate) -> EmbeddedConfig:
    """The server a candidate asks for, on a free port.

    `model_path` (a setting; else the model itself) is a GGUF file. One thread fewer than there are cores unless
    told, so that the client keeps one. Raises UsageError for a wrong setting or a missing file or package.
    """
    if find_spec("xllamacpp") is None:
        raise UsageError("the embedded engine is not installed", "pip install 'seatrial[embedded]'")
    settings = dict(candidate.settings)
    for key in settings:
        if key not in SETTINGS:
            raise UsageError(f'the embedded engine has no setting "{key}"', nearest(key, SETTINGS))
    path = Path(str(settings.get("model_path") or candidate.model or "")).expanduser()
    if not path.is_file():
        raise UsageError(
            f'the embedded engine needs a GGUF file, "{path}" is none', "model_path = /path/to/it.gguf"
        )
    return EmbeddedConfig(
        model_path=str(path),
        alias=candidate.model if candidate.model and "model_path" in settings else path.stem,
        port=_free_port(),
        slots=_count(settings, "slots", 1),
        context=_count(settings, "context", 2048),
        threads=_count(settings, "threads", max(1, _usable_cores() - 1)),
    )


def embedded_info(control: Control, model: str, log: str = "") -> EngineInfo:
    """What llama.cpp says of itself, in its log too, with the version of the package it came in."""
    info = LLAMA_CPP.info(control, model)
    details = llamacpp_footprint(log) | info.details
    return replace(info, version=f"xllamacpp {version('xllamacpp')}", details=details)


class EmbeddedServer:
    """A running server process. It keeps its port over restarts."""

    def __init__(self, config: EmbeddedConfig, is_ready: Callable[[], bool], timeout_s: float) -> None:
        """Starts it. Raises EngineFailed, with the end of its log, when it dies or is not ready in time."""
        self._config, self._is_ready, self._timeout_s = config, is_ready, timeout_s
        self._address = parse_endpoint(config.url)
        self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def log(self) -> str:
        """What it said since it was started, at most the first `LOG_CHARACTERS`: how it was loaded."""
        # By descriptor and place, so that the process goes on writing where it was.
        return os.pread(self._log.fileno(), LOG_CHARACTERS, 0).decode("utf-8", "replace")

    def restart(self) -> ColdPhases:
        """Stops it and starts it again; seconds count from the moment before the new process."""
        self.stop()
        return self._start()

    def stop(self) -> None:
        """Ends the process and waits for it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _start(self) -> ColdPhases:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  open as long as the process writes to it
        command = [sys.executable, "-P", "-m", "seatrial.engines.embedded_server", json.dumps(asdict(self._config))]
        start_ns = time.perf_counter_ns()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # its end tells the server that we are gone
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for the client, which then stops the server
        )
        with ExitStack() as undo:
            undo.callback(self.stop)  # on Ctrl-C too: nothing we started may stay behind
            accept_ns, ready_ns = self._followed(start_ns + ns(self._timeout_s))
            undo.pop_all()
        return ColdPhases(
            "process restarted", start_ns, (accept_ns - start_ns) / NS_PER_S, (ready_ns - start_ns) / NS_PER_S
        )

    def _followed(self, deadline_ns: int) -> tuple[int, int]:
        """perf_counter_ns when it accepted a connection and when it was ready."""
        try:
            accept_ns = wait_until(lambda: self._lives() and accepts(self._address), ACCEPT_POLL_S, deadline_ns)
            ready_ns = wait_until(lambda: self._lives() and self._is_ready(), READY_POLL_S, deadline_ns)
        except TimeoutError:
            raise EngineFailed(
                f"the embedded engine is not ready after {self._timeout_s:.0f} s: {last_lines(self._log)}",
                "give it longer: ready_timeout",
            ) from None
        return accept_ns, ready_ns

    def _lives(self) -> bool:
        code = self._process.poll()
        if code is not None:
            raise EngineFailed(f"the embedded engine ended with code {code}: {last_lines(self._log)}")
        return True


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _count(settings: dict[str, str | int | float | bool], key: str, default: int) -> int:
    value = settings.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageError(f"{key} of the embedded engine must be a whole number of at least 1, not {value!r}")
    return value


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
