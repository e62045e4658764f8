"""The shape of a model in words: its layers, how they attend, what the KV cache takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report.models import words
from seatrial.sizing.memory.kv import kv_bytes, kv_bytes_per_token
from seatrial.units import format_bytes

if TYPE_CHECKING:
    from seatrial.domain.model import LayerGroup, Model

_ATTENTION = {
    "full": "full attention",
    "sliding": "sliding windows",
    "mla": "multi-head latent attention",
    "recurrent": "recurrent state",
    "shared": "another layer's cache",
}
KV_DTYPES = ("bfloat16", "fp8")


def layers(model: Model) -> str:
    """`62 layers: 10 full attention, 52 sliding windows of 1,024 tokens`."""
    if len(model.attention) == 1:
        return f"{model.layers} layers of {_group(model.attention[0])}"
    return f"{model.layers} layers: " + ", ".join(f"{group.layers} {_group(group)}" for group in model.attention)


def heads(model: Model) -> str:
    """`32 heads on 8 KV heads of 128`, of the first group of layers."""
    group = model.attention[0]
    if group.kind == "mla":
        return f"{group.heads} heads on one latent of {group.key_dim}"
    return f"{group.heads} heads on {group.kv_heads} KV heads of {group.key_dim}"


def feed_forward(model: Model) -> str:
    """The width of dense layers, the experts, or both."""
    parts = []
    if model.experts:
        chosen = f"{model.experts.per_token} of {model.experts.count} experts of {model.experts.ffn:,}"
        shared = f" and a shared part of {model.experts.shared_ffn:,}" if model.experts.shared_ffn else ""
        dense = model.layers - model.experts.layers
        parts = [chosen + shared, *([f"{dense} dense layer{'s' * (dense > 1)} of {model.ffn:,}"] if dense else [])]
    else:
        parts = [f"{model.ffn:,} wide"]
    return ", ".join(parts)


def cache(model: Model, kv_dtype: str) -> str:
    """`128 KiB per token, 1 GiB for 8k tokens`: of one request, and what a request of 8k tokens takes."""
    whole = min(8192, model.context_tokens)
    per_token = kv_bytes_per_token(model, kv_dtype)
    request = kv_bytes(model, kv_dtype, 1, whole)
    bounded = any(group.kind == "sliding" for group in model.attention)
    beyond = " beyond its windows" if bounded and per_token else ""
    if bounded and all(group.kind == "sliding" for group in model.attention):
        beyond = " up to its window"
    return f"{format_bytes(per_token)} per token{beyond}, {format_bytes(request)} for {words.tokens(whole)} tokens"


def _group(group: LayerGroup) -> str:
    window = f" of {group.window_tokens:,} tokens" if group.window_tokens else ""
    return _ATTENTION[group.kind] + window
