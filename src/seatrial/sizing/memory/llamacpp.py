"""llama.cpp's memory: the file's tensors, the cache of all slots, the compute buffer; layers that go to the CPU."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.catalog.defaults import engine_defaults
from seatrial.catalog.versions import version_key
from seatrial.domain.plan import Memory
from seatrial.domain.values import Range
from seatrial.sizing.memory.kv import kv_bytes_per_token
from seatrial.sizing.memory.llamacpp_buffers import as_converted, cache_bytes, compute_bytes, logits_bytes
from seatrial.sizing.memory.ranges import total, within
from seatrial.sizing.memory.rule import rule_for
from seatrial.sizing.memory.vllm import device_bytes
from seatrial.units import GIB, MIB

if TYPE_CHECKING:
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Demand, Layout

CONTEXT = {
    "NVIDIA": Range(0.45 * GIB, 0.25 * GIB, 0.75 * GIB),
    "AMD": Range(0.5 * GIB, 0.2 * GIB, 1.0 * GIB),
    "CPU": Range(0.1 * GIB, 0.05 * GIB, 0.3 * GIB),
}
"""What the driver takes for a process on each device before llama.cpp asks for anything."""
OTHER_CONTEXT = Range(0.2 * GIB, 0.05 * GIB, 0.6 * GIB)
FEW_OUTPUTS_SINCE = "b11000"
"""From about here (read in b11434) the compute buffer keeps logits of one token per slot, not of a whole batch."""


def llamacpp_memory_of(model: Model, layout: Layout, demand: Demand | None = None) -> Memory:
    """What the layout takes on each of its devices; the layers are spread over them evenly.

    With `gpu_layers` the other layers' weights and cache are `offloaded` to the computer's memory. Raises
    UsageError where the device's memory is not known.
    """
    model = as_converted(model)
    whole, devices = device_bytes(layout), layout.gpu_count
    reserve = engine_defaults(layout.engine, layout.engine_version, layout.gpu).reserve_bytes
    budget = Range(*(max(0.0, side - reserve) for side in (whole.value, whole.low, whole.high)))
    share = gpu_share(model, layout)
    weights, left_out = _weights(model, layout, share)
    cache = cache_bytes(model, layout)
    pool = Range.exact(cache * share / devices)
    compute = _compute(model, layout)
    beside = CONTEXT.get(layout.gpu.vendor, OTHER_CONTEXT)
    used = total((weights, pool, compute, beside))
    return Memory(
        total=whole,
        budget=budget,
        weights=weights,
        activation=compute,
        non_torch=beside,
        graphs=Range.exact(0.0),
        kv_pool=pool,
        kv_bytes_per_token=kv_bytes_per_token(model, layout.kv_dtype) * share / devices,
        kv_tokens=layout.max_num_seqs * layout.max_model_len,
        max_concurrency_at_max_len=float(layout.max_num_seqs),
        resident_requests=_resident(layout, demand),
        shortfall=max(0.0, used.value - budget.value),
        rule_of_thumb=rule_for(model, layout.weights),
        offloaded=left_out + cache * (1 - share),
    )


def gpu_share(model: Model, layout: Layout) -> float:
    """The share of the repeating layers that is on a GPU: all of them where `gpu_layers` is None."""
    if layout.gpu_layers is None:
        return 1.0
    return min(1.0, layout.gpu_layers / model.layers)


def most_gpu_layers(model: Model, layout: Layout) -> int:
    """The most layers that fit on the device, as `--fit` finds them; 0 where none does."""
    low, high = 0, model.layers + 1
    while low < high:
        middle = (low + high + 1) // 2
        if llamacpp_memory_of(model, replace(layout, gpu_layers=middle)).fits:
            low = middle
        else:
            high = middle - 1
    return low


def _weights(model: Model, layout: Layout, share: float) -> tuple[Range, float]:
    """Weights on the fullest device, and bytes that stay in the computer's memory.

    The input embedding stays there always; tied, it is copied to the GPU as the output matrix. On a CPU all is one.
    """
    size = layout.weights
    unit = size.bytes
    if layout.gpu.vendor == "CPU":
        return Range(unit, size.low_bytes, size.high_bytes), 0.0
    embedding = embedding_bytes(model, layout)
    ends = embedding  # the output matrix, or the tied embedding in its place
    layers = max(0.0, unit - embedding * (1 if model.tied_embeddings else 2))
    with_output = layout.gpu_layers is None or layout.gpu_layers > model.layers
    on_gpu = layers * share + (ends if with_output else 0.0)
    fullest = on_gpu / layout.gpu_count + (layers / model.layers / 2 if layout.gpu_count > 1 else 0.0)
    spread = Range(fullest, fullest * size.low_bytes / unit, fullest * size.high_bytes / unit)
    return total((spread, Range(0.0, -4 * MIB, 4 * MIB))), unit - on_gpu + (
        embedding if model.tied_embeddings else 0.0
    )


def embedding_bytes(model: Model, layout: Layout) -> float:
    """The input embedding in the file: as its header says, else by the file's mean bits."""
    if layout.weights.embedding_bytes is not None:
        return float(layout.weights.embedding_bytes)
    return layout.weights.bytes * min(1.0, model.embedding_parameters / max(1, model.parameters))


def _compute(model: Model, layout: Layout) -> Range:
    value = compute_bytes(model, layout)
    logits = logits_bytes(model, layout)
    if layout.engine == "llama.cpp" and version_key(layout.engine_version, "llama.cpp") < version_key(
        FEW_OUTPUTS_SINCE, "llama.cpp"
    ):
        return within(max(value, logits + value * 0.1), 0.1, 8 * MIB)
    near = within(value, 0.06, 2 * MIB)
    # On a GPU the scheduler may keep the batch's logits and inputs twice; on a CPU the log agrees to a few percent.
    return near if layout.gpu.vendor == "CPU" else Range(value, near.low, max(near.high, logits, 1.6 * value))


def _resident(layout: Layout, demand: Demand | None) -> float:
    """Every slot holds one request, if it fits into a slot at all."""
    if demand is not None and demand.input_tokens + demand.output_tokens > layout.max_model_len:
        return 0.0
    return float(layout.max_num_seqs)
