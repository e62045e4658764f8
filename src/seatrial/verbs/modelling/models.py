"""The catalogue asked: which models there are for a need, what one is, several side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.catalog.models import catalog_models, find_model
from seatrial.catalog.quant_sizes import GGUF_MIXES, SAFETENSORS_BITS
from seatrial.catalog.quants import weights_of
from seatrial.errors import UsageError, nearest
from seatrial.sizing.choice.weights_tried import knows
from seatrial.verbs.modelling.filters import fits, order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seatrial.domain.model import CatalogModel, WeightFormat, Weights
    from seatrial.verbs.modelling.filters import Wanted

LISTED_QUANT = "Q4_K_M"
_SHOWN: tuple[tuple[WeightFormat, tuple[str, ...]], ...] = (
    ("gguf", ("Q4_K_M", "Q8_0", "F16")),
    ("safetensors", ("w4a16", "fp8", "w8a8", "bf16")),
)
"""The quantisations shown of every model, known or not."""


@dataclass(frozen=True, slots=True)
class SizedModel:
    """A model with its weights: in the one quantisation that was asked for, or in all that are worth showing."""

    found: CatalogModel
    weights: tuple[Weights, ...]


def list_models(wanted: Wanted, *, sort: str = "catalogue", quant: str = LISTED_QUANT) -> tuple[SizedModel, ...]:
    """The models that meet `wanted`, each with its weights in `quant`, sorted.

    Raises UsageError for an unknown word: a quantisation, a capability, a family, a language, an order.
    """
    kind = format_of(quant)
    chosen = [
        SizedModel(model, (weights_of(model, (), quant, kind),))
        for model in catalog_models()
        if fits(model, wanted)
    ]
    key, largest_first = order(sort)
    if key is not None:
        chosen.sort(key=lambda sized: key(sized.found, sized.weights[0]), reverse=largest_first)
    return tuple(chosen)


def show_model(name: str) -> SizedModel:
    """One model of the catalogue with its weights in every quantisation that is known or usual.

    Raises UsageError with near matches for a name that is not there.
    """
    found = find_model(name)
    return SizedModel(found, tuple(_all_weights(found)))


def compare_models(names: Iterable[str]) -> tuple[SizedModel, ...]:
    """Several models of the catalogue. Raises UsageError for an unknown one, one twice, or fewer than two."""
    sized = tuple(show_model(name) for name in names)
    distinct = {one.found.model.name for one in sized}
    if len(distinct) < len(sized):
        raise UsageError("a model cannot be compared with itself", "name different models")
    if len(sized) < 2:
        raise UsageError("a comparison needs at least two models", "`seatrial models show` explains one")
    return sized


def format_of(quant: str) -> WeightFormat:
    """The format that has this quantisation; GGUF where both have it. Raises UsageError for an unknown word."""
    for weight_format in ("gguf", "safetensors"):
        if knows(weight_format, quant):
            return weight_format
    raise UsageError(f'quantisation "{quant}" is unknown', nearest(quant, (*GGUF_MIXES, *SAFETENSORS_BITS)))


def _all_weights(found: CatalogModel) -> Iterator[Weights]:
    """By format, the smallest first."""
    for weight_format, usual in _SHOWN:
        known = {file.quant for file in found.files if file.format == weight_format and file.part != "projector"}
        every = [weights_of(found, (), quant, weight_format) for quant in known | set(usual)]
        yield from sorted(every, key=lambda weights: (weights.bytes, weights.quant))
