"""How large a model is in a quantisation nobody has measured: the shape says how much of it is quantised at all.

GGUF: a mix such as Q4_K_M keeps the output matrix in a better type and the embedding in a plain one, so its bits
per weight depend on their share. What the mix takes for all other weights is computed back from llama.cpp's own
table for Llama 3.1 8B (`tools/quantize/README.md`). Rows that blocks of 256 (the K types) do not divide are stored
in the type llama.cpp falls back to.

Safetensors: embeddings, output matrix, routers and vision towers stay at 16 bits, the other matrices are quantised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.catalog.ggml import GGML_TYPES

if TYPE_CHECKING:
    from seatrial.domain.model import Model

_EMBEDDING_SHARE = 128_256 * 4096 / 8_030_261_248  # of Llama 3.1 8B, for which the table below was made
_BLOCK = 256
_VOCABULARY_BYTES = 55  # of a GGUF's header per token: its text, score and merges; 40 to 60 in exact files


class Mix(NamedTuple):
    """`whole_bits`: per weight of the whole reference file; `plain` and `rich`: the types it is mixed of.

    `output`: the type of the output matrix, which is the embedding's too where the two are tied.
    """

    whole_bits: float
    plain: str
    rich: str
    output: str


GGUF_MIXES: dict[str, Mix] = {
    "IQ1_S": Mix(2.0042, "IQ1_S", "IQ2_XXS", "Q5_K"),
    "IQ1_M": Mix(2.1460, "IQ1_M", "IQ2_XXS", "Q5_K"),
    "IQ2_XXS": Mix(2.3824, "IQ2_XXS", "Q2_K", "Q5_K"),
    "IQ2_XS": Mix(2.5882, "IQ2_XS", "Q2_K", "Q5_K"),
    "IQ2_S": Mix(2.7403, "IQ2_XS", "IQ3_S", "Q5_K"),
    "IQ2_M": Mix(2.9294, "IQ2_S", "IQ3_S", "Q5_K"),
    "Q2_K_S": Mix(2.9697, "Q2_K", "Q2_K", "Q6_K"),
    "Q2_K": Mix(3.1593, "Q2_K", "Q3_K", "Q6_K"),
    "IQ3_XXS": Mix(3.2548, "IQ3_XXS", "IQ3_S", "Q6_K"),
    "IQ3_XS": Mix(3.4977, "IQ3_XXS", "IQ3_S", "Q6_K"),
    "Q3_K_S": Mix(3.6429, "Q3_K", "Q3_K", "Q6_K"),
    "IQ3_S": Mix(3.6606, "IQ3_S", "IQ3_S", "Q6_K"),
    "IQ3_M": Mix(3.7628, "IQ3_S", "Q4_K", "Q6_K"),
    "Q3_K_M": Mix(3.9960, "Q3_K", "Q4_K", "Q6_K"),
    "Q3_K_L": Mix(4.2979, "Q3_K", "Q5_K", "Q6_K"),
    "IQ4_XS": Mix(4.4597, "IQ4_XS", "Q5_K", "Q6_K"),
    "Q4_0": Mix(4.6440, "Q4_0", "Q4_0", "Q6_K"),
    "Q4_K_S": Mix(4.6672, "Q4_K", "Q5_K", "Q6_K"),
    "IQ4_NL": Mix(4.6818, "IQ4_NL", "Q5_K", "Q6_K"),
    "Q4_K_M": Mix(4.8944, "Q4_K", "Q6_K", "Q6_K"),
    "Q5_K_S": Mix(5.5704, "Q5_K", "Q5_K", "Q6_K"),
    "Q5_K_M": Mix(5.7036, "Q5_K", "Q6_K", "Q6_K"),
    "Q6_K": Mix(6.5633, "Q6_K", "Q6_K", "Q6_K"),
    "Q8_0": Mix(8.5008, "Q8_0", "Q8_0", "Q8_0"),
    "BF16": Mix(16.0005, "BF16", "BF16", "BF16"),
    "F16": Mix(16.0005, "F16", "F16", "F16"),
    "F32": Mix(32.0010, "F32", "F32", "F32"),
}
_FALLBACK = {
    **dict.fromkeys(("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "Q2_K", "Q3_K"), "IQ4_NL"),
    "IQ4_XS": "IQ4_NL",
    "Q4_K": "Q5_0",
    "Q5_K": "Q5_1",
    "Q6_K": "Q8_0",
}
"""K type -> what llama.cpp takes where a row is no multiple of 256 (`llama_tensor_get_type`)."""

SAFETENSORS_BITS: dict[str, float] = {
    "f32": 32,
    "bf16": 16,
    "f16": 16,
    "fp8": 8.01,
    "w8a8": 8.01,
    "nvfp4": 4.5,
    "mxfp4": 4.25,
    "w4a16": 4.16,
}
"""Bits per weight of the quantised matrices, scales included: one per row in fp8 and w8a8, one per 128 weights in
w4a16, per 32 in mxfp4, per 16 in nvfp4."""


def gguf_bytes(model: Model, quant: str) -> float:
    """Bytes of the file, vision parts at 16 bits included. `quant` is a key of GGUF_MIXES."""
    mix = GGUF_MIXES[quant]
    embedding = model.embedding_parameters
    matrices = model.parameters - model.extra_parameters - embedding * (1 if model.tied_embeddings else 2)
    down = _down_parameters(model)
    odd_down = sum(parameters for width, parameters in down.items() if width % _BLOCK)
    bits = matrices * _matrix_bits(mix) + 16 * model.extra_parameters
    bits += odd_down * (_fallback_excess(mix.plain) + _fallback_excess(mix.rich)) / 2
    if model.hidden % _BLOCK:
        bits += (matrices - sum(down.values())) * _fallback_excess(mix.plain)
    bits += embedding * embedding_bits(model, quant)
    if not model.tied_embeddings:
        bits += embedding * _bits(mix.output, model.hidden)
    return bits / 8 + model.vocabulary * _VOCABULARY_BYTES


def embedding_bits(model: Model, quant: str) -> float:
    """Bits per weight of the input embedding in a GGUF of that quantisation."""
    mix = GGUF_MIXES[quant]
    return _bits(mix.output if model.tied_embeddings else mix.plain, model.hidden)


def safetensors_bytes(model: Model, quant: str) -> float:
    """Bytes of the files; `quant` is a key of SAFETENSORS_BITS.

    mxfp4 of a model with experts quantises those alone, as gpt-oss is published.
    """
    bits = SAFETENSORS_BITS[quant]
    if bits >= 16:
        return model.parameters * bits / 8
    if quant == "mxfp4" and model.experts:
        rest = model.parameters - model.expert_parameters
        return 2 * rest + model.expert_parameters * bits / 8
    kept = model.embedding_parameters + model.extra_parameters + _router_parameters(model)
    kept += 0 if model.tied_embeddings else model.embedding_parameters
    return 2 * kept + (model.parameters - kept) * bits / 8


def _matrix_bits(mix: Mix) -> float:
    """What the mix takes per weight outside embedding and output matrix, from the table for the reference."""
    outer = GGML_TYPES[mix.output].bits + GGML_TYPES[mix.plain].bits
    return (mix.whole_bits - _EMBEDDING_SHARE * outer) / (1 - 2 * _EMBEDDING_SHARE)


def _bits(ggml_type: str, width: int) -> float:
    excess = _fallback_excess(ggml_type) if width % _BLOCK else 0
    return GGML_TYPES[ggml_type].bits + excess


def _fallback_excess(ggml_type: str) -> float:
    """Bits per weight that the fallback takes more; 0 where none is needed."""
    return GGML_TYPES[_FALLBACK.get(ggml_type, ggml_type)].bits - GGML_TYPES[ggml_type].bits


def _down_parameters(model: Model) -> dict[int, int]:
    """Width -> parameters of the matrices whose rows are that wide: those that lead back out of a feed-forward."""
    experts = model.experts
    dense = model.layers - (experts.layers if experts else 0)
    down = {model.ffn: dense * model.ffn * model.hidden}
    if experts:
        down[experts.ffn] = experts.layers * experts.count * experts.ffn * model.hidden
    return down


def _router_parameters(model: Model) -> int:
    return model.experts.layers * model.experts.count * model.hidden if model.experts else 0
