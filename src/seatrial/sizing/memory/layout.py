"""What a layout takes, whichever engine: the one entrance to the memory models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.errors import UsageError, nearest
from seatrial.sizing.memory.llamacpp import llamacpp_memory_of
from seatrial.sizing.memory.ollama import ollama_memory_of
from seatrial.sizing.memory.vllm import vllm_memory_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.model import Model
    from seatrial.domain.plan import Demand, Layout, Memory

    MemoryOf = Callable[[Model, Layout, Demand | None], Memory]

MEMORY_OF: dict[str, MemoryOf] = {
    "vllm": vllm_memory_of,
    "llama.cpp": llamacpp_memory_of,
    "ollama": ollama_memory_of,
}


def memory_of(model: Model, layout: Layout, demand: Demand | None = None) -> Memory:
    """What the layout takes per GPU, in bytes, and by how much it falls short of what the engine needs to start.

    `demand` decides only how many requests are resident, never whether the layout runs. Raises UsageError for an
    engine without a memory model, and where the device's memory or the KV format is not known.
    """
    if layout.engine not in MEMORY_OF:
        raise UsageError(
            f'the memory of engine "{layout.engine}" cannot be told', nearest(layout.engine, MEMORY_OF)
        )
    return MEMORY_OF[layout.engine](model, layout, demand)
