"""The computer in words, for the provenance of a run."""

from __future__ import annotations

import os
import platform

import psutil

from seatrial import __version__
from seatrial.load.telemetry.gpu import find_gpus
from seatrial.sources.host import cpu_model
from seatrial.units import format_bytes


def host_facts() -> dict[str, str]:
    """Text facts by name: cpu, cores, memory, kernel, python, seatrial, gpus (when there are any)."""
    facts = {
        "cpu": cpu_model(),
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
