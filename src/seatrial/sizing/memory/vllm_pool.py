"""vLLM's KV pool: blocks, groups of layers that share it, and what one request takes of it.

Layers that attend alike form a type; types are cut into groups of equally many layers, and every group draws its
blocks from the one pool (vllm/v1/core/kv_cache_utils.py of 0.19 and 0.32):

    group size        the fewest layers of a type; the most, where that is less than 1.5 times the fewest
    blocks            pool // (page bytes x group size)
    blocks of request sum over groups of what its layers keep of max_model_len
    concurrency       blocks / blocks of a request
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from seatrial.sizing.memory.kv import held_tokens, is_chunked, layer_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.catalog.engine_memory import VllmMemory
    from seatrial.domain.model import LayerGroup, Model
    from seatrial.domain.plan import Layout

STATE_ROUND = 16


@dataclass(frozen=True, slots=True)
class LayerType:
    """`layers` of one pipeline stage that attend alike; `block_tokens` tokens make one of its pages."""

    group: LayerGroup
    layers: int
    block_tokens: int


@dataclass(frozen=True, slots=True)
class Pool:
    """How a pool is laid out. `page_bytes`: one block of one layer. `groups`: so many, of `group_layers` each."""

    types: tuple[LayerType, ...]
    page_bytes: float
    group_layers: int
    groups: int
    in_flight_tokens: int

    @property
    def block_bytes(self) -> float:
        """Bytes of one block id: a page in every layer of a group."""
        return self.page_bytes * self.group_layers


def pool_of(model: Model, layout: Layout, given: VllmMemory) -> Pool:
    """The layout of the pool. A model without any cache gives no types."""
    types = _types(model, layout)
    page = max((_page_bytes(kind, layout) for kind in types), default=0.0)
    counts = [kind.layers for kind in types]
    size = min(counts, default=0)
    if size and max(counts) < 1.5 * size:
        size = max(counts)
    in_flight = layout.max_num_batched_tokens * (given.in_flight_batches if layout.pipeline_parallel == 1 else 1)
    return Pool(types, page, size, sum(ceil(count / size) for count in counts) if size else 0, in_flight)


def _types(model: Model, layout: Layout) -> tuple[LayerType, ...]:
    """The types of layers with their pages made equally large, as one pool needs them."""
    kept = _merged([group for group in model.attention if group.kind != "shared" and group.layers])
    per_token = [layer_bytes(group, layout.kv_dtype, layout.tensor_parallel) for group in kept]
    block = layout.block_tokens
    state = max((g.state_bytes / layout.tensor_parallel for g in kept if g.kind == "recurrent"), default=0.0)
    widest = max(per_token, default=0.0)
    if state and widest:
        block = max(block, ceil(state / widest / STATE_ROUND) * STATE_ROUND)
    return tuple(
        LayerType(
            group, ceil(group.layers / layout.pipeline_parallel), block * max(1, int(widest // size)) if size else 0
        )
        for group, size in zip(kept, per_token, strict=True)
    )


def _merged(groups: Sequence[LayerGroup]) -> list[LayerGroup]:
    """Groups that differ in nothing but their number of layers, as one."""
    merged: dict[tuple[object, ...], LayerGroup] = {}
    for group in groups:
        key = (group.kind, group.kv_heads, group.key_dim, group.value_dim, group.window_tokens, group.state_bytes)
        known = merged.get(key)
        merged[key] = replace(known, layers=known.layers + group.layers) if known else group
    return list(merged.values())


def _page_bytes(kind: LayerType, layout: Layout) -> float:
    if kind.group.kind == "recurrent":
        return kind.group.state_bytes / layout.tensor_parallel
    return kind.block_tokens * layer_bytes(kind.group, layout.kv_dtype, layout.tensor_parallel)


def blocks_of(model: Model, pool: Pool, kind: LayerType, tokens: float) -> int:
    """Blocks that a request of `tokens` takes in one group of that type, at most."""
    if kind.group.kind == "recurrent":
        return 1
    blocks = ceil(held_tokens(model, kind.group, tokens, pool.in_flight_tokens) / kind.block_tokens)
    # A sliding window need not begin where a block does.
    return blocks + (kind.group.kind == "sliding" and not is_chunked(model, kind.group))


def request_blocks(model: Model, pool: Pool, tokens: float) -> int:
    """Blocks of the shared pool that a request of `tokens` takes, at most."""
    return sum(ceil(kind.layers / pool.group_layers) * blocks_of(model, pool, kind, tokens) for kind in pool.types)


def needed_bytes(model: Model, pool: Pool, tokens: float) -> float:
    """What the engine wants free before it starts: one request of `tokens`, layer by layer, without padding."""
    return sum(kind.layers * blocks_of(model, pool, kind, tokens) * pool.page_bytes for kind in pool.types)
