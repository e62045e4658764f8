"""A row of `data/model_files.csv` as Weights: exact bytes, or a published size with the bounds of its rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.catalog.table import SOURCE, integer, number, one_of, optional, source_of, text
from seatrial.domain.model import Source, Weights
from seatrial.units import GIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.catalog.table import Column, Row
    from seatrial.domain.model import Model

_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12, "GiB": GIB}
QUANTS = {
    "gguf": (
        *("IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ2_M", "Q2_K_S", "Q2_K", "IQ3_XXS", "IQ3_XS"),
        *("IQ3_S", "IQ3_M", "Q3_K_S", "Q3_K_M", "Q3_K_L", "IQ4_XS", "IQ4_NL", "Q4_0", "Q4_1", "Q4_K_S", "Q4_K_M"),
        *("Q5_0", "Q5_1", "Q5_K_S", "Q5_K_M", "Q6_K", "Q8_0", "MXFP4", "BF16", "F16", "F32"),
    ),
    "safetensors": ("w4a16", "mxfp4", "nvfp4", "fp8", "w8a8", "f16", "bf16", "f32"),
}
"""The words for quantisations by format of the file, smallest first."""


def _size(cell: str) -> tuple[float, int]:
    """A published size, and its decimals: they say how far it was rounded."""
    return number(0.001, 10_000)(cell), len(cell.partition(".")[2])


COLUMNS: dict[str, Column] = {
    "model": text,
    "format": one_of(*QUANTS),
    "quant": one_of(*QUANTS["gguf"], *QUANTS["safetensors"]),
    "part": one_of("model", "projector", "model+projector", "loaded weights", "reference"),
    "size_bytes": optional(integer(1_000_000, 10**14)),
    "size_published": optional(_size),
    "size_unit": optional(one_of(*_UNITS)),
    "ollama_tag": optional(text),
    **SOURCE,
}


def weights_of_row(row: Row) -> Weights:
    """The weights a row tells of. Raises TableError for no size, or two, and for a word of the other format."""
    if row["quant"] not in QUANTS[row["format"]]:
        raise row.fault("quant", f'"{row["quant"]}" is no quantisation of {row["format"]}')
    if (row["size_bytes"] is None) == (row["size_published"] is None):
        raise row.fault("size_bytes", "give this or size_published, one of the two")
    if (row["size_published"] is None) != (row["size_unit"] is None):
        raise row.fault("size_unit", "goes with size_published")
    size, low, high = _bounds(row)
    return Weights(
        model=row["model"],
        format=row["format"],
        quant=row["quant"],
        bytes=size,
        low_bytes=low,
        high_bytes=high,
        part=row["part"],
        tag=row["ollama_tag"],
        source=source_of(row, COLUMNS),
    )


def _bounds(row: Row) -> tuple[int, int, int]:
    if row["size_bytes"] is not None:
        return (row["size_bytes"],) * 3
    (published, decimals), unit = row["size_published"], _UNITS[row["size_unit"]]
    half = 0.5 / 10**decimals
    return round(published * unit), round((published - half) * unit), round((published + half) * unit)


def computed(model: Model) -> Iterator[Weights]:
    """The safetensors weights at 16 bits: two bytes for each parameter, which is what such a file holds."""
    size = 2 * model.parameters
    source = Source(f"computed: {model.parameters} parameters x 16 bits", model.source.checked)
    yield Weights(model.name, "safetensors", "bf16", size, size, size, source=source)
