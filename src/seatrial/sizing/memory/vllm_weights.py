"""What vLLM holds as weights on one GPU: the file divided, and what comes on top of the file.

Three things come on top, all seen in its logs:

    rope cache      cosines and sines for every position the config allows: max_position x rotary width x dtype.
                    2.5 GiB in Llama 4 Scout, which allows 10,485,760.
    allocator       PyTorch gives a tensor above 10 MiB whole 2 MiB pages and splits off the rest only where it is
                    more than 1 MiB (c10/cuda/CUDACachingAllocator.cpp). 0.08 GiB in phi-4, nothing in Llama 3.1.
    copies          heads fewer than ranks are copied, and so are the norms; MXFP4 experts are padded to the
                    kernel's tiles. Of latent attention (MLA) every rank has the matrices that lead into the latent,
                    and of those that lead out of it a second copy at 16 bits, which decoding multiplies with.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.sizing.widths import ELEMENT_BYTES, padded
from seatrial.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.model import LayerGroup, Model
    from seatrial.domain.plan import Layout

_QUANT_BYTES = {
    "f32": 4.0,
    "fp8": 1.0,
    "fp8-dynamic": 1.0,
    "w8a8": 1.0,
    "int8": 1.0,
    "int8-w8a8": 1.0,
    "w4a16": 0.53,
    "int4-w4a16": 0.53,
    "awq": 0.53,
    "gptq": 0.53,
    "nvfp4": 0.5625,
    "mxfp4": 0.53125,
}
EIGHT_BIT = frozenset({"fp8", "fp8-dynamic", "w8a8", "int8", "int8-w8a8"})
_WITH_QUERY_RANK = frozenset({"DeepseekV3ForCausalLM"})
_QUERY_RANK, _MLA_ROPE, _MLA_HEAD = 1536, 64, 128
"""Of DeepSeek V2, V3 and R1 and Kimi K2; the Lite models have no latent of queries."""
_PARTIAL_ROPE = {"PhiForCausalLM": 0.4, "GPTNeoXForCausalLM": 0.25, "Glm4ForCausalLM": 0.5}


def element_bytes(dtype: str) -> float:
    """Bytes of one number of the model's own format; 2 of one that is not known."""
    return ELEMENT_BYTES.get(dtype, 2.0)


def rank_bytes(model: Model, layout: Layout) -> float:
    """Bytes on the fullest GPU of the layout.

    A size that the user fixed is divided and nothing is added. One that vLLM itself logged on one GPU holds already
    what comes on top there.
    """
    ranks, stages = layout.tensor_parallel, layout.pipeline_parallel
    size = float(layout.weights.bytes)
    if layout.weights.part == "given":
        return size / layout.gpu_count
    if layout.weights.part == "loaded weights":
        size -= _on_top(model, replace(layout, tensor_parallel=1, pipeline_parallel=1))
    embedding = model.embedding_parameters * element_bytes(layout.dtype)
    return _staged(size, embedding, tied=model.tied_embeddings, stages=stages) / ranks + _on_top(model, layout)


def _on_top(model: Model, layout: Layout) -> float:
    """What one GPU holds besides its part of the file."""
    ranks, stages = layout.tensor_parallel, layout.pipeline_parallel
    pages = sum(_page_excess(size) for size in _tensors(model, layout))
    padding = _tile_padding(model, layout) / ranks
    copied = _copied_bytes(model, layout) + _latent_bytes(model, layout)
    return rope_bytes(model, layout.dtype) + (pages + padding + copied) / stages


def rope_bytes(model: Model, dtype: str) -> float:
    """The table of cosines and sines, one for all layers."""
    widths = [group.key_dim for group in model.attention if group.kind in {"full", "sliding"}]
    share = _PARTIAL_ROPE.get(model.architecture, 1.0)
    return model.context_tokens * max(widths, default=0) * share * element_bytes(dtype)


def _staged(size: float, embedding: float, *, tied: bool, stages: int) -> float:
    """What the fullest pipeline stage holds: its layers and the embedding (first) or the output matrix (last)."""
    if stages == 1:
        return size
    ends = embedding if tied else 2 * embedding
    return (size - ends) / stages + embedding


