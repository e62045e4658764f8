"""The arithmetic of a layout's memory on one GPU, line by line with the numbers put in.

Every line is computed by the functions that made the prediction, or is what they leave over, so that the lines of
the budget always add up to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.plan import Term
from seatrial.sizing.memory.explain_vllm import vllm_lines
from seatrial.sizing.memory.kv import layer_bytes
from seatrial.sizing.memory.llamacpp import gpu_share
from seatrial.sizing.memory.llamacpp_buffers import slot_cells, ubatch
from seatrial.sizing.memory.ollama import settled
from seatrial.sizing.memory.rule import OVERHEAD
from seatrial.units import MIB, to_the_mib

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.model import LayerGroup, Model
    from seatrial.domain.plan import Demand, Layout, Memory

VLLM, OLLAMA = "vllm", "ollama"
_KINDS = {
    "full": "attention",
    "sliding": "windowed",
    "mla": "latent",
    "shared": "sharing",
    "recurrent": "recurrent",
}


def kv_lines(model: Model, layout: Layout) -> Iterator[Term]:
    """KV cache of one token, a line for each group of layers that keeps any; recurrent state is per request."""
    for group in model.attention:
        one = layer_bytes(group, layout.kv_dtype, _ranks(layout))
        name = f"{group.layers} {_KINDS[group.kind]} layers"
        if group.kind == "recurrent":
            size = group.layers * group.state_bytes / _ranks(layout)
            yield Term(
                f"state of {name}", f"{group.layers} x {to_the_mib(group.state_bytes)} a request", size, "bytes"
            )
        elif one:
            yield Term(f"KV per token, {name}", _kv_formula(layout, group, one), group.layers * one, "bytes")


def _ranks(layout: Layout) -> int:
    """GPUs that share each layer: llama.cpp gives each GPU layers of its own."""
    return layout.tensor_parallel if layout.engine == VLLM else 1


def _kv_formula(layout: Layout, group: LayerGroup, one: float) -> str:
    """`2 x 32 layers x 8 heads x 128 x 2 bytes`, the width as the format packs it."""
    window = f", of at most {group.window_tokens:,} tokens" if group.window_tokens else ""
    if group.kind == "mla":
        width = one / (group.key_dim + group.value_dim)
        return f"{group.layers} layers x {group.key_dim + group.value_dim} x {width:g} bytes, on every GPU{window}"
    heads = max(1, group.kv_heads // _ranks(layout))
    width = one / (heads * (group.key_dim + group.value_dim))
    dims = f"2 x {group.layers} layers x {heads} KV heads x {group.key_dim}"
    if group.key_dim != group.value_dim:
        dims = f"{group.layers} layers x {heads} KV heads x ({group.key_dim} + {group.value_dim})"
    return f"{dims} x {width:g} bytes{window}"


def memory_lines(model: Model, layout: Layout, memory: Memory, demand: Demand) -> Iterator[Term]:
    """Weights, what the engine takes besides, the pool that is left or asked for, and what fits into it."""
    yield from _weight_lines(layout, memory)
    if layout.engine == VLLM:
        yield from vllm_lines(model, layout, memory)
    else:
        yield from _ggml_lines(model, settled(model, layout) if layout.engine == OLLAMA else layout, memory)
    yield from _room_lines(model, layout, memory, demand)


def rule_line(model: Model, layout: Layout, memory: Memory) -> Term:
    """The rule of thumb with the numbers put in, for reference."""
    bits = memory.rule_of_thumb / (model.parameters * 4 * OVERHEAD) * 32
    told = f"for reference: {model.parameters:,} parameters x 4 bytes / (32 / {bits:.3g}) x {OVERHEAD}"
    return Term(
        "rule of thumb",
        f"{told}, of the whole model" if layout.gpu_count > 1 else told,
        memory.rule_of_thumb,
        "bytes",
    )


def _weight_lines(layout: Layout, memory: Memory) -> Iterator[Term]:
    size = layout.weights.bytes
    share = size / layout.gpu_count
    split = f" / {layout.gpu_count} GPUs" if layout.gpu_count > 1 else ", as the file has it"
    yield Term("weights of the file", f"{to_the_mib(size)}{split}", share, "bytes")
    added = memory.weights.value - share
    if added >= MIB / 2:
        what = (
            "rope table, whole pages, what every GPU keeps in full" if layout.engine == VLLM else "the fullest GPU"
        )
        yield Term("weights, added", what, added, "bytes")
    elif added <= -MIB / 2:
        yield Term("weights, taken off", "what stays in the computer's memory", added, "bytes")
    yield Term("weights", "the sum", memory.weights.value, "bytes")


def _ggml_lines(model: Model, layout: Layout, memory: Memory) -> Iterator[Term]:
    devices = f" / {layout.gpu_count} GPUs" if layout.gpu_count > 1 else ""
    share = f", {gpu_share(model, layout):.0%} of the layers" if layout.gpu_layers is not None else ""
    for group in model.attention:
        one = layer_bytes(group, layout.kv_dtype)
        if one:
            cells = slot_cells(group, layout)
            told = f"{layout.max_num_seqs} slots x {cells:,} tokens x {group.layers} layers x {one:,.0f} bytes"
            size = group.layers * layout.max_num_seqs * cells * one
            yield Term(f"cache, {group.layers} {_KINDS[group.kind]} layers", told, size, "bytes")
    yield Term("KV cache", f"the sum{share}{devices}", memory.kv_pool.value, "bytes")
    batch = f"the graph of a batch of {ubatch(layout):,} tokens at its widest"
    yield Term("compute buffer", batch, memory.activation.value, "bytes")
    yield Term("driver's context", "for a process", memory.non_torch.value, "bytes")
    used = sum(part.value for part in (memory.weights, memory.kv_pool, memory.activation, memory.non_torch))
    yield Term("in use", "weights + KV cache + compute buffer + context", used, "bytes")
    kept = to_the_mib(memory.total.value - memory.budget.value)
    given = f"{layout.gpu.name}: {to_the_mib(memory.total.value)} - {kept} kept free"
    yield Term("budget", given, memory.budget.value, "bytes")
    if memory.offloaded:
        yield Term(
            "in the computer's memory",
            "input embedding, and layers that are not on the GPU",
            memory.offloaded,
            "bytes",
        )


def _room_lines(model: Model, layout: Layout, memory: Memory, demand: Demand) -> Iterator[Term]:
    """Tokens and requests that fit, as the engine logs them, and as the demand brings them."""
    asked = f"requests of {demand.input_tokens:g} tokens in and {demand.output_tokens:g} out"
    if layout.engine != VLLM:
        slots = f"{layout.max_num_seqs} slots of {layout.max_model_len:,} tokens hold one each"
        yield Term("resident requests", slots, memory.resident_requests, "requests")
    else:
        pool = to_the_mib(memory.kv_pool.value)
        bounded = any(group.kind in {"sliding", "recurrent"} for group in model.attention)
        if not bounded and memory.kv_bytes_per_token:
            told = f"{pool} / {memory.kv_bytes_per_token:,.0f} bytes, in whole blocks of {layout.block_tokens}"
            yield Term("tokens in the pool", told, memory.kv_tokens, "tokens")
        told = f"{memory.kv_tokens:,} / {layout.max_model_len:,} tokens"
        longest = f"blocks of {pool} / blocks of one of {layout.max_model_len:,} tokens" if bounded else told
        yield Term("requests at max_model_len", longest, memory.max_concurrency_at_max_len, "requests")
        told = f"{asked} in {pool}, at most {layout.max_num_seqs:,}"
        yield Term("resident requests", told, memory.resident_requests, "requests")
    if memory.shortfall > 0:
        yield Term("short of", "what it needs to start", memory.shortfall, "bytes")
