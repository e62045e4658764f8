"""Telemetry of one candidate: which probes, and their recorder around its workloads."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

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
    from seatrial.load.telemetry.recorder import Probe
    from seatrial.store.store import Store

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Page(NamedTuple):
    """Where an engine says what it does. `headers` may hold keys."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    insecure: bool = False


@contextlib.contextmanager
def watching(engine: Engine, store: Store, run_id: str) -> Iterator[list[int]]:
    """Records telemetry into the store. Yields the list of the engine's root pids, to be kept up to date by
    `refresh_pids` when the engine was restarted.
    """
    target = engine.target()
    pids: list[int] = []
    refresh_pids(engine, pids)
    page = Page(target.url, target.headers, insecure=target.insecure)
    with probes(engine.name, page, pids) as found:
        recorder = Recorder(found, lambda readings: store.add_readings(run_id, readings))
        recorder.start()
        try:
            yield pids
        finally:
            recorder.stop()


@contextlib.contextmanager
def probes(engine_name: str, page: Page, pids: list[int]) -> Iterator[tuple[Probe, ...]]:
    """What is read at every tick: computer, processes `pids`, GPUs and last, since it may be slow, the `page`."""
    gpu = GpuProbe()
    engine = EngineProbe(_metrics_of(engine_name), page.url, page.headers, verify=not page.insecure)
    try:
        yield HostProbe(), ProcessProbe(pids), gpu, engine
    finally:
        gpu.close()
        engine.close()


def _metrics_of(engine_name: str) -> str:
    """The embedded engine is llama.cpp's own server."""
    return "llama.cpp" if engine_name == "embedded" else engine_name


def refresh_pids(engine: Engine, pids: list[int]) -> None:
    """Puts the engine's root processes into `pids`: those we started, else whoever listens on its loopback port."""
    pids[:] = engine.root_pids() or pids_on_loopback(Page(engine.target().url))


def pids_on_loopback(page: Page) -> list[int]:
    """Who listens there, if it is on this computer."""
    address = parse_url(page.url)
    return pids_listening_on(address.port) if address.host in _LOOPBACK else []
