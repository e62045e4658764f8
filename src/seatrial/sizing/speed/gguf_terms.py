"""What a GGUF file changes in the work of a step: llama.cpp, and Ollama, which runs it.

`as_gguf` turns the terms of `work.step_terms` into these:

    weights        k-quants and legacy quants: about 0.73 of the bandwidth, launches counted apart
    float_weights  F16, BF16 and F32 files, which need no unpacking: about 0.83 of it
    experts        routed experts, gathered row by row: about 0.63
    kv compute routing attention requests step   as they are
    layers         kernel launches, about 40 microseconds a layer: they bound models under 2 billion parameters
    recurrent      as much again for each layer that keeps a state instead of a cache
    offloaded      weights left in the memory of the host, read by its processor at HOST_BYTES_PER_S

Fitted on public rows with whole GPUs left out; docs/accuracy.md shows how well, and where it fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatrial.domain.model import Model
    from seatrial.domain.plan import Layout

HOST_BYTES_PER_S = 50e9
"""Two channels of DDR4-3200: what the processor reads its share of the layers with."""
_FLOATS = frozenset({"F16", "BF16", "F32"})
_KEPT = ("kv", "compute", "routing", "attention", "layers", "requests", "step")
_MICROSECOND = 1e-6


def as_gguf(terms: Mapping[str, float], model: Model, layout: Layout) -> dict[str, float]:
    """The terms of one step, in seconds at factor 1, if the weights are a GGUF file served by llama.cpp."""
    away = offloaded_share(model, layout)
    read_s = terms["weights"] + terms["experts"]
    weights = "float_weights" if layout.weights.quant.upper() in _FLOATS else "weights"
    recurrent = sum(group.layers for group in model.attention if group.kind == "recurrent")
    return {
        weights: terms["weights"] * (1.0 - away),
        "experts": terms["experts"] * (1.0 - away),
        **{name: terms[name] for name in _KEPT},
        "recurrent": recurrent * _MICROSECOND,
        "offloaded": away * read_s * layout.gpu.bandwidth_bytes_per_s / HOST_BYTES_PER_S,
    }


def offloaded_share(model: Model, layout: Layout) -> float:
    """The share of the layers that stay in the memory of the host: what `gpu_layers` leaves there."""
    if layout.gpu_layers is None:
        return 0.0
    return 1.0 - min(layout.gpu_layers, model.layers) / model.layers
