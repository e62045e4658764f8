"""What measuring needs of the computer: one function, one finding."""

from __future__ import annotations

import os
import resource
import select
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from seatrial.errors import StoreError
from seatrial.load.sockets import Connection, resolve
from seatrial.load.telemetry.gpu import find_gpus
from seatrial.store.place import is_begun
from seatrial.store.store import Store
from seatrial.units import GIB, MIB, NS_PER_S, format_bytes, format_s
from seatrial.verbs.doctor.finding import Finding, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_PYTHON = (3, 11)
LEAST_OPEN_FILES = 4096
LEAST_MEMORY_BYTES = GIB
ENOUGH_DISK_BYTES = GIB
LEAST_DISK_BYTES = 100 * MIB
STAMP_PATIENCE_S = 0.5
"""The kernel begins to stamp some milliseconds after the first socket on the computer asks it to."""
PLAUSIBLE_LAG_S = 1.0
SLOW_CLOCKS = frozenset({"hpet", "acpi_pm", "jiffies", "pit"})
"""Clock sources that cost a microsecond or more per look, or tick coarsely."""

_CLOCK_SOURCE = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
_CPU_LIMIT = Path("/sys/fs/cgroup/cpu.max")


def python_version() -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] >= LEAST_PYTHON:
        return Finding("Python", "ok", found)
    return Finding("Python", "fail", found, "install Python 3.11 or newer")


def kernel_time_stamps() -> Finding:
    """Whether a real connection on the loopback, opened as a run opens it, gets plausible receive times."""
    name = "kernel time stamps"
    lag_s = stamp_lag_s()
    if lag_s is not None and 0 <= lag_s < PLAUSIBLE_LAG_S:
        return Finding(name, "ok", f"yes (read {format_s(lag_s)} later)")
    advice = "read times are used: keep this computer idle while it measures, or measure from Linux"
    return Finding(name, "warn", "no" if lag_s is None else f"implausible ({format_s(lag_s)} off)", advice)


def stamp_lag_s() -> float | None:
    """Seconds from the kernel's receive time to the read, on a loopback connection; None without a time."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(resolve("127.0.0.1", server.getsockname()[1], None))
        try:
            peer, _ = server.accept()
            with peer:
                return _first_lag_s(connection, peer)
        finally:
            connection.close()


def _first_lag_s(connection: Connection, peer: socket.socket) -> float | None:
    patient_until = time.perf_counter() + STAMP_PATIENCE_S
    while time.perf_counter() < patient_until:
        peer.send(b"x")
        select.select([connection.fd], [], [], STAMP_PATIENCE_S)
        _, kernel_wall_ns = connection.read() or (b"", None)
        if kernel_wall_ns is not None:
            return (time.time_ns() - kernel_wall_ns) / NS_PER_S
    return None


def clock_source() -> Finding:
    try:
        source = _CLOCK_SOURCE.read_text("ascii").strip()
    except OSError:
        source = time.get_clock_info("perf_counter").implementation
    if source in SLOW_CLOCKS:
        return Finding(
            "clock", "warn", source, "each look at this clock is slow: prefer tsc or kvm-clock (boot option)"
        )
    return Finding("clock", "ok", source)


def open_files() -> Finding:
    """The soft limit: each request in flight holds a file."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= LEAST_OPEN_FILES:
        return Finding("open files", "ok", "unlimited" if soft == resource.RLIM_INFINITY else str(soft))
    advice = f"at most some {max(soft - 100, 1)} requests at once; for more: ulimit -n 65536"
    return Finding("open files", "warn", str(soft), advice)


def cores() -> Finding:
    """Cores this process may use, by affinity and by the limit of its container."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    limit = _container_cores()
    usable = allowed if limit is None else min(allowed, limit)
    value = f"{allowed}" if usable == allowed else f"{allowed}, limited to {usable:g} by the container"
    if usable >= 2:  # one for the load, one for the rest of the computer
        return Finding("cores", "ok", value)
    return Finding(
        "cores", "warn", value, "one core is shared by load and everything else: measure from another computer"
    )


def _container_cores() -> float | None:
    """The CPU limit of this control group (version 2), in cores; None when there is none."""
    try:
        quota, period = _CPU_LIMIT.read_text("ascii").split()
    except OSError:
        return None
    return None if quota == "max" else int(quota) / int(period)


def memory() -> Finding:
    found = psutil.virtual_memory()
    value = f"{format_bytes(found.available)} free of {format_bytes(found.total)}"
    if found.available >= LEAST_MEMORY_BYTES:
        return Finding("memory", "ok", value)
    return Finding("memory", "warn", value, "free at least 1 GiB: 2,000 streams take about 500 MB")


def gpus() -> Finding:
    found = find_gpus()
    if not found:
        advice = "engines here use the processor; if there is an NVIDIA GPU, install its driver"
        return Finding("GPU", "ok", "none", advice)
    names = [f"{gpu.name} ({format_bytes(gpu.memory_bytes)})" for gpu in found]
    return Finding("GPU", "ok", f"{_counted(names)}, driver {found[0].driver}")


def _counted(names: Sequence[str]) -> str:
    """`8 x A`, or `2 x A, B` when they differ."""
    counts = {name: names.count(name) for name in names}
    return ", ".join(f"{count} x {name}" if count > 1 else name for name, count in counts.items())


def free_disk(store: Path) -> Finding:
    """Space where the store is, or will be made; a file that is there must be a store."""
    if store.is_file() and is_begun(store):  # an empty file is no store yet
        try:
            with Store.open(store, create=False):
                pass
        except StoreError as problem:
            return Finding("store", "fail", problem.message, problem.hint)
    folder = next(path for path in (store.absolute(), *store.absolute().parents) if path.is_dir())
    free = shutil.disk_usage(folder).free
    value = f"{format_bytes(free)} free in {folder}"
    if not os.access(folder, os.W_OK):
        return Finding("store", "fail", f"cannot write in {folder}", "choose another place with --store")
    if free >= ENOUGH_DISK_BYTES:
        return Finding("store", "ok", value)
    status: Status = "warn" if free >= LEAST_DISK_BYTES else "fail"
    return Finding(
        "store", status, value, "free some space or choose another place with --store (1 M events: 100 MB)"
    )
