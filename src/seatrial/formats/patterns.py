"""Which layer attends how: the ways configs say it, from a list to a rule that only the model class knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from seatrial.errors import UsageError
from seatrial.formats.keys import MOST_LAYERS

if TYPE_CHECKING:
    from seatrial.formats.keys import Keys

Kind = Literal["full", "sliding", "linear", "mamba", "conv", "both", "none"]

_WORDS: dict[str, Kind] = {
    "full_attention": "full",
    "attention": "full",
    "global": "full",
    "indexed_attention": "full",
    "sliding_attention": "sliding",
    "chunked_attention": "sliding",
    "local": "sliding",
    "linear_attention": "linear",
    "mamba": "mamba",
    "mamba2": "mamba",
    "conv": "conv",
    "hybrid": "both",
    "mlp": "none",
    "moe": "none",
}
_LETTERS: dict[str, Kind] = {"M": "mamba", "*": "full", "-": "none", "E": "none", "L": "sliding", "G": "full"}


def layers_of(keys: Keys) -> int:
    """The number of layers; where only a pattern is given (Nemotron-H), its length."""
    pattern = keys.given("hybrid_override_pattern")
    default = len(pattern) if isinstance(pattern, str) else len(keys.items("layers_block_type")) or None
    return keys.positive(
        "num_hidden_layers", "n_layer", "n_layers", "num_layers", default=default, most=MOST_LAYERS
    )


def kinds_of(keys: Keys, model_type: str) -> tuple[Kind, ...]:
    """The kind of every layer: its list if there is one, else the rule of its architecture, else all "full".

    Raises UsageError for a list of another length, or of a word that is not known.
    """
    layers = layers_of(keys)
    words = keys.items("layer_types", "layers_block_type")
    if words:
        return _known(keys, words, layers)
    pattern = keys.given("hybrid_override_pattern")
    if isinstance(pattern, str):
        return _lettered(keys, pattern, layers)
    return tuple(_ruled(keys, model_type, index, layers) for index in range(layers))


def window_of(keys: Keys, model_type: str) -> int | None:
    """The tokens a sliding layer keeps; None where no window is set or it is switched off.

    Llama 4's chunked layers attend within chunks of `attention_chunk_size`: at most that many tokens.
    """
    if model_type == "llama4_text":
        return keys.positive("attention_chunk_size")
    if keys.data.get("use_sliding_window") is False:
        return None
    window = keys.count("sliding_window", "sliding_window_size", default=0)
    return window or None


def _known(keys: Keys, words: tuple[object, ...], layers: int) -> tuple[Kind, ...]:
    if len(words) < layers:
        raise UsageError(f"{keys.where}: {layers} layers, but types of {len(words)}")
    unknown = sorted({str(word) for word in words} - _WORDS.keys())
    if unknown:
        raise UsageError(
            f'{keys.where}: layers of type "{unknown[0][:40]}" cannot be sized yet', "known: " + ", ".join(_WORDS)
        )
    return tuple(_WORDS[str(word)] for word in words[:layers])


def _lettered(keys: Keys, pattern: str, layers: int) -> tuple[Kind, ...]:
    unknown = set(pattern) - _LETTERS.keys()
    if unknown or len(pattern) < layers:
        raise UsageError(f'{keys.where}: "hybrid_override_pattern" does not describe {layers} layers')
    return tuple(_LETTERS[letter] for letter in pattern[:layers])


def _ruled(keys: Keys, model_type: str, index: int, layers: int) -> Kind:
    window: Kind = "sliding" if _slides(keys, model_type, index, layers) else "full"
    return _recurrent_rule(keys, model_type, index) or window


def _recurrent_rule(keys: Keys, model_type: str, index: int) -> Kind | None:
    """The recurrent kind of a layer, "full" for an attention layer between such, None where nothing recurs."""
    if model_type in _ALWAYS:
        return _ALWAYS[model_type]
    if model_type == "jamba":
        period, offset = keys.positive("attn_layer_period", default=8), keys.count("attn_layer_offset", default=4)
        return "full" if index % period == offset else "mamba"
    if keys.given("full_attention_interval") is not None:
        return "full" if (index + 1) % keys.positive("full_attention_interval") == 0 else "linear"
    if keys.given("attn_layer_indices") is not None:
        return "full" if index in keys.items("attn_layer_indices") else "mamba"
    if keys.given("full_attn_idxs") is not None:
        return "full" if index in keys.items("full_attn_idxs") else "conv"
    delta = keys.inner("linear_attn_config")  # Kimi counts its layers from 1
    return "linear" if delta is not None and index + 1 in delta.items("kda_layers") else None


def _slides(keys: Keys, model_type: str, index: int, layers: int) -> bool:
    """Whether an attention layer that no list describes keeps a window only."""
    every, listed = _full_every(keys, model_type), keys.items("hybrid_layer_pattern", "no_rope_layers")
    if len(listed) >= layers:  # 1 is a sliding layer (MiMo), or a chunked one with positions (Llama 4)
        return bool(listed[index]) and keys.given("sliding_window", "attention_chunk_size") is not None
    if every:
        return (index + 1) % every != 0
    pattern = keys.given("sliding_window_pattern")
    if isinstance(pattern, str) and pattern and set(pattern) <= {"L", "G"}:
        return pattern[index % len(pattern)] == "L" and index != layers - 1
    if keys.given("max_window_layers") is not None and model_type.startswith(("qwen", "dots")):
        return index >= keys.count("max_window_layers")
    return keys.given("sliding_window") is not None


_ALWAYS: dict[str, Kind] = {"mamba": "mamba", "mamba2": "mamba", "falcon_mamba": "mamba", "falcon_h1": "both"}
_PATTERN = {
    "llama4_text": 4,
    "gemma2": 2,
    "gpt_oss": 2,
    "gemma3_text": 6,
    "gemma3n_text": 5,
    "gemma4_text": 6,
    "cohere2": 4,
    "exaone4": 4,
    "olmo3": 4,
    "afmoe": 4,
}


def _full_every(keys: Keys, model_type: str) -> int:
    """Every so many-th layer is a full one; 0 where the architecture has no such rhythm."""
    names = ("sliding_window_pattern", "_sliding_window_pattern", "global_attn_every_n_layers")
    given = keys.given(*names)
    if isinstance(given, int) and not isinstance(given, bool):
        return keys.positive(*names)
    return _PATTERN.get(model_type, 0) if given is None else 0