def _copied_bytes(model: Model, layout: Layout) -> float:
    """What every rank holds in full although the size was divided: norms, and heads that are fewer than ranks."""
    ranks = layout.tensor_parallel
    norms = 2 * model.layers * model.hidden * 2.0
    heads = sum(
        group.layers * (group.key_dim + group.value_dim) * max(0.0, 1 - group.kv_heads / ranks)
        for group in model.attention
        if group.kind in {"full", "sliding"}
    )
    return norms * (1 - 1 / ranks) + heads * model.hidden * _linear_bytes(layout)


def _latent_bytes(model: Model, layout: Layout) -> float:
    """What latent attention holds beside the divided file.

    q_a and kv_a whole on every rank (ReplicatedLinear, `vllm/model_executor/models/deepseek_v2.py`), and W_UK and
    W_UV of its own heads (`vllm/v1/attention/backends/mla/common.py`).
    """
    ranks = layout.tensor_parallel
    queries = _QUERY_RANK if model.architecture in _WITH_QUERY_RANK else 0
    return sum(
        group.layers
        * (
            model.hidden * (group.key_dim + queries) * _linear_bytes(layout) * (1 - 1 / ranks)
            + group.heads / ranks * (group.key_dim - _MLA_ROPE) * 2 * _MLA_HEAD * element_bytes(layout.dtype)
        )
        for group in model.attention
        if group.kind == "mla"
    )


def _tile_padding(model: Model, layout: Layout) -> float:
    """MXFP4 experts: the hidden width is padded to 256 and each rank's share of the expert to 128 (Marlin)."""
    if layout.weights.quant != "mxfp4" or model.experts is None:
        return 0.0
    share = model.experts.ffn / layout.tensor_parallel
    grown = padded(share, 128) / share * padded(model.hidden, 256) / model.hidden
    return model.expert_parameters * _QUANT_BYTES["mxfp4"] * (grown - 1)


def _linear_bytes(layout: Layout) -> float:
    return _QUANT_BYTES.get(layout.weights.quant, element_bytes(layout.dtype))


def _page_excess(size: float) -> float:
    """What is lost to whole pages when a tensor of `size` bytes is allocated."""
    if size <= 10 * MIB:
        return 0.0
    rest = -size % (2 * MIB)
    return rest if rest <= MIB else 0.0


def _tensors(model: Model, layout: Layout) -> Iterator[float]:
    """The bytes of every large tensor of a rank, as vLLM fuses them."""
    ranks, unit = layout.tensor_parallel, _linear_bytes(layout)
    vocabulary = padded(model.vocabulary, 64) * model.hidden * element_bytes(layout.dtype) / ranks
    yield from [vocabulary] * (1 if model.tied_embeddings else 2)
    for group in model.attention:
        yield from _attention_tensors(model, group, ranks, unit) * group.layers
    matrices = 2 if model.gated_ffn else 1
    experts = model.experts
    dense = model.layers - (experts.layers if experts else 0)
    if model.ffn:
        yield from [
            matrices * model.ffn * model.hidden * unit / ranks,
            model.ffn * model.hidden * unit / ranks,
        ] * dense
    if experts and layout.weights.quant != "mxfp4":
        one = experts.count * experts.ffn * model.hidden * unit / ranks
        yield from [2 * one, one] * experts.layers


def _attention_tensors(model: Model, group: LayerGroup, ranks: int, unit: float) -> list[float]:
    if group.kind not in {"full", "sliding"}:
        return []
    heads = group.heads / ranks
    kv_heads = max(1.0, group.kv_heads / ranks)
    fused = (heads * group.key_dim + kv_heads * (group.key_dim + group.value_dim)) * model.hidden * unit
    return [fused, heads * group.value_dim * model.hidden * unit]


def weight_uncertainty_bytes(layout: Layout) -> float:
    """Half the width of 80 % of what measured weights differ from `rank_bytes`: 0.1 %, at least 10 MiB.

    1 % where the kernel chooses how to pad the experts.
    """
    share = 0.01 if layout.weights.quant == "mxfp4" else 0.001
    return max(10 * MIB, share * layout.weights.bytes / layout.gpu_count)
