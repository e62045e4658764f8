"""What an engine does when it is not told: `data/engine_defaults.csv`, by version, device and memory."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from seatrial.catalog.table import SOURCE, number, one_of, optional, read, text
from seatrial.catalog.versions import holds
from seatrial.errors import UsageError, nearest
from seatrial.units import GIB, MIB

if TYPE_CHECKING:
    from seatrial.catalog.table import Column, Row
    from seatrial.domain.hardware import Gpu

LATEST = {"vllm": "0.32.0", "llama.cpp": "b11434", "ollama": "0.33.0"}
"""The version that is planned for unless another is asked: the newest one whose own code or log was read."""

_SETTINGS = (
    "gpu_memory_utilization",
    "max_num_batched_tokens",
    "max_num_seqs",
    "block_tokens",
    "context_tokens",
    "reserve_mib",
)
COLUMNS: dict[str, Column] = {
    "engine": one_of(*LATEST),
    "setting": one_of(*_SETTINGS),
    "value": number(0, 1e9),
    "device": one_of("any", "gpu", "large", "a100", "cpu"),
    "memory_from_gib": optional(number(0, 1e4)),
    "memory_below_gib": optional(number(0, 1e4)),
    "since": optional(text),
    "until": optional(text),
    **SOURCE,
}


@dataclass(frozen=True, slots=True)
class Defaults:
    """The settings of an engine's server when nothing is asked.

    `context_tokens` is None where it is the model's own. `max_num_seqs` are the slots of llama.cpp and Ollama,
    `max_num_batched_tokens` their ubatch. `reserve_bytes`: what the engine leaves free on each GPU when it decides
    whether a model fits.
    """

    max_num_seqs: int
    max_num_batched_tokens: int
    gpu_memory_utilization: float
    context_tokens: int | None
    block_tokens: int
    reserve_bytes: int
    kv_dtype: str


@cache
def _rows() -> tuple[Row, ...]:
    return read("engine_defaults.csv", COLUMNS)


@cache
def engine_defaults(engine: str, version: str, gpu: Gpu, tensor_parallel: int = 1) -> Defaults:
    """The defaults of `engine` at `version` as a server on `tensor_parallel` of that GPU.

    Ollama's context goes by the memory of all GPUs together, vLLM's batch by that of one, and by the name A100.
    vLLM's `kv_dtype` is "auto": the model's own number format. Raises UsageError for an unknown engine.
    """
    if engine not in LATEST:
        raise UsageError(f'engine "{engine}" has no defaults here', nearest(engine, LATEST))
    found = {setting: _value(engine, version, setting, gpu, tensor_parallel) for setting in _SETTINGS}
    world = tensor_parallel if engine == "vllm" and gpu.vendor == "CPU" else 1
    return Defaults(
        max_num_seqs=int(found["max_num_seqs"]) * world,
        max_num_batched_tokens=int(found["max_num_batched_tokens"]) * world,
        gpu_memory_utilization=found["gpu_memory_utilization"],
        context_tokens=int(found["context_tokens"]) or None,
        block_tokens=int(found["block_tokens"]),
        reserve_bytes=int(found["reserve_mib"] * MIB) if gpu.vendor != "CPU" else 0,
        kv_dtype="auto" if engine == "vllm" else "f16",
    )


def _value(engine: str, version: str, setting: str, gpu: Gpu, count: int) -> float:
    memory = gpu.memory_bytes.value / GIB if gpu.memory_bytes and gpu.vendor != "CPU" else 0.0
    if engine == "ollama":
        memory *= count
    for row in _rows():
        if (
            row["engine"] == engine
            and row["setting"] == setting
            and row["device"] in _device_classes(gpu)
            and (row["memory_from_gib"] or 0.0) <= memory < (row["memory_below_gib"] or float("inf"))
            and holds(row, version)
        ):
            return float(row["value"])
    raise UsageError(f'no default of "{setting}" is known for {engine} {version} on {gpu.name}', f"set {setting}")


def _device_classes(gpu: Gpu) -> tuple[str, ...]:
    if gpu.vendor == "CPU":
        return ("any", "cpu")
    return ("any", "gpu", "a100" if "a100" in gpu.name.lower() or "GB10" in gpu.name else "large")
