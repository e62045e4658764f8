"""Layers with a state instead of a cache: gated delta nets, Mamba 1 and 2, short convolutions.

State sizes follow vLLM's MambaStateShapeCalculator and llama.cpp's recurrent memory: a window of the convolution in
the model's own 16 bits, and the running state in 32 bits (both keep it so unless told otherwise).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.model import LayerGroup
from seatrial.formats.mixers import Mixer

if TYPE_CHECKING:
    from seatrial.formats.keys import Keys

_CONV_BYTES = 2
_STATE_BYTES = 4


def recurrent(keys: Keys, kind: str) -> Mixer:
    """The state and the weights of one layer of kind "linear", "mamba" or "conv"."""
    if kind == "conv":
        return _short_convolution(keys)
    if kind == "linear" and keys.given("linear_attn_config", "linear_num_value_heads") is not None:
        return _kimi_delta(keys) if keys.inner("linear_attn_config") else _gated_delta(keys)
    if keys.given("mamba_n_heads", "mamba_num_heads", "n_mamba_heads") is not None or _is_mamba2(keys):
        return _mamba2(keys)
    return _mamba1(keys)


def _state(convolution: int, running: int) -> LayerGroup:
    return LayerGroup("recurrent", 1, state_bytes=convolution * _CONV_BYTES + running * _STATE_BYTES)


def _gated_delta(keys: Keys) -> Mixer:
    """Gated DeltaNet, as in Qwen3-Next and Qwen3.5 (arXiv:2412.06464)."""
    hidden, kernel = keys.positive("hidden_size"), keys.positive("linear_conv_kernel_dim")
    key_heads, value_heads = keys.positive("linear_num_key_heads"), keys.positive("linear_num_value_heads")
    key_dim, value_dim = keys.positive("linear_key_head_dim"), keys.positive("linear_value_head_dim")
    keys_width, values_width = key_heads * key_dim, value_heads * value_dim
    mixed = 2 * keys_width + values_width
    parameters = hidden * (mixed + values_width + 2 * value_heads) + mixed * kernel
    parameters += 2 * value_heads + value_dim + values_width * hidden
    return Mixer(_state(mixed * (kernel - 1), value_heads * key_dim * value_dim), parameters)


def _kimi_delta(keys: Keys) -> Mixer:
    """Kimi Delta Attention (arXiv:2510.26692): as the gated delta net, with a gate per channel of low rank."""
    inner = keys.inner("linear_attn_config") or keys
    hidden, heads, width = keys.positive("hidden_size"), inner.positive("num_heads"), inner.positive("head_dim")
    kernel, total = inner.positive("short_conv_kernel_size", default=4), heads * width
    parameters = 3 * hidden * total + 3 * total * kernel + total + heads + 2 * (hidden * width + width * total)
    parameters += hidden * heads + width + total * hidden
    return Mixer(_state(3 * total * (kernel - 1), heads * width * width), parameters)


def _is_mamba2(keys: Keys) -> bool:
    return keys.data.get("model_type") == "mamba2"


def _mamba2(keys: Keys) -> Mixer:
    """Mamba 2 (arXiv:2405.21060) under the names of Mamba2, Bamba, Granite 4, Falcon-H1 and Nemotron-H."""
    hidden = keys.positive("hidden_size", "d_model")
    heads = keys.positive("mamba_n_heads", "mamba_num_heads", "n_mamba_heads", "num_heads")
    inner = heads * _mamba2_head(keys, hidden, heads)
    groups, state = keys.positive("mamba_n_groups", "n_groups", default=1), _state_size(keys, 128)
    kernel = keys.positive("mamba_d_conv", "conv_kernel", "mamba_conv_kernel", default=4)
    mixed = inner + 2 * groups * state
    parameters = hidden * (inner + mixed + heads) + mixed * kernel + 3 * heads + inner * hidden
    parameters += mixed * keys.flag("mamba_conv_bias", default=keys.flag("use_conv_bias", default=True))
    parameters += inner * keys.flag("mamba_rms_norm", default=keys.data.get("model_type") != "falcon_h1")
    if keys.flag("mamba_proj_bias", default=keys.flag("use_bias")):
        parameters += inner + mixed + heads + hidden
    return Mixer(_state(mixed * (kernel - 1), inner * state), parameters)


def _mamba2_head(keys: Keys, hidden: int, heads: int) -> int:
    width = keys.given("mamba_d_head", "mamba_head_dim")
    if isinstance(width, int):
        return width
    if keys.given("mamba_d_ssm") is not None:
        return keys.positive("mamba_d_ssm") // heads
    if _is_mamba2(keys):
        return keys.positive("head_dim", default=64)
    return keys.positive("mamba_expand", "expand", default=2) * hidden // heads


def _state_size(keys: Keys, default: int) -> int:
    return keys.positive("mamba_d_state", "ssm_state_size", "state_size", default=default)


def _mamba1(keys: Keys) -> Mixer:
    """Mamba (arXiv:2312.00752), also the recurrent layers of Jamba."""
    hidden = keys.positive("hidden_size", "d_model")
    inner = keys.positive("intermediate_size", default=hidden * keys.positive("mamba_expand", "expand", default=2))
    if keys.given("mamba_expand") is not None:  # Jamba: its intermediate_size is the feed-forward's
        inner = hidden * keys.positive("mamba_expand")
    state, kernel = _state_size(keys, 16), keys.positive("mamba_d_conv", "conv_kernel", default=4)
    rank = keys.given("mamba_dt_rank", "time_step_rank")
    rank = rank if isinstance(rank, int) else -(-hidden // 16)
    parameters = 2 * hidden * inner + inner * kernel + inner + inner * (rank + 2 * state)
    parameters += rank * inner + inner + inner * state + inner + inner * hidden
    if keys.data.get("model_type") == "jamba":  # it normalises what it has projected
        parameters += rank + 2 * state
    return Mixer(_state(inner * (kernel - 1), inner * state), parameters)


def _short_convolution(keys: Keys) -> Mixer:
    """The gated short convolution of LFM2: three projections and a kernel of a few tokens."""
    hidden, kernel = keys.positive("hidden_size"), keys.positive("conv_L_cache", default=3)
    bias = (3 * hidden + hidden + hidden) if keys.flag("conv_bias") else 0
    return Mixer(_state(hidden * (kernel - 1), 0), 4 * hidden * hidden + hidden * kernel + bias)
