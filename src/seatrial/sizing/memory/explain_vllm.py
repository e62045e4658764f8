"""The arithmetic of vLLM's memory: the peak of its dummy run, the budget, and the pool that is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.catalog.engine_memory import vllm_memory
from seatrial.domain.plan import Term
from seatrial.sizing.memory.vllm_budget import (
    activation_peak,
    eight_bit_bytes,
    feed_forward_width,
    matrices_kept,
    profiled_tokens,
)
from seatrial.sizing.memory.vllm_weights import element_bytes
from seatrial.sizing.widths import padded
from seatrial.units import to_the_mib

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.catalog.engine_memory import VllmMemory
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Layout, Memory


def vllm_lines(model: Model, layout: Layout, memory: Memory) -> Iterator[Term]:
    """What the engine takes besides the weights, and the pool: what is left of its share, or what was set."""
    given = vllm_memory(layout.engine_version)
    if memory.activation.value:
        yield from _vllm_activation(model, layout, memory, given)
    ranks = f" and NCCL of {layout.tensor_parallel} ranks" if layout.tensor_parallel > 1 else ""
    beside = "the process, without weights and cache" if layout.gpu.vendor == "CPU" else f"CUDA context{ranks}"
    yield Term("outside PyTorch's memory", beside, memory.non_torch.value, "bytes")
    if memory.graphs.value:
        kept = "" if given.graphs_reserved else "; not taken off the pool by this version"
        yield Term("CUDA graphs", f"captured for {model.layers} layers{kept}", memory.graphs.value, "bytes")
    total, share = memory.total.value, layout.gpu_memory_utilization
    yield Term("budget", f"{layout.gpu.name}: {to_the_mib(total)} x {share:g}", memory.budget.value, "bytes")
    taken = [memory.weights.value, memory.activation.value, memory.non_torch.value]
    taken += [memory.graphs.value] if given.graphs_reserved else []
    told = " - ".join(to_the_mib(part) for part in (memory.budget.value, *taken) if part)
    yield Term("KV pool", told if layout.kv_cache_bytes is None else "as set", memory.kv_pool.value, "bytes")


def _vllm_activation(model: Model, layout: Layout, memory: Memory, given: VllmMemory) -> Iterator[Term]:
    """The peak of vLLM's dummy run (see `vllm_budget`)."""
    peak, tokens = activation_peak(model, layout, given), profiled_tokens(layout, given)
    sequences, words = min(layout.max_num_seqs, tokens), padded(model.vocabulary, 64)
    unit = element_bytes(layout.dtype)
    yield Term(
        "sampling",
        f"{sequences:,} requests x {words:,} words x {given.logits_factor:.3g} x 4 bytes"
        f" + {given.hidden_factor:.3g} x {tokens:,} tokens x {model.hidden:,} x {unit:g} bytes",
        peak.sampling,
        "bytes",
    )
    if peak.forward > peak.sampling:
        yield Term("one layer forward", _forward_formula(model, layout, tokens, given), peak.forward, "bytes")
    beside = (("experts", peak.experts), ("encoder", peak.encoder))
    rest = "".join(f" + {name} {to_the_mib(size)}" for name, size in beside if size)
    larger = to_the_mib(max(peak.sampling, peak.forward))
    told = f"constant {to_the_mib(peak.constant)} + the larger, {larger}{rest}"
    yield Term("activations at their peak", told, memory.activation.value, "bytes")


def _forward_formula(model: Model, layout: Layout, tokens: int, given: VllmMemory) -> str:
    """The widest feed-forward, and what stands beside it."""
    width, beside = feed_forward_width(model) / layout.tensor_parallel, given.mlp_hidden_factor * model.hidden
    each = f"({matrices_kept(model)} x {width:,.0f} + {beside:,.0f}) x {element_bytes(layout.dtype):g} bytes"
    eight = eight_bit_bytes(model, layout, tokens)
    return f"{tokens:,} tokens x {each}{f' + {to_the_mib(eight)} in 8 bits' if eight else ''}"
