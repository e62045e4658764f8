"""The fitted coefficients of vLLM's memory, by version: `data/memory_coefficients.csv`.

What each one multiplies stands in `seatrial.sizing.memory.vllm_budget`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from seatrial.catalog.table import SOURCE, integer, number, one_of, optional, read, text, yes_no
from seatrial.catalog.versions import holds
from seatrial.errors import UsageError

if TYPE_CHECKING:
    from seatrial.catalog.table import Column, Row

_NUMBERS = (
    "constant_gib",
    "logits_factor",
    "hidden_factor",
    "mlp_hidden_factor",
    "non_torch_gib",
    "tp_gib",
    "tp_rank_gib",
    "tp_rank_layer_gib",
    "graph_gib",
    "graph_layer_gib",
    "graph_hidden_gib",
    "graph_ffn_gib",
    "graph_moe_gib",
    "activation_spread",
    "non_torch_spread_gib",
)
_FLAGS = ("graphs_reserved", "tokens_by_concurrency", "null_block", "profile_whole_context")
COLUMNS: dict[str, Column] = {
    "engine": one_of("vllm"),
    "since": optional(text),
    "until": optional(text),
    **dict.fromkeys(_NUMBERS, number(0, 1000)),
    **dict.fromkeys(_FLAGS, yes_no),
    "in_flight_batches": integer(1, 8),
    **SOURCE,
}


@dataclass(frozen=True, slots=True)
class VllmMemory:
    """What one minor version of vLLM takes and keeps back. `*_factor` are pure numbers.

    `activation_spread` (relative) and `non_torch_spread_gib` bound 80 % of what was left out of the fit.
    `graph_*_gib`: of all graphs together: constant, per layer, per 1000 of hidden width, per 10,000 of feed-forward
    width of a rank, and for routed experts. `graphs_reserved`: their estimate is taken off the pool.
    `profile_whole_context`: V0 profiles a prompt of max_model_len. `tokens_by_concurrency`: the logged pool size is
    concurrency x max_model_len. `null_block`: one block is held back. `in_flight_batches`: batches that may be
    unsettled at once.
    """

    constant_gib: float
    logits_factor: float
    hidden_factor: float
    mlp_hidden_factor: float
    non_torch_gib: float
    tp_gib: float
    tp_rank_gib: float
    tp_rank_layer_gib: float
    graph_gib: float
    graph_layer_gib: float
    graph_hidden_gib: float
    graph_ffn_gib: float
    graph_moe_gib: float
    activation_spread: float
    non_torch_spread_gib: float
    graphs_reserved: bool = False
    tokens_by_concurrency: bool = False
    null_block: bool = False
    profile_whole_context: bool = False
    in_flight_batches: int = 1


@cache
def _rows() -> tuple[Row, ...]:
    return read("memory_coefficients.csv", COLUMNS)


@cache
def vllm_memory(version: str) -> VllmMemory:
    """The coefficients of that version of vLLM. Raises UsageError where no row holds for it."""
    for row in _rows():
        if holds(row, version):
            return VllmMemory(**{name: row[name] for name in (*_NUMBERS, *_FLAGS, "in_flight_batches")})
    raise UsageError(f'vLLM "{version}" has no row of memory coefficients', "name a version such as 0.19.0")
