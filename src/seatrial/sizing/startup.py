"""How long a replica takes from nothing to its first token, on a machine that is up and has the engine's image.

    fetch     bytes of the files / network; 1 to 10 Gbit/s
    load      bytes / what feeds the GPU: 0.3 GB/s (network disk) to 5 GB/s (NVMe, or the page cache after a fetch)
    prepare   what the engine does before it answers, see PREPARE

All three are wide on purpose: they depend on the machine's network and disk, which a plan does not know. The
middle of a range whose ends are rates is their geometric mean. Loaders that read in parallel (vLLM's
`--load-format runai_streamer`, `fastsafetensors`, `tensorizer`) come near the fast end of `load`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.plan import StartUp, Term
from seatrial.domain.values import Range
from seatrial.units import GIB

if TYPE_CHECKING:
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Layout

FETCH_BYTES_PER_S = (1e9 / 8, 10e9 / 8)
LOAD_BYTES_PER_S = (0.3e9, 5e9)


class Prepare(NamedTuple):
    """`base_s` + `layer_s` per layer, and how many times less or more it may be."""

    base_s: float
    layer_s: float
    factor: float


PREPARE = {
    # Imports, worker start, torch.compile, profiling and the capture of CUDA graphs. Measured here: 86 to 94 s from
    # nothing to ready for 30 layers on two CPU cores (docs/examples/bake-off.md), where everything but the
    # capture is slower than beside a GPU. Published: 82 s with a compile cache, 294 s without, image start
    # included (Tensorfuse).
    "vllm": Prepare(25.0, 0.5, 2.0),
    # Without compiling and capturing (cuda_graphs = false, which is --enforce-eager).
    "vllm-eager": Prepare(15.0, 0.05, 2.0),
    # Measured here: ready 0.5 s after it was started, weights of 0.1 GB included (docs/examples/demo.md).
    "llama.cpp": Prepare(1.0, 0.01, 2.5),
    # Measured here: 0.5 to 1.0 s of loading, weights of 0.1 GB included (docs/examples/ollama-cold-warm.md).
    "ollama": Prepare(1.5, 0.01, 2.5),
}


def start_up_of(model: Model, layout: Layout) -> StartUp:
    """The start-up of one replica of `layout`, in seconds; every part with its 80 % interval."""
    size = Range(layout.weights.bytes, layout.weights.low_bytes, layout.weights.high_bytes)
    return StartUp(_at(size, FETCH_BYTES_PER_S), _at(size, LOAD_BYTES_PER_S), _prepared(model, layout))


def start_up_terms(layout: Layout, start_up: StartUp) -> tuple[Term, ...]:
    """The same as an arithmetic, at the middle of the rates."""
    gib = f"{layout.weights.bytes / GIB:.2f} GiB"
    fetch, load = (f"{math.sqrt(low * high) / 1e9:.2f} GB/s" for low, high in (FETCH_BYTES_PER_S, LOAD_BYTES_PER_S))
    return (
        Term("start-up, fetch", f"{gib} / {fetch}", start_up.fetch_s.value, "s"),
        Term("start-up, load", f"{gib} / {load}", start_up.load_s.value, "s"),
        Term("start-up, prepare", f"what {layout.engine} does before it answers", start_up.prepare_s.value, "s"),
    )


def _at(size: Range, rates: tuple[float, float]) -> Range:
    slow, fast = rates
    return Range(size.value / math.sqrt(slow * fast), size.low / fast, size.high / slow)


def _prepared(model: Model, layout: Layout) -> Range:
    eager = layout.engine == "vllm" and not layout.cuda_graphs
    base_s, layer_s, factor = PREPARE["vllm-eager" if eager else layout.engine]
    middle = base_s + layer_s * model.layers
    return Range(middle, middle / factor, middle * factor)
