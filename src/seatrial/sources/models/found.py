"""What reading a model gave, and how weights are labelled when only their size is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seatrial.catalog.quants import bits_per_weight
from seatrial.domain.model import Source, Weights

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seatrial.domain.model import Card, Model, WeightFormat

_LABELS: Mapping[WeightFormat, tuple[str, ...]] = {
    "safetensors": ("f32", "bf16", "fp8", "w4a16"),
    "gguf": ("F32", "F16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q3_K_M", "Q2_K"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A model, the weights that are known of it (none: estimate them), and its card if somebody wrote one."""

    model: Model
    files: tuple[Weights, ...] = ()
    card: Card | None = None


def with_bytes(found: Found, weights_bytes: int) -> Found:
    """The same model with weights of exactly that size: its first file's kind, or one of each kind."""
    if found.files:
        own = replace(found.files[0], bytes=weights_bytes, low_bytes=weights_bytes, high_bytes=weights_bytes)
        return replace(found, files=(replace(own, part="given", tensor_bytes=(), embedding_bytes=None),))
    formats: tuple[WeightFormat, ...] = ("safetensors", "gguf")
    return replace(found, files=tuple(_of_size(found.model, kind, weights_bytes) for kind in formats))


def _of_size(model: Model, weight_format: WeightFormat, weights_bytes: int) -> Weights:
    bits = 8 * weights_bytes / model.parameters
    quant = min(_LABELS[weight_format], key=lambda label: abs(bits_per_weight(label, weight_format) / bits - 1))
    return Weights(
        model=model.name,
        format=weight_format,
        quant=quant,
        bytes=weights_bytes,
        low_bytes=weights_bytes,
        high_bytes=weights_bytes,
        part="given",
        source=Source("given by hand"),
    )
