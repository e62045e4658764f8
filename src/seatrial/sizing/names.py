"""What engines, hardware and layouts are called in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrial.domain.plan import Layout

CPU = "CPU"
"""The vendor of a computer without an accelerator."""
_ENGINES = {"vllm": "vLLM", "ollama": "Ollama", "llama.cpp": "llama.cpp", "embedded": "the embedded llama.cpp"}


def engine_name(engine: str) -> str:
    """`vLLM`: as its makers write it; an unknown one as it is typed."""
    return _ENGINES.get(engine, engine)


def hardware(layout: Layout) -> str:
    """`2 x H100 SXM`; of a computer without an accelerator its name alone."""
    return layout.gpu.name if layout.gpu.vendor == CPU else f"{layout.gpu_count} x {layout.gpu.name}"


def short_name(layout: Layout, replicas: int = 1) -> str:
    """`vLLM w4a16, 2 x H100 SXM, 3 replicas`: what tells a plan from the others."""
    times = f", {replicas} replicas" if replicas > 1 else ""
    return f"{engine_name(layout.engine)} {layout.weights.quant}, {hardware(layout)}{times}"
