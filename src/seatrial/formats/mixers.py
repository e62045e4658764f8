"""What one decoder layer mixes tokens with: its cache and its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.domain.model import LayerGroup

if TYPE_CHECKING:
    from seatrial.formats.keys import Keys
    from seatrial.formats.traits import Traits


@dataclass(frozen=True, slots=True)
class Mixer:
    """One attention or recurrent block: what it caches (the group of one layer) and its weights."""

    group: LayerGroup
    parameters: int


def attention(keys: Keys, traits: Traits, kind: str, index: int, window: int | None) -> Mixer:
    """The attention of layer `index`, of `kind` "full", "sliding" or "shared" (its window may be bounded too)."""
    if keys.given("kv_lora_rank") is not None:
        return _latent(keys)
    heads, kv_heads, key_dim, value_dim = _dims(keys, traits, kind, index, window)
    group = LayerGroup(
        "shared" if kind == "shared" else "sliding" if window else "full",
        1,
        heads,
        kv_heads,
        key_dim,
        value_dim,
        window_tokens=window,
    )
    return Mixer(group, _attention_parameters(keys, traits, group))


def heads_of(keys: Keys) -> int:
    """Query heads of a layer, whatever the config calls them. Raises UsageError where it gives none."""
    return keys.positive("num_attention_heads", "n_head", "n_heads", "num_heads", most=2**20)


def _dims(keys: Keys, traits: Traits, kind: str, index: int, window: int | None) -> tuple[int, int, int, int]:
    """Q heads, KV heads, key width, value width of one layer."""
    hidden = keys.positive("hidden_size", "n_embd", "d_model")
    heads, kv_heads = _own(keys, "num_attention_heads", index) or heads_of(keys), _kv_heads(keys)
    key_dim = keys.positive("head_dim", "kv_channels", "attention_head_dim", default=max(hidden // heads, 1))
    if traits.family == "gemma4" and window is None:
        key_dim = keys.positive("global_head_dim", default=key_dim)
        if keys.flag("attention_k_eq_v"):
            kv_heads = keys.positive("num_global_key_value_heads", default=kv_heads)
    if window is not None and keys.given("swa_num_key_value_heads") is not None:
        kv_heads = keys.positive("swa_num_key_value_heads")
    key_dim, kv_heads = (
        _own(keys, "head_dim", index) or key_dim,
        _own(keys, "num_key_value_heads", index) or kv_heads,
    )
    value_dim = key_dim if kind == "shared" else keys.positive("v_head_dim", default=key_dim)
    return heads, kv_heads, key_dim, value_dim


def _own(keys: Keys, name: str, index: int) -> int | None:
    """What `per_layer_config` says of this layer, where newer configs carry one."""
    layers = keys.inner("per_layer_config")
    if layers is None:
        own = keys.items(f"{name}_per_layer")
        return own[index] if index < len(own) and isinstance(own[index], int) else None
    entry = layers.inner(str(index), f"{index:02d}", f"{index:03d}")
    return None if entry is None or entry.given(name) is None else entry.positive(name)


def _kv_heads(keys: Keys) -> int:
    heads = heads_of(keys)
    if (
        keys.given("multi_query") is not None
    ):  # Falcon and GPT-BigCode: one key and value head unless told otherwise
        many = keys.flag("new_decoder_architecture") or not keys.flag("multi_query")
        return keys.positive("num_kv_heads", "n_head_kv", default=heads) if many else 1
    return keys.positive("num_key_value_heads", "num_kv_heads", "n_head_kv", "multi_query_group_num", default=heads)


def _attention_parameters(keys: Keys, traits: Traits, group: LayerGroup) -> int:
    hidden = keys.positive("hidden_size", "n_embd", "d_model")
    queries, values = group.heads * group.key_dim, group.heads * group.value_dim
    key_width, value_width = group.kv_heads * group.key_dim, group.kv_heads * group.value_dim
    if group.kind == "shared":
        key_width = value_width = 0
    if keys.flag("attention_k_eq_v") and group.kind == "full":
        value_width = 0
    gate = queries if keys.flag("attn_output_gate", default=traits.family in ("qwen3-next", "qwen3.5")) else 0
    total = hidden * (queries + gate + key_width + value_width) + values * hidden
    qkv_bias, out_bias = _biases(keys, traits)
    total += (queries + gate + key_width + value_width) * qkv_bias + hidden * out_bias
    total += _qk_norm(keys, traits, group, key_width)
    return total + (group.heads if traits.sinks else 0)


def _biases(keys: Keys, traits: Traits) -> tuple[bool, bool]:
    """Whether Q, K, V have biases and whether the output has: the config's word, else the architecture's habit."""
    given = keys.given("attention_bias", "qkv_bias", "use_qkv_bias", "add_qkv_bias", "use_bias", "bias")
    if given is None:
        return traits.qkv_bias, traits.out_bias
    out = keys.given("attention_out_bias")
    if out is None:
        out = given if traits.key_sets_out_bias else traits.out_bias
    return bool(given), bool(out)


def _qk_norm(keys: Keys, traits: Traits, group: LayerGroup, key_width: int) -> int:
    style = traits.qk_norm
    if keys.given("use_qk_norm", "qk_norm") is not None and not keys.flag(
        "use_qk_norm", default=keys.flag("qk_norm")
    ):
        return 0
    if style == "none" and traits.family == "glm" and keys.flag("use_qk_norm"):
        style = "head"
    if style == "head":
        return group.key_dim * (2 if key_width else 1)
    return group.heads * group.key_dim + key_width if style == "whole" else 0


def _latent(keys: Keys) -> Mixer:
    """Multi-head latent attention (DeepSeek V2, arXiv:2405.04434): one compressed vector per token is cached."""
    hidden, heads, rank = keys.positive("hidden_size"), heads_of(keys), keys.positive("kv_lora_rank")
    rope, plain = keys.count("qk_rope_head_dim", default=64), keys.count("qk_nope_head_dim", default=128)
    value = keys.positive("v_head_dim", default=128)
    q_rank = keys.count("q_lora_rank", default=0)
    q_width = heads * (plain + rope)
    queries = hidden * q_rank + q_rank + q_rank * q_width if q_rank else hidden * q_width
    latent = hidden * (rank + rope) + rank + rank * heads * (plain + value)
    bias = (q_rank + rank + rope + hidden) if keys.flag("attention_bias") else 0
    indexer = _indexer(keys, hidden, q_rank)
    group = LayerGroup("mla", 1, heads, 1, rank + rope, 0)
    return Mixer(group, queries + latent + heads * value * hidden + bias + indexer)


def _indexer(keys: Keys, hidden: int, q_rank: int) -> int:
    """The weights that choose tokens in sparse attention (DeepSeek V3.2, GLM-5)."""
    if keys.given("index_n_heads") is None:
        return 0
    heads, width = keys.positive("index_n_heads"), keys.positive("index_head_dim")
    return q_rank * heads * width + hidden * width + 2 * width + hidden * heads
