"""The text decoder of a config.json: its keys, its architecture's habits, and its layers one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.formats.feedforward import Routed, dense, ffn_width, mlp_bias, moe_parameters, routed_of, routes
from seatrial.formats.keys import Keys
from seatrial.formats.mixers import Mixer, attention
from seatrial.formats.patterns import Kind, kinds_of, window_of
from seatrial.formats.recurrent import recurrent
from seatrial.formats.traits import PLAIN, Traits, traits_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXT = ("text_config", "llm_config", "language_config", "thinker_config")
_CONTEXT = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "max_sequence_length",
    "seq_length",
    "model_max_length",
)


@dataclass(frozen=True, slots=True)
class Decoder:
    """The text decoder's keys with what its architecture fills in, and that architecture's habits."""

    keys: Keys
    model_type: str
    traits: Traits
    known: bool


@dataclass(frozen=True, slots=True)
class Layer:
    """What one layer mixes tokens with, whether it has routed experts, and all its parameters."""

    mixers: tuple[Mixer, ...]
    routed: bool
    parameters: int


def decoder_of(outer: Keys) -> Decoder:
    """The decoder's keys: nested in models that also see or hear, else the config itself."""
    inner = outer.inner(*_TEXT)
    data = inner.data if inner is not None and inner.data else outer.data
    twice = inner.inner("text_config") if inner is not None else None  # Qwen Omni nests twice
    data = twice.data if twice is not None else data
    model_type = str(data.get("model_type") or outer.data.get("model_type") or "")
    if traits_of(model_type) is None and traits_of(f"{model_type}_text") is not None:
        model_type = f"{model_type}_text"
    traits = traits_of(model_type)
    missing = {} if traits is None else dict(traits.missing)
    if data.get("layer_types"):
        missing.pop("full_attention_interval", None)
    filled = {**missing, **{key: value for key, value in data.items() if value is not None}}
    return Decoder(Keys(filled, outer.where), model_type, traits or PLAIN, traits is not None)


def context_of(keys: Keys) -> int:
    """The config's own length (before any stretching). A model with no limit of its own (Mamba) gets 2**20."""
    return keys.positive(*_CONTEXT, default=2**20)


def layers_of_decoder(decoder: Decoder, hidden: int) -> Iterator[Layer]:
    """The layers, first to last."""
    keys, traits = decoder.keys, decoder.traits
    kinds, window = kinds_of(keys, decoder.model_type), window_of(keys, decoder.model_type)
    shared_from = len(kinds) - keys.count("num_kv_shared_layers", default=0)
    context, routed = context_of(keys), routed_of(keys, traits)
    norms = _norms(keys, traits) * hidden * (2 if traits.norm_bias else 1)
    for index, kind in enumerate(kinds):
        bound = window if kind == "sliding" and window and window < context else None
        shared = index >= shared_from > 0
        mixers = _mixers(decoder, kind, index, bound, shared=shared)
        has_experts = routed is not None and _routes(decoder, index)
        feed_forward = _feed_forward(decoder, hidden, routed if has_experts else None, index, shared=shared)
        yield Layer(mixers, has_experts, norms + feed_forward + sum(mixer.parameters for mixer in mixers))


def _norms(keys: Keys, traits: Traits) -> int:
    """Falcon's larger models norm attention and feed-forward apart."""
    if traits.family == "falcon" and keys.flag("new_decoder_architecture"):
        return keys.positive("num_ln_in_parallel_attn", default=2)
    return traits.norms


def _mixers(decoder: Decoder, kind: Kind, index: int, window: int | None, *, shared: bool) -> tuple[Mixer, ...]:
    if kind == "none":
        return ()
    if kind == "both":
        return recurrent(decoder.keys, "mamba"), attention(decoder.keys, decoder.traits, "full", index, None)
    if kind in ("linear", "mamba", "conv"):
        return (recurrent(decoder.keys, kind),)
    return (attention(decoder.keys, decoder.traits, "shared" if shared else kind, index, window),)


def _routes(decoder: Decoder, index: int) -> bool:
    if decoder.model_type == "nemotron_h":
        return _letter(decoder.keys, index) in ("E", "moe")
    return routes(decoder.keys, index)


def _letter(keys: Keys, index: int) -> str:
    """The word or letter of a layer of a hybrid pattern."""
    pattern = keys.given("hybrid_override_pattern", "layers_block_type", "layer_types")
    return str(pattern[index]) if isinstance(pattern, str | list | tuple) and index < len(pattern) else ""


def _feed_forward(decoder: Decoder, hidden: int, routed: Routed | None, index: int, *, shared: bool) -> int:
    keys, traits = decoder.keys, decoder.traits
    if traits.family == "mamba":
        return 0
    if decoder.model_type == "nemotron_h" and routed is None and _letter(keys, index) not in ("-", "mlp"):
        return 0
    width = ffn_width(keys, traits) * (2 if shared and keys.flag("use_double_wide_mlp") else 1)
    plain = dense(hidden, width, traits, bias=mlp_bias(keys, traits))
    if routed is None:
        return plain
    gate = decoder.model_type.startswith(("qwen2_moe", "qwen3_next", "qwen3_5_moe"))
    experts = moe_parameters(hidden, routed, traits, shared_gate=gate)
    if traits.family == "gemma4":  # experts beside the dense feed-forward, with norms and scales of their own
        return plain + experts + 4 * hidden + routed.count
    return experts
