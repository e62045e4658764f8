"""The parameters outside the text decoder: vision towers and projectors, counted where the config permits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.formats.keys import Keys

_PARTS = ("vision_config", "audio_config", "vision_tower_config")


@dataclass(frozen=True, slots=True)
class Extra:
    """Parameters beside the text decoder. `estimated` says they were not counted shape by shape."""

    parameters: int
    estimated: bool = False


def extra_of(config: Keys, text_hidden: int) -> Extra:
    """Everything the config describes beside its text decoder; (0, exact) for a model of text alone."""
    found = [(name, config.inner(name)) for name in _PARTS]
    towers = [(name, part) for name, part in found if part is not None]
    counted = [_tower(config, name, part, text_hidden) for name, part in towers]
    return Extra(sum(one.parameters for one in counted), any(one.estimated for one in counted))


def _tower(config: Keys, name: str, part: Keys, text_hidden: int) -> Extra:
    kind = str(part.data.get("model_type") or config.data.get("model_type"))
    count = _KNOWN.get(f"{config.data.get('model_type')}:{kind}") or _KNOWN.get(kind)
    if count is not None and name == "vision_config":
        return Extra(count(config, part, text_hidden))
    hidden, layers = part.count("hidden_size", "embed_dim", "vt_hidden_size", "width", "d_model", default=0), 0
    layers = part.count("num_hidden_layers", "depth", "vt_num_hidden_layers", "layers", "encoder_layers", default=0)
    width = part.count("intermediate_size", "vt_intermediate_size", default=4 * hidden)
    return Extra(layers * (4 * hidden * hidden + 2 * hidden * width) + 4 * text_hidden * hidden, estimated=True)


def _block(hidden: int, width: int, matrices: int = 2, *, bias: bool = True, norm_bias: bool = True) -> int:
    """One transformer layer of a tower: four attention matrices, the feed-forward, two norms."""
    weights = 4 * hidden * hidden + matrices * hidden * width + 2 * hidden * (2 if norm_bias else 1)
    return weights + (4 * hidden + (matrices - 1) * width + hidden if bias else 0)


def _sizes(part: Keys) -> tuple[int, int, int, int]:
    """Width, feed-forward width, layers, pixels of a patch (three colours)."""
    patch = part.positive("patch_size", default=14)
    layers = part.positive("num_hidden_layers", "depth", default=27)
    hidden = part.positive("hidden_size", "embed_dim", default=1152)
    return hidden, part.positive("intermediate_size", default=4 * hidden), layers, 3 * patch * patch


def _siglip_gemma3(_config: Keys, part: Keys, text_hidden: int) -> int:
    hidden, width, layers, pixels = _sizes(part)
    positions = (part.positive("image_size", default=896) // part.positive("patch_size", default=14)) ** 2
    tower = pixels * hidden + hidden + positions * hidden + layers * _block(hidden, width) + 2 * hidden
    return tower + hidden * text_hidden + hidden


def _clip_llava(config: Keys, part: Keys, text_hidden: int) -> int:
    hidden, width, layers, pixels = _sizes(part)
    positions = (part.positive("image_size", default=336) // part.positive("patch_size", default=14)) ** 2 + 1
    tower = pixels * hidden + hidden + positions * hidden + layers * _block(hidden, width) + 4 * hidden
    projector = hidden * text_hidden + text_hidden + text_hidden * text_hidden + text_hidden
    newline = text_hidden if config.data.get("model_type") == "llava_next" else 0
    return tower + projector + newline


def _pixtral_mistral3(config: Keys, part: Keys, text_hidden: int) -> int:
    hidden, width, layers, pixels = _sizes(part)
    merge = config.positive("spatial_merge_size", default=2) ** 2
    tower = pixels * hidden + hidden + layers * _block(hidden, width, 3, bias=False, norm_bias=False)
    projector = hidden + merge * hidden * hidden + hidden * text_hidden + text_hidden * text_hidden
    return tower + projector + (2 * text_hidden if config.flag("multimodal_projector_bias") else 0)


def _llama4(_config: Keys, part: Keys, text_hidden: int) -> int:
    hidden, width, layers, pixels = _sizes(part)
    positions = (part.positive("image_size", default=336) // part.positive("patch_size", default=14)) ** 2 + 1
    tower = pixels * hidden + hidden + positions * hidden + 4 * hidden + layers * _block(hidden, width)
    output = part.positive("vision_output_dim", default=4096)
    adapter = width * part.positive("projector_input_dim", default=4096)
    adapter += part.positive("projector_input_dim", default=4096) * part.positive(
        "projector_output_dim", default=4096
    )
    return tower + adapter + output * text_hidden


def _qwen2_vl(_config: Keys, part: Keys, text_hidden: int) -> int:
    hidden, layers = part.positive("embed_dim", default=1280), part.positive("depth", default=32)
    patch, width = part.positive("patch_size", default=14), part.positive("mlp_ratio", default=4) * hidden
    merged = hidden * part.positive("spatial_merge_size", default=2) ** 2
    tower = 2 * 3 * patch * patch * hidden + layers * _block(hidden, width) + 2 * hidden
    return tower + merged * merged + merged + merged * text_hidden + text_hidden


def _qwen25_vl(_config: Keys, part: Keys, text_hidden: int) -> int:
    hidden, width, layers, pixels = _sizes(part)
    merged = hidden * part.positive("spatial_merge_size", default=2) ** 2
    tower = 2 * pixels * hidden + layers * _block(hidden, width, 3, norm_bias=False) + hidden
    return tower + merged * merged + merged + merged * text_hidden + text_hidden


def _qwen3_vl(_config: Keys, part: Keys, text_hidden: int) -> int:
    hidden, width, layers, pixels = _sizes(part)
    merged = hidden * part.positive("spatial_merge_size", default=2) ** 2
    positions = part.positive("num_position_embeddings", default=2304)
    tower = 2 * pixels * hidden + hidden + positions * hidden + layers * _block(hidden, width)
    merger = merged * merged + merged + merged * text_hidden + text_hidden
    deep = len(part.items("deepstack_visual_indexes"))
    return tower + 2 * hidden + merger + deep * (2 * merged + merger)


def _gemma4(_config: Keys, part: Keys, text_hidden: int) -> int:
    hidden, width, layers, pixels = _sizes(part)
    heads, size = part.positive("num_attention_heads", default=16), part.positive("head_dim", default=72)
    layer = 4 * hidden * heads * size + 3 * hidden * width + 4 * hidden + 2 * size
    tower = 2 * part.positive("position_embedding_size", default=10240) * hidden + pixels * hidden + layers * layer
    return tower + hidden * text_hidden + (2 * hidden if part.flag("standardize") else 0)


_KNOWN: dict[str, Callable[[Keys, Keys, int], int]] = {
    "gemma3:siglip_vision_model": _siglip_gemma3,
    "llava:clip_vision_model": _clip_llava,
    "llava_next:clip_vision_model": _clip_llava,
    "mistral3:pixtral": _pixtral_mistral3,
    "gemma4:gemma4_vision": _gemma4,
    "llama4:llama4_vision_model": _llama4,
    "qwen2_vl": _qwen2_vl,
    "qwen2_5_vl": _qwen25_vl,
    "qwen2_5_vl_vision": _qwen25_vl,
    "qwen3_vl": _qwen3_vl,
    "qwen3_vl_vision": _qwen3_vl,
    "qwen3_vl_moe": _qwen3_vl,
    "qwen3_5": _qwen3_vl,
    "qwen3_5_vision": _qwen3_vl,
    "qwen3_5_moe": _qwen3_vl,
    "qwen3_5_moe_vision": _qwen3_vl,
}
