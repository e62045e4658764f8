"""NVIDIA GPUs as their driver (NVML) sees them. No driver, no GPUs: never an error.

A value that a GPU does not give (power on some laptops, memory where it is shared with the CPU, utilisation of
a MIG slice) is left out, the others stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pynvml

from seatrial.domain.telemetry import Reading

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Gpu:
    index: int
    name: str
    driver: str
    memory_bytes: int | None


class GpuProbe:
    """Per GPU n: `gpu<n>.busy_ratio`, `.memory_used_bytes`, `.memory_total_bytes`, `.power_w`.

    `busy_ratio` is the driver's own: the share of its last sample period (1 s or less) in which any kernel ran,
    which says nothing of how much of the GPU that kernel filled.
    """

    def __init__(self) -> None:
        self._handles = _open()

    def __call__(self, t_ns: int) -> list[Reading]:
        return [
            Reading(t_ns, f"gpu{index}.{name}", value)
            for index, handle in self._handles.items()
            for name, value in _values(handle).items()
        ]

    def close(self) -> None:
        if self._handles:
            pynvml.nvmlShutdown()
            self._handles = {}


def find_gpus() -> tuple[Gpu, ...]:
    """The GPUs of this computer; empty without a driver."""
    handles = _open()
    if not handles:
        return ()
    try:
        driver = pynvml.nvmlSystemGetDriverVersion()
        return tuple(
            Gpu(index, pynvml.nvmlDeviceGetName(handle), driver, memory.total if memory else None)
            for index, handle in handles.items()
            for memory in [_ask(pynvml.nvmlDeviceGetMemoryInfo, handle)]
        )
    finally:
        pynvml.nvmlShutdown()


def _open() -> dict[int, Any]:
    """The handle of each GPU, NVML left initialised; empty, and NVML shut, when there are none."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return {}
    indices = range(_ask(pynvml.nvmlDeviceGetCount) or 0)
    handles = {index: _ask(pynvml.nvmlDeviceGetHandleByIndex, index) for index in indices}
    handles = {index: handle for index, handle in handles.items() if handle is not None}  # one may be lost
    if not handles:
        pynvml.nvmlShutdown()
    return handles


def _values(handle: Any) -> dict[str, float]:
    values: dict[str, float] = {}
    if (rates := _ask(pynvml.nvmlDeviceGetUtilizationRates, handle)) is not None:
        values["busy_ratio"] = rates.gpu / 100
    if (memory := _ask(pynvml.nvmlDeviceGetMemoryInfo, handle)) is not None:
        values["memory_used_bytes"] = memory.used
        values["memory_total_bytes"] = memory.total
    if (milliwatts := _ask(pynvml.nvmlDeviceGetPowerUsage, handle)) is not None:
        values["power_w"] = milliwatts / 1000
    return values


def _ask(question: Callable[..., Any], *about: Any) -> Any | None:
    try:
        return question(*about)
    except pynvml.NVMLError:
        return None
