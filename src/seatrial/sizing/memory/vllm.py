"""vLLM's memory: what one GPU of a layout holds, and whether the engine would start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.catalog.engine_memory import VllmMemory, vllm_memory
from seatrial.catalog.versions import version_key
from seatrial.domain.plan import Memory
from seatrial.domain.values import Range
from seatrial.errors import UsageError
from seatrial.sizing.memory.kv import kv_bytes_per_token
from seatrial.sizing.memory.ranges import difference, total, within
from seatrial.sizing.memory.rule import rule_for
from seatrial.sizing.memory.vllm_budget import activation, graphs, non_torch
from seatrial.sizing.memory.vllm_pool import Pool, needed_bytes, pool_of, request_blocks
from seatrial.sizing.memory.vllm_weights import rank_bytes, weight_uncertainty_bytes
from seatrial.units import GIB

if TYPE_CHECKING:
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Demand, Layout

CONTEXT_BYTES = 0.3 * GIB
"""What the driver holds on a GPU before vLLM looks at it; the share asked for must be free besides."""
CPU_PROCESS = Range(1.6 * GIB, 1.0 * GIB, 3.0 * GIB)
"""What vLLM's worker on a CPU holds besides weights and cache: Python, PyTorch, compiled code, buffers."""
CPU_OLD_POOL = 4 * GIB
CPU_SHARE_SINCE = "0.11"
"""Before about this version a pool that was not asked for (VLLM_CPU_KVCACHE_SPACE) was 4 GiB; since, a share."""


def vllm_memory_of(
    model: Model, layout: Layout, demand: Demand | None = None, given: VllmMemory | None = None
) -> Memory:
    """What the layout takes on its fullest GPU. `given` replaces the fitted coefficients of the version.

    Raises UsageError where the device's memory is not known or the version has no coefficients.
    """
    given = given or vllm_memory(layout.engine_version)
    whole = device_bytes(layout)
    memory = _on_cpu(model, layout, whole) if layout.gpu.vendor == "CPU" else _on_gpu(model, layout, whole, given)
    return _with_pool(model, layout, demand, memory, given)


def device_bytes(layout: Layout) -> Range:
    """The memory of one device as the driver reports it. Raises UsageError where it depends on the machine."""
    if layout.gpu.memory_bytes is None:
        raise UsageError(
            f"how much memory a machine with {layout.gpu.name} has is not in the catalogue",
            "name a GPU with its memory",
        )
    return layout.gpu.memory_bytes


def weights_of_rank(model: Model, layout: Layout) -> Range:
    """The weights on the fullest GPU, with the bounds of a published, rounded size carried over."""
    value, half = rank_bytes(model, layout), weight_uncertainty_bytes(layout)
    size = layout.weights
    low, high = size.low_bytes / size.bytes, size.high_bytes / size.bytes
    return total((Range(value, value * low, value * high), Range(0.0, -half, half)))


def _on_gpu(model: Model, layout: Layout, whole: Range, given: VllmMemory) -> Memory:
    budget = whole.scaled(layout.gpu_memory_utilization)
    weights = weights_of_rank(model, layout)
    peak, beside, captured = (part(model, layout, given) for part in (activation, non_torch, graphs))
    taken = (weights, peak, beside, captured) if given.graphs_reserved else (weights, peak, beside)
    pool = difference(budget, taken)
    if layout.kv_cache_bytes is not None:
        pool = Range.exact(float(layout.kv_cache_bytes))
    return _bare(
        model, layout, Memory(whole, budget, weights, peak, beside, captured, pool, 0.0, 0, 0.0, 0.0, 0.0, 0.0)
    )


