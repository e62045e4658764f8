"""What the weights of a model take in a quantisation: the file that is known, else an estimate from the shape."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from seatrial.catalog.ggml import row_bytes
from seatrial.catalog.quant_sizes import (
    GGUF_MIXES,
    SAFETENSORS_BITS,
    embedding_bits,
    gguf_bytes,
    safetensors_bytes,
)
from seatrial.domain.model import CatalogModel, LayerGroup, Model, Source, Weights
from seatrial.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.domain.model import WeightFormat

ESTIMATED = Source("estimated from the shape of the model")
"""The source of weights that nobody published."""

_GGUF_SPREAD = (0.98, 1.05)  # publishers' own mixes are rather larger: five exact files of 51 are above 4 %
_SAFETENSORS_SPREAD = (0.99, 1.02)  # engines report up to 1 % more than the shapes say
_UNEXPLAINED = 1.005  # engines hold up to 0.4 % more than a file for reasons that are known
_SPELLINGS = {"fp16": "f16", "fp32": "f32", "float16": "f16", "bfloat16": "bf16", "float32": "f32", "int8": "w8a8"}
_SPELLINGS |= {"fp8-dynamic": "fp8", "awq": "w4a16", "gptq": "w4a16", "int4": "w4a16"}
_REFERENCE = Model(
    name="Llama 3.1 8B",
    family="llama3.1",
    architecture="LlamaForCausalLM",
    parameters=8_030_261_248,
    active_parameters=8_030_261_248,
    layers=32,
    hidden=4096,
    heads=32,
    ffn=14336,
    vocabulary=128_256,
    context_tokens=131_072,
    attention=(LayerGroup("full", 32, 32, 8, 128, 128),),
)


@cache
def canonical_quant(quant: str, weight_format: WeightFormat) -> str:
    """The catalogue's word for a quantisation: `q4_k_m` is Q4_K_M, `fp16` is F16 in a GGUF and `awq` is w4a16.

    Raises UsageError for a word that the format does not know.
    """
    known = GGUF_MIXES if weight_format == "gguf" else SAFETENSORS_BITS
    by_key = {word.lower(): word for word in known}
    word = quant.lower()
    found = by_key.get(word) or by_key.get(_SPELLINGS.get(word, "").lower())
    if found is None and weight_format == "gguf" and word == "mxfp4":
        return "MXFP4"
    if found is None:
        raise UsageError(f'"{quant}" is no quantisation of {weight_format}', nearest(quant, known))
    return found


def bits_per_weight(quant: str, weight_format: WeightFormat) -> float:
    """Bits per parameter of a whole file, of a model shaped like Llama 3.1 8B. Raises UsageError as above."""
    return 8 * _estimated(_REFERENCE, canonical_quant(quant, weight_format), weight_format) / _REFERENCE.parameters


def weights_of(
    model: CatalogModel | Model, files: Iterable[Weights], quant: str, weight_format: WeightFormat
) -> Weights:
    """The weights of `model` in `quant`: the best known of `files`, else of the catalogue's, else an estimate.

    Best are exact bytes, then the published size with the narrowest bounds, moved within them to what the shape
    says. What an engine reported to have loaded comes first where there is no file, or where it is more than a
    file of that shape explains (vision towers, copies for latent attention); not of mxfp4, whose padding depends
    on the number of GPUs. A projector that comes as a file of its own is added. Raises UsageError for a word that
    the format does not know.
    """
    quant = canonical_quant(quant, weight_format)
    if isinstance(model, CatalogModel):
        shape, catalogued = model.model, model.files
    else:
        shape, catalogued = model, ()
    best = _best(files, quant, weight_format) or _best(catalogued, quant, weight_format)
    if best is None:
        return _estimate(shape, quant, weight_format)
    if best.exact or best.part == "loaded weights":
        return replace(best, embedding_bytes=best.embedding_bytes or _embedding_bytes(shape, quant, weight_format))
    likely = round(_estimated(shape, quant, weight_format))
    likely = min(max(likely, best.low_bytes), best.high_bytes)
    return replace(best, bytes=likely, embedding_bytes=_embedding_bytes(shape, quant, weight_format))


def _best(files: Iterable[Weights], quant: str, weight_format: WeightFormat) -> Weights | None:
    of_format = [file for file in files if file.format == weight_format]
    of_quant = [file for file in of_format if file.quant == quant]
    loaded = next((file for file in of_quant if file.part == "loaded weights" and quant != "mxfp4"), None)
    whole = [file for file in of_quant if file.part not in ("projector", "loaded weights")]
    best = min(whole, key=lambda file: file.high_bytes - file.low_bytes, default=None)
    if best is None or (loaded is not None and loaded.bytes > _UNEXPLAINED * best.bytes):
        return loaded
    projector = next((file for file in of_format if file.part == "projector"), None)
    return _together(best, projector) if projector and best.part == "model" else best


def _estimate(model: Model, quant: str, weight_format: WeightFormat) -> Weights:
    size = _estimated(model, quant, weight_format)
    low, high = _GGUF_SPREAD if weight_format == "gguf" else _SAFETENSORS_SPREAD
    if weight_format == "safetensors" and SAFETENSORS_BITS[quant] >= 16:
        low = high = 1
    return Weights(
        model=model.name,
        format=weight_format,
        quant=quant,
        bytes=round(size),
        low_bytes=round(size * low),
        high_bytes=round(size * high),
        embedding_bytes=_embedding_bytes(model, quant, weight_format),
        source=ESTIMATED,
    )


def _estimated(model: Model, quant: str, weight_format: WeightFormat) -> float:
    if weight_format == "safetensors":
        return safetensors_bytes(model, quant)
    if quant == "MXFP4":  # experts in MXFP4, the rest at 16 bits, as gpt-oss is published
        return 2 * (model.parameters - model.expert_parameters) + row_bytes("MXFP4", model.expert_parameters)
    return gguf_bytes(model, quant)


def _embedding_bytes(model: Model, quant: str, weight_format: WeightFormat) -> int:
    bits = 16.0
    if weight_format == "gguf" and quant in GGUF_MIXES:
        bits = embedding_bits(model, quant)
    elif weight_format == "safetensors":
        bits = max(bits, SAFETENSORS_BITS[quant])
    return round(model.embedding_parameters * bits / 8)


def _together(weights: Weights, projector: Weights) -> Weights:
    return replace(
        weights,
        part="model+projector",
        bytes=weights.bytes + projector.bytes,
        low_bytes=weights.low_bytes + projector.low_bytes,
        high_bytes=weights.high_bytes + projector.high_bytes,
    )
