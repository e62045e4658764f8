"""The computer at hand as something to plan for: a "GPU" of vendor CPU, its memory exact, its speed nominal.

The speeds are fixed figures and not measured anew each time: the factors of a calibration multiply them, so they
must be the same when it is made and when it is used. What they are worth before a calibration is said by the wide
interval of a device that nobody measured (`sizing.speed.fitted.NO_GPU`: a factor of 2.5 to each side).
"""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from seatrial.domain.hardware import Gpu
from seatrial.domain.model import Source
from seatrial.domain.values import Range
from seatrial.units import GIB

if TYPE_CHECKING:
    from collections.abc import Mapping

CPU = "CPU"
BYTES_PER_S_PER_CORE = 12.8e9
"""Half a channel of DDR4-3200. Two cores of a virtual AMD EPYC read 26 to 31 GB/s (numpy.sum, 2026-11-21)."""
MOST_BYTES_PER_S = 204.8e9
"""Eight channels of it: what a socket has, however many cores."""
FLOPS_PER_S_PER_CORE = 50e9
"""AVX2 at about 3 GHz: half of its peak of 32 operations a cycle."""


def this_computer() -> Gpu:
    """The processor; `memory_bytes` is what the operating system has."""
    return processor(cpu_model(), os.cpu_count() or 1, psutil.virtual_memory().total)


def computer_of(facts: Mapping[str, str]) -> Gpu | None:
    """The processor that the facts of a run (`RunInfo.host`) tell of; None where they tell too little."""
    try:
        cores, memory_bytes = int(facts["cores"]), _read_gib(facts["memory"])
        ours = this_computer()
        found = processor(facts["cpu"], cores, memory_bytes)
    except (KeyError, ValueError):
        return None
    return ours if ours.name == found.name else found  # the facts have memory rounded


def processor(model: str, cores: int, memory_bytes: int) -> Gpu:
    """A computer without an accelerator. Its name is what calibrations are stored and found by."""
    return Gpu(
        name=f"{model}, {cores} {'core' if cores == 1 else 'cores'}",
        vendor=CPU,
        memory_bytes=Range.exact(float(memory_bytes)),
        bandwidth_bytes_per_s=min(BYTES_PER_S_PER_CORE * cores, MOST_BYTES_PER_S),
        flops_per_s=(("f16", FLOPS_PER_S_PER_CORE * cores),),
        bf16=True,
        source=Source("this computer; bandwidth and speed are nominal until a calibration"),
    )


def cpu_model() -> str:
    """What the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _read_gib(text: str) -> int:
    """Bytes of a size as `units.format_bytes` writes those of computers. Raises ValueError."""
    number, _, unit = text.partition(" ")
    if unit != "GiB":
        raise ValueError(f"{text} is no size of memory")
    return round(float(number.replace(",", "")) * GIB)
