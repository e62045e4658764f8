"""A checkpoint as model makers publish it: config.json and safetensors, wherever its bytes come from."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from seatrial.catalog.quants import weights_of
from seatrial.domain.model import Source, Weights
from seatrial.errors import UsageError
from seatrial.formats.quantization import quant_of_config
from seatrial.formats.safetensors import read_safetensors, together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seatrial.domain.model import Model
    from seatrial.formats.safetensors import SafetensorsHeader

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
_LAYER = re.compile(r"(?:^|\.)(?:layers|h|blocks)\.(\d{1,6})\.")
_BESIDE = re.compile("vis|audio|tower|speech")
_PLAIN = {"BF16": "bf16", "F16": "f16", "F32": "f32"}

Reader = tuple["Callable[[int, int], bytes]", int]
"""A function that gives a part of a file, and the file's size."""


def parsed(text: bytes, where: str) -> dict[str, Any]:
    """A JSON object. Raises UsageError for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(f"{where} is not JSON") from None
    if not isinstance(found, dict):
        raise UsageError(f"{where} is not a JSON object")
    return found


def weights_of_checkpoint(config: dict[str, Any], model: Model, headers: Sequence[SafetensorsHeader]) -> Weights:
    """The weights an engine loads from these files: without a tied matrix's copy and without draft layers.

    With no file at all they are estimated from the shapes. Raises UsageError where the files hold none.
    """
    quant = quant_of_config(config)
    if not headers:
        return estimated(model, quant)
    whole = together(headers)
    if not whole.bytes:
        raise UsageError(f"the safetensors of {model.name} hold no weights")
    return Weights(
        model=model.name,
        format="safetensors",
        quant=_plain(whole) or quant if quant in _PLAIN.values() else quant,
        bytes=whole.bytes,
        low_bytes=whole.bytes,
        high_bytes=whole.bytes,
        part="model+projector" if model.extra_parameters else "model",
        tensor_bytes=whole.dtype_bytes,
        embedding_bytes=whole.embedding_bytes or None,
        source=Source(f"safetensors headers of {model.name}"),
    )


def header_of(reader: Reader, model: Model) -> SafetensorsHeader:
    """The header of one file, without what no engine loads. Raises UsageError for a damaged one."""
    return read_safetensors(*reader, unless=_not_loaded(model))


def estimated(model: Model, quant: str) -> Weights:
    """From the shapes; in 16 bits where the quantisation is one that nobody has measured."""
    try:
        return weights_of(model, (), quant, "safetensors")
    except UsageError:
        return weights_of(model, (), "bf16", "safetensors")


def _plain(header: SafetensorsHeader) -> str | None:
    """The one 16 or 32 bit format of an unquantised checkpoint, whatever its config claims."""
    return _PLAIN.get(header.dtype_bytes[0][0])


def _not_loaded(model: Model) -> Callable[[str], bool]:
    def unless(name: str) -> bool:
        if model.tied_embeddings and name.endswith("lm_head.weight"):
            return True
        layer = _LAYER.search(name)
        draft = layer is not None and int(layer[1]) >= model.layers and not _BESIDE.search(name)
        return draft or name.startswith(("mtp.", "model.mtp."))

    return unless
