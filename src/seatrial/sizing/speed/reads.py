"""The bytes one step reads: weights, experts by how many are picked, the cache of a sequence."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

from seatrial.sizing.widths import mean_width

if TYPE_CHECKING:
    from seatrial.domain.model import LayerGroup, Model, Weights
    from seatrial.domain.plan import Layout

BITS16 = 2.0


class Bytes(NamedTuple):
    """Weights of the whole model by when they are read: `dense` every step, `experts` as far as picked."""

    dense: float
    experts: float


def weight_bytes(model: Model, weights: Weights) -> Bytes:
    """What decoding reads of the weights: without the input embedding (one row a token) and without vision.

    A safetensors checkpoint keeps embeddings at 16 bits whatever the linear layers are, and mxfp4 is the format of
    the experts alone. In a GGUF every tensor is taken to have the file's average width.
    """
    outside = model.extra_parameters + (0 if model.tied_embeddings else model.embedding_parameters)
    if weights.format == "gguf":
        width = weights.bytes / model.parameters
        return Bytes(
            (model.parameters - outside - model.expert_parameters) * width, model.expert_parameters * width
        )
    if weights.quant == "mxfp4" and model.experts is not None:
        dense = (model.parameters - model.expert_parameters) * BITS16
        return Bytes(max(dense - outside * BITS16, 0.0), max(weights.bytes - dense, 0.0))
    embeddings = model.embedding_parameters * (1 if model.tied_embeddings else 2)
    linear = model.parameters - embeddings - model.extra_parameters
    width = max(weights.bytes - (embeddings + model.extra_parameters) * BITS16, 0.0) / max(linear, 1)
    experts = model.expert_parameters * width
    return Bytes(linear * width - experts + model.embedding_parameters * BITS16, experts)


def at_once(layout: Layout) -> int:
    """GPUs that work on one layer together. llama.cpp splits a file by layers: its GPUs take turns."""
    return 1 if layout.weights.format == "gguf" else layout.tensor_parallel


def share_of_experts(model: Model, tokens: float) -> float:
    """The share of N experts that at least one of `tokens` picks, k each, if evenly: 1 - ((N - k) / N) ^ tokens."""
    if model.experts is None:
        return 0.0
    unpicked: float = ((model.experts.count - model.experts.per_token) / model.experts.count) ** tokens
    return 1.0 - unpicked


def expert_imbalance(model: Model, layout: Layout, share: float) -> float:
    """With expert parallelism every rank waits for the one that got most: its distinct experts over the mean.

    The largest of n binomial counts lies as many standard deviations above the mean as that of n normal values.
    """
    ranks = layout.tensor_parallel
    if model.experts is None or not layout.expert_parallel or ranks == 1:
        return 1.0
    held = model.experts.count / ranks
    most = held * share + _EXPECTED_MAXIMUM.get(ranks, 2.0) * sqrt(held * share * (1.0 - share))
    return min(held, most) / (held * share)


_EXPECTED_MAXIMUM = {2: 0.56, 4: 1.03, 8: 1.42, 16: 1.77}
"""Expected maximum of n standard normal values."""


def kv_read_bytes(model: Model, layout: Layout, context_tokens: float) -> float:
    """Bytes of cache one GPU reads for one sequence in one step. A latent cache (MLA) is the same on every rank."""
    width = mean_width(layout.kv_dtype)
    return sum(_group_bytes(group, width, at_once(layout), context_tokens) for group in model.attention)


def _group_bytes(group: LayerGroup, width: float, ranks: int, context_tokens: float) -> float:
    if group.kind == "recurrent":
        return 2.0 * group.layers * group.state_bytes / ranks  # read and written back
    if group.kind == "mla":
        return group.layers * group.key_dim * width * context_tokens
    tokens = min(context_tokens, group.window_tokens or context_tokens)
    return group.layers * max(1.0, group.kv_heads / ranks) * (group.key_dim + group.value_dim) * width * tokens
