"""The embedded engine's process: llama.cpp's own server, run by `python -m seatrial.engines.embedded_server JSON`.

A process of its own, so that it can be stopped and started for cold starts, and watched. It ends with its parent:
the parent holds the other end of its standard input.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

import xllamacpp

LOG_LEVEL = 4  # from here on its log tells the size of each buffer
HTTP_THREADS = 64  # a streamed answer holds one: with fewer, requests would queue before the slots are asked


def main(config: dict[str, Any]) -> None:
    """Serves until standard input ends. Exits with code 1 when the model cannot be loaded."""
    _take_name("llama.cpp")
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        server = xllamacpp.Server(_params(config))
    except RuntimeError as problem:
        sys.exit(str(problem))  # its reason stands in the log above
    print(f"serving {config['alias']} at {server.listening_address}", flush=True)
    threading.Event().wait()


def _take_name(name: str) -> None:
    """So that telemetry and `top` say what this is; threads made from here on inherit it. Linux only."""
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name, "ascii")


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):  # not sys.stdin.read: its lock would make an early exit an abort
        pass
    os._exit(0)  # nothing to save, and a server in the midst of answers does not end by itself


def _params(config: dict[str, Any]) -> xllamacpp.CommonParams:
    params = xllamacpp.CommonParams()
    params.model.path = config["model_path"]
    params.model_alias = {config["alias"]}
    params.hostnames = [config["host"]]
    params.port = config["port"]
    params.n_parallel = config["slots"]
    params.n_ctx = config["slots"] * config["context"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = config["threads"]
    params.n_threads_http = HTTP_THREADS
    params.cache_ram_mib = 0  # else each finished prompt is copied aside, in case it comes again
    params.endpoint_metrics = True
    params.ui = False
    params.verbosity = LOG_LEVEL
    return params


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
