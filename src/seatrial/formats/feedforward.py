"""The feed-forward half of a layer: dense, or routed experts with a router and what every token passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.formats.keys import Keys

if TYPE_CHECKING:
    from seatrial.formats.traits import Traits

_ROUTED = ("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts")
_CHOSEN = (
    "num_experts_per_tok",
    "num_experts_per_token",
    "top_k_experts",
    "moe_topk",
    "moe_k",
    "experts_per_token",
)
_DENSE: tuple[str, ...] = ("intermediate_size", "n_inner", "ffn_hidden_size", "ffn_dim", "block_ff_dim")
_FIRST: dict[str, tuple[str, ...]] = {
    "lfm2": ("block_ff_dim",),
    "granite": ("shared_intermediate_size",),
    "llama4": ("intermediate_size_mlp",),
}
_WIDTH = ("moe_intermediate_size", "expert_ffn_hidden_size", "expert_dim")


@dataclass(frozen=True, slots=True)
class Routed:
    """The experts of one layer: how many, how many a token uses, one's width, the width every token passes."""

    count: int
    chosen: int
    ffn: int
    shared_ffn: int


def ffn_width(keys: Keys, traits: Traits) -> int:
    """The width of a dense layer's feed-forward, 0 where the model has none."""
    hidden = keys.positive("hidden_size", "n_embd", "d_model")
    # four times the hidden width unless told otherwise; of an unknown architecture that is the best guess
    wide = traits.family in ("gpt2", "starcoder", "falcon", "")
    names = _FIRST.get(traits.family, ()) + _DENSE
    given = keys.given(*names)
    if isinstance(given, list | tuple):  # Gemma 3n lists one per layer, all the same
        return max((Keys({names[0]: width}, keys.where).count(names[0]) for width in given), default=0)
    width = keys.count(*names, default=4 * hidden if wide else 0)
    return _adjusted(keys, width) if traits.family == "lfm2" and keys.flag("block_auto_adjust_ff_dim") else width


def _adjusted(keys: Keys, width: int) -> int:
    """LFM2 rounds two thirds of its width up to a multiple."""
    width = 2 * width // 3
    factor = keys.given("block_ffn_dim_multiplier")
    if isinstance(factor, int | float) and 0 < factor < 100:
        width = int(factor * width)
    multiple = keys.positive("block_multiple_of", default=256)
    return multiple * -(-width // multiple)


def dense(hidden: int, width: int, traits: Traits, *, bias: bool) -> int:
    """The weights of one dense feed-forward."""
    matrices = 3 if traits.gated else 2
    return matrices * hidden * width + ((matrices - 1) * width + hidden if bias else 0)


def mlp_bias(keys: Keys, traits: Traits) -> bool:
    """Whether the feed-forward has biases: the config's word, else the architecture's habit."""
    given = keys.given("mlp_bias", "use_bias", "bias")
    return traits.mlp_bias if given is None else bool(given)


def routed_of(keys: Keys, traits: Traits) -> Routed | None:
    """The routed experts the config tells of, or None in a dense model."""
    if keys.given(*_ROUTED) is None or (traits.family == "gemma4" and not keys.flag("enable_moe_block")):
        return None
    count = keys.count(*_ROUTED, most=2**20)
    if count <= 1:
        return None
    width = keys.positive(*_WIDTH, "intermediate_size", most=2**24)
    return Routed(count, min(keys.positive(*_CHOSEN, default=1), count), width, _shared(keys, traits, width))


def _shared(keys: Keys, traits: Traits, width: int) -> int:
    if traits.family == "llama4":
        return width
    if keys.given("moe_shared_expert_intermediate_size") is not None:
        return keys.count("moe_shared_expert_intermediate_size") * keys.count("n_shared_experts", default=1)
    if keys.given("shared_expert_intermediate_size", "shared_intermediate_size") is not None:
        return keys.count("shared_expert_intermediate_size", "shared_intermediate_size")
    return width * keys.count("n_shared_experts", "num_shared_experts", "moe_num_shared_experts", default=0)


def moe_parameters(hidden: int, routed: Routed, traits: Traits, *, shared_gate: bool) -> int:
    """The weights of one layer's experts, router and shared expert."""
    expert = dense(hidden, routed.ffn, traits, bias=traits.expert_bias)
    total = routed.count * expert + routed.count * (hidden + traits.router_bias)
    return total + dense(hidden, routed.shared_ffn, traits, bias=False) + (hidden if shared_gate else 0)


def routes(keys: Keys, index: int) -> bool:
    """Whether layer `index` of a mixture of experts has experts at all."""
    listed = keys.items("mlp_layer_types")
    if listed:
        return index < len(listed) and listed[index] == "sparse"
    frequency = keys.given("moe_layer_freq")
    if isinstance(frequency, list | tuple):
        return index < len(frequency) and bool(frequency[index])
    if keys.given("moe_layers") is not None:
        return index in keys.items("moe_layers")
    step = keys.positive("decoder_sparse_step", "interleave_moe_layer_step", "moe_layer_interval", default=1)
    if keys.given("expert_layer_period") is not None:  # Jamba
        return index % keys.positive("expert_layer_period") == keys.count("expert_layer_offset", default=1)
    first = keys.count("first_k_dense_replace", "num_dense_layers", "moe_layer_start_index", default=0)
    period = keys.positive("moe_layer_freq", default=1)
    return (
        index >= first
        and index % period == 0
        and (index + 1) % step == 0
        and index not in keys.items("mlp_only_layers")
    )
