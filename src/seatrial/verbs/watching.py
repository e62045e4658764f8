"""Telemetry of one candidate: which probes, and their recorder around its workloads."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from seatrial.load.telemetry.engine import EngineProbe
from seatrial.load.telemetry.gpu import GpuProbe
from seatrial.load.telemetry.host import HostProbe
from seatrial.load.telemetry.ports import pids_listening_on
from seatrial.load.telemetry.processes import ProcessProbe
from seatrial.load.telemetry.recorder import Recorder
from seatrial.wire.http import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.engines.base import Engine
    from seatrial.store.store import Store

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@contextlib.contextmanager
def watching(engine: Engine, store: Store, run_id: str) -> Iterator[list[int]]:
    """Records telemetry into the store. Yields the list of the engine's root pids, to be kept up to date by
    `refresh_pids` when the engine was restarted.
    """
    target = engine.target()
    pids: list[int] = []
    refresh_pids(engine, pids)
    gpu = GpuProbe()
    page = EngineProbe(_metrics_of(engine.name), target.url, target.headers, verify=not target.insecure)
    recorder = Recorder(
        [HostProbe(), ProcessProbe(pids), gpu, page], lambda readings: store.add_readings(run_id, readings)
    )
    recorder.start()
    try:
        yield pids
    finally:
        try:
            recorder.stop()
        finally:
            gpu.close()
            page.close()


def _metrics_of(engine_name: str) -> str:
    """The embedded engine is llama.cpp's own server."""
    return "llama.cpp" if engine_name == "embedded" else engine_name


def refresh_pids(engine: Engine, pids: list[int]) -> None:
    """Puts the engine's root processes into `pids`: those we started, else whoever listens on its loopback port."""
    address = parse_url(engine.target().url)
    found = engine.root_pids() or (pids_listening_on(address.port) if address.host in _LOOPBACK else [])
    pids[:] = found
