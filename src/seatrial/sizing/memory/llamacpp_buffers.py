"""llama.cpp's buffers, byte by byte: KV cache, recurrent state, compute buffer. Rules read in its sources and
checked against the sizes its log prints (b11434; see tests/sizing/test_llamacpp.py).

    cells    every layer keeps the context of all slots; a sliding layer only what its window and one batch need:
             pad(min(context, window + ubatch), 256) for each slot
    compute  what the graph of one batch of `ubatch` tokens holds at its widest, in F32:
             feed-forward  3 I + 5 h          (per token)
             attention     5 h + q + 2 kv, and without flash attention cells x heads more
             and a mask of cells x ubatch, F16 with flash attention and F32 without
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.sizing.memory.kv import layer_bytes
from seatrial.sizing.widths import padded

if TYPE_CHECKING:
    from seatrial.domain.model import LayerGroup, Model
    from seatrial.domain.plan import Layout

PAD = 256
F32 = 4


WINDOW_DROPPED = frozenset(
    {
        "MistralForCausalLM",
        "MixtralForCausalLM",
        "Qwen2ForCausalLM",
        "Phi3ForCausalLM",
        "LlavaNextForConditionalGeneration",
    }
)
"""Architectures whose sliding window llama.cpp does not keep: converted as ones that attend to everything."""


def as_converted(model: Model) -> Model:
    """The model as llama.cpp runs it: with a window only where its graph of that architecture has one."""
    if model.architecture not in WINDOW_DROPPED:
        return model
    groups = tuple(
        replace(group, kind="full", window_tokens=None) if group.kind == "sliding" else group
        for group in model.attention
    )
    return model if groups == model.attention else replace(model, attention=groups)


def slot_cells(group: LayerGroup, layout: Layout) -> int:
    """Tokens that one slot has room for in a layer of that group."""
    context = padded(layout.max_model_len, PAD)
    if group.kind != "sliding" or group.window_tokens is None:
        return context
    return min(context, padded(group.window_tokens + ubatch(layout), PAD))


def ubatch(layout: Layout) -> int:
    """Tokens computed at once: never more than the whole cache holds."""
    return min(layout.max_num_batched_tokens, padded(layout.max_model_len, PAD) * layout.max_num_seqs)


def cache_bytes(model: Model, layout: Layout) -> float:
    """The KV cache and the recurrent states of all slots, allocated at the start whatever is asked later."""
    slots = layout.max_num_seqs
    return sum(
        group.layers
        * slots
        * (
            group.state_bytes
            if group.kind == "recurrent"
            else slot_cells(group, layout) * layer_bytes(group, layout.kv_dtype)
        )
        for group in model.attention
    )


def compute_bytes(model: Model, layout: Layout, *, flash_attention: bool = True) -> float:
    """The compute buffer of one device."""
    tokens = ubatch(layout)
    forward = tokens * _forward_width(model) * F32
    attention = tokens * _attention_width(model) * F32
    if not flash_attention:
        attention += max(
            (tokens * group.heads * slot_cells(group, layout) * F32 for group in _attending(model)), default=0.0
        )
    mask = tokens * _mask_cells(model, layout) * (2 if flash_attention else F32)
    output = layout.max_num_seqs * model.vocabulary * F32
    return max(forward + mask, attention + mask, output + tokens * model.hidden * F32)


def logits_bytes(model: Model, layout: Layout) -> float:
    """What a version that keeps the logits of a whole batch takes for them (those of 2025 did)."""
    return ubatch(layout) * model.vocabulary * F32


def _attending(model: Model) -> list[LayerGroup]:
    return [group for group in model.attention if group.kind in {"full", "sliding", "mla", "shared"}]


def _forward_width(model: Model) -> float:
    """Numbers per token that the feed-forward holds at once; of the experts, those that a token uses."""
    copies = 3 if model.gated_ffn else 2
    dense = copies * model.ffn
    routed = 0.0
    if model.experts is not None:
        routed = model.experts.per_token * (copies * model.experts.ffn + model.hidden)
    return max(dense, routed) + 5 * model.hidden


def _attention_width(model: Model) -> float:
    widest = max(
        (group.heads * group.key_dim + 2 * group.kv_heads * group.key_dim for group in _attending(model)), default=0
    )
    return 5 * model.hidden + widest


def _mask_cells(model: Model, layout: Layout) -> int:
    """Cells of the masks of one batch: one mask for the layers that keep all, one for those with a window."""
    return sum({(group.kind == "sliding"): slot_cells(group, layout) for group in _attending(model)}.values())