def _on_cpu(model: Model, layout: Layout, whole: Range) -> Memory:
    """On a CPU the pool is what was asked for; else what is left of the share of memory."""
    budget = whole.scaled(layout.gpu_memory_utilization)
    weights = within(layout.weights.bytes / layout.gpu_count, 0.01)
    nothing = Range.exact(0.0)
    pool = difference(budget, (weights, CPU_PROCESS))
    if layout.kv_cache_bytes is not None:
        pool = Range.exact(float(layout.kv_cache_bytes))
    elif version_key(layout.engine_version) < version_key(CPU_SHARE_SINCE):
        pool = Range.exact(float(CPU_OLD_POOL))
    return _bare(
        model,
        layout,
        Memory(whole, budget, weights, nothing, CPU_PROCESS, nothing, pool, 0.0, 0, 0.0, 0.0, 0.0, 0.0),
    )


def _bare(model: Model, layout: Layout, memory: Memory) -> Memory:
    return replace(
        memory,
        kv_bytes_per_token=kv_bytes_per_token(model, layout.kv_dtype, layout.tensor_parallel)
        / layout.pipeline_parallel,
        rule_of_thumb=rule_for(model, layout.weights),
    )


def _with_pool(model: Model, layout: Layout, demand: Demand | None, memory: Memory, given: VllmMemory) -> Memory:
    """The memory with what follows from its pool; less than nothing is a shortfall, not a pool."""
    pool = pool_of(model, layout, given)
    room = memory.kv_pool
    tokens, concurrency, resident = pool_figures(model, layout, pool, memory.kv_pool.value, given, demand=demand)
    return replace(
        memory,
        kv_pool=Range(max(0.0, room.value), max(0.0, room.low), max(0.0, room.high)),
        kv_tokens=tokens,
        max_concurrency_at_max_len=concurrency,
        resident_requests=resident,
        shortfall=_shortfall(model, layout, pool, memory, given),
    )


def pool_figures(
    model: Model, layout: Layout, pool: Pool, pool_bytes: float, given: VllmMemory, *, demand: Demand | None = None
) -> tuple[int, float, float]:
    """Tokens and concurrency as the engine logs them for a pool of so many bytes, and requests resident at once.

    A request takes blocks as its answer grows, so those in flight hold half of it on average, and while it answers
    a sliding window holds nothing beside itself. Without a demand a request is one of max_model_len, as the engine
    would admit it. Never more are resident than max_num_seqs.
    """
    if not pool.block_bytes:
        return 0, 0.0, float(layout.max_num_seqs)
    blocks = max(0, int(pool_bytes // pool.block_bytes))
    concurrency = blocks / request_blocks(model, pool, layout.max_model_len)
    shortest = min((kind.block_tokens for kind in pool.types if kind.block_tokens), default=0)
    if given.tokens_by_concurrency or not shortest:  # states take no block a token
        tokens = int(concurrency * layout.max_model_len)
    else:
        tokens = blocks // pool.groups * shortest
    length = (
        min(demand.input_tokens + demand.output_tokens / 2, layout.max_model_len)
        if demand
        else layout.max_model_len
    )
    held = replace(pool, in_flight_tokens=1) if demand else pool
    resident = (blocks - given.null_block) / request_blocks(model, held, max(1.0, length))
    return tokens, concurrency, min(float(layout.max_num_seqs), max(0.0, resident))


def _shortfall(model: Model, layout: Layout, pool: Pool, memory: Memory, given: VllmMemory) -> float:
    """Bytes that are missing: for one request of max_model_len in the pool, or on the device itself."""
    held_back = pool.block_bytes if given.null_block else 0.0
    in_pool = needed_bytes(model, pool, layout.max_model_len) + held_back - memory.kv_pool.value
    taken = memory.weights.value + memory.activation.value + memory.non_torch.value
    if layout.kv_cache_bytes is not None:
        on_device = taken + memory.kv_pool.value - memory.total.value
    elif layout.gpu.vendor == "CPU":
        on_device = memory.budget.value - memory.total.value
    else:
        on_device = memory.budget.value + CONTEXT_BYTES - memory.total.value
    return max(0.0, in_pool, on_device)
