"""The KV cache of one request: how many bytes, on one GPU, for whatever attention the model has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.sizing.widths import vector_bytes

if TYPE_CHECKING:
    from seatrial.domain.model import LayerGroup, Model

_CHUNKED = "Llama4"


def is_chunked(model: Model, group: LayerGroup) -> bool:
    """Whether the window is a fixed chunk of the text (Llama 4) and does not slide with it."""
    return group.kind == "sliding" and model.architecture.startswith(_CHUNKED)


def layer_bytes(group: LayerGroup, kv_dtype: str, tensor_parallel: int = 1) -> float:
    """Bytes that one layer of `group` keeps per token on one rank.

    A latent (MLA) is the same on every rank; heads are divided, but a rank has at least one (they are copied).
    """
    if group.kind in {"recurrent", "shared"}:
        return 0.0
    heads = 1 if group.kind == "mla" else max(1, group.kv_heads // tensor_parallel)
    return vector_bytes(kv_dtype, heads * group.key_dim) + vector_bytes(kv_dtype, heads * group.value_dim)


def kv_bytes_per_token(model: Model, kv_dtype: str, tensor_parallel: int = 1) -> float:
    """Bytes of one more token on one GPU, in the layers that keep every token; in all, where none does."""
    kept = [group for group in model.attention if group.kind in {"full", "mla"}] or [*model.attention]
    return sum(group.layers * layer_bytes(group, kv_dtype, tensor_parallel) for group in kept)


def kv_bytes(
    model: Model, kv_dtype: str, tensor_parallel: int, tokens: float, in_flight_tokens: float = 0.0
) -> float:
    """Bytes of one request of `tokens` on one GPU. A window keeps what is being computed besides itself."""
    return sum(
        group.layers
        * (
            _state_bytes(group, tensor_parallel)
            + layer_bytes(group, kv_dtype, tensor_parallel) * held_tokens(model, group, tokens, in_flight_tokens)
        )
        for group in model.attention
    )


def splits(model: Model, tensor_parallel: int) -> bool:
    """Whether vLLM can give every rank the same heads: KV heads are divided, or copied where there are fewer.

    `vllm/model_executor/models/llama.py` asserts both; 10 KV heads (phi-4) go on 1, 2, 5 or 10 ranks.
    """
    return model.heads % tensor_parallel == 0 and all(
        group.heads % tensor_parallel == 0
        and (group.kind == "mla" or group.kv_heads % tensor_parallel == 0 or tensor_parallel % group.kv_heads == 0)
        for group in model.attention
        if group.kind in {"full", "sliding", "mla"} and group.kv_heads
    )


def held_tokens(model: Model, group: LayerGroup, tokens: float, in_flight_tokens: float) -> float:
    """How many of a request's `tokens` a layer of `group` holds at most."""
    if group.kind != "sliding" or group.window_tokens is None:
        return tokens
    kept = group.window_tokens if is_chunked(model, group) else group.window_tokens - 1
    return min(tokens, kept + max(1.0, in_flight_tokens))


def _state_bytes(group: LayerGroup, tensor_parallel: int) -> float:
    return group.state_bytes / tensor_parallel if group.kind == "recurrent" else 0.0
