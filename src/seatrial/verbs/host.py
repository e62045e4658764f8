"""The computer in words, for the provenance of a run."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import psutil

from seatrial import __version__
from seatrial.load.telemetry.gpu import find_gpus
from seatrial.units import format_bytes


def host_facts() -> dict[str, str]:
    """Text facts by name: cpu, cores, memory, kernel, python, seatrial, gpus (when there are any)."""
    facts = {
        "cpu": _cpu_model(),
        "cores": str(os.cpu_count()),
        "memory": format_bytes(psutil.virtual_memory().total),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "seatrial": __version__,
    }
    gpus = find_gpus()
    if gpus:
        facts["gpus"] = ", ".join(gpu.name for gpu in gpus)
        facts["gpu_driver"] = gpus[0].driver
    return facts


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
