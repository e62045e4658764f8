"""The catalogue as JSON: models, GPUs, offers. Sizes in bytes, rates per second, money in US dollars.

    models list     {"schema": 1, "models": [MODEL with "weights": [WEIGHTS in the quantisation asked for]]}
    models show     {"schema": 1, "model": MODEL with "weights" in all, "shape": {..}, "kv_bytes_per_token": {..}}
    models compare  {"schema": 1, "models": [as in show, ...]}
    gpus            {"schema": 1, "gpus": [{"name", "vendor", "aliases", "memory_bytes": {"value", "low", "high"},
                     "nominal_bytes", "bandwidth_bytes_per_s", "flops_per_s": {"f16": .., ..}, "link_bytes_per_s",
                     "capability", "bf16", "tdp_w", "notes", "source": SOURCE}]}
    offers          {"schema": 1, "offers": [{"cloud", "instance", "gpu", "gpu_count", "region", "usd_per_hour",
                     "price_kind", "price_date", "vcpus", "memory_bytes", "disk_bytes", "notes", "source": SOURCE}]}

MODEL    name, family, architecture, parameters, active_parameters, context_tokens, repository, ollama_tag, licence,
         commercial_use (yes, conditions, no), gated, tunable, modalities, languages, capabilities, released,
         scores {benchmark: percent}, ethics, notes, source
WEIGHTS  format, quant, part, bytes {value, low, high}, basis (how it is known), ollama_tag, source
SOURCE   text, checked (a date, null: recalled), unverified (fields that rest on memory)

What is not known is null.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from seatrial.report.models.shape import KV_DTYPES
from seatrial.report.models.words import basis
from seatrial.sizing.memory.kv import kv_bytes_per_token

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seatrial.domain.hardware import Gpu, Offer
    from seatrial.domain.model import CatalogModel, Source, Weights

SCHEMA = 1


def list_document(models: Iterable[tuple[CatalogModel, Sequence[Weights]]]) -> dict[str, Any]:
    """The document of `models list`."""
    return {"schema": SCHEMA, "models": [_model(found, weights) for found, weights in models]}


def show_document(found: CatalogModel, weights: Sequence[Weights]) -> dict[str, Any]:
    """The document of `models show`."""
    return {"schema": SCHEMA, "model": _whole(found, weights)}


def compare_document(models: Iterable[tuple[CatalogModel, Sequence[Weights]]]) -> dict[str, Any]:
    """The document of `models compare`."""
    return {"schema": SCHEMA, "models": [_whole(found, weights) for found, weights in models]}


def gpus_document(gpus: Iterable[tuple[Gpu, Sequence[str]]]) -> dict[str, Any]:
    """`gpus` holds each with its aliases."""
    return {"schema": SCHEMA, "gpus": [_gpu(gpu, aliases) for gpu, aliases in gpus]}


def offers_document(offers: Iterable[Offer]) -> dict[str, Any]:
    """The document of `offers`."""
    return {"schema": SCHEMA, "offers": [{**asdict(offer), "source": _source(offer.source)} for offer in offers]}


def _whole(found: CatalogModel, weights: Sequence[Weights]) -> dict[str, Any]:
    model = found.model
    shape = {
        "layers": model.layers,
        "hidden": model.hidden,
        "heads": model.heads,
        "ffn": model.ffn,
        "gated_ffn": model.gated_ffn,
        "vocabulary": model.vocabulary,
        "tied_embeddings": model.tied_embeddings,
        "extra_parameters": model.extra_parameters,
        "attention": [asdict(group) for group in model.attention],
        "experts": None if model.experts is None else asdict(model.experts),
    }
    per_token = {kv_dtype: kv_bytes_per_token(model, kv_dtype) for kv_dtype in KV_DTYPES}
    return {**_model(found, weights), "shape": shape, "kv_bytes_per_token": per_token}


def _model(found: CatalogModel, weights: Sequence[Weights]) -> dict[str, Any]:
    model, card = found.model, found.card
    return {
        "name": model.name,
        "family": model.family,
        "architecture": model.architecture,
        "parameters": model.parameters,
        "active_parameters": model.active_parameters,
        "context_tokens": model.context_tokens,
        "repository": card.repository,
        "ollama_tag": card.tag,
        "licence": card.licence,
        "commercial_use": card.commercial_use,
        "gated": card.gated,
        "tunable": card.tunable,
        "modalities": list(card.modalities),
        "languages": list(card.languages),
        "capabilities": list(card.capabilities),
        "released": card.released,
        "scores": dict(card.scores),
        "ethics": card.ethics,
        "notes": card.notes or None,
        "source": _source(card.source),
        "weights": [_weights(one) for one in weights],
    }


def _weights(weights: Weights) -> dict[str, Any]:
    return {
        "format": weights.format,
        "quant": weights.quant,
        "part": weights.part,
        "bytes": {"value": weights.bytes, "low": weights.low_bytes, "high": weights.high_bytes},
        "basis": basis(weights),
        "ollama_tag": weights.tag,
        "source": _source(weights.source),
    }


def _gpu(gpu: Gpu, aliases: Sequence[str]) -> dict[str, Any]:
    return {
        **asdict(gpu),
        "aliases": list(aliases),
        "flops_per_s": dict(gpu.flops_per_s),
        "source": _source(gpu.source),
        "notes": gpu.notes or None,
    }


def _source(source: Source) -> dict[str, Any]:
    return {"text": source.text, "checked": source.checked, "unverified": list(source.unverified)}
