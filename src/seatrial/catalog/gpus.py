"""The table of accelerators: `data/gpus.csv`. Sizes and rates are decimal there, visible memory binary."""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import TYPE_CHECKING

from seatrial.catalog.table import (
    SOURCE,
    integer,
    number,
    one_of,
    optional,
    read,
    source_of,
    text,
    words,
    yes_no,
)
from seatrial.domain.hardware import Gpu
from seatrial.domain.values import Range
from seatrial.errors import UsageError
from seatrial.units import GIB

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.catalog.table import Column, Row

_TERA = 1e12
_RATES = {
    "f16": "f16_dense_tflops",
    "fp8": "fp8_dense_tflops",
    "int8": "int8_dense_tops",
    "fp4": "fp4_dense_tflops",
}
_BRANDS = re.compile("^(nvidia|amd|intel|apple|geforce|radeon|tesla|instinct|rtx|gtx|rx)+")

COLUMNS: dict[str, Column] = {
    "name": text,
    "vendor": one_of("NVIDIA", "AMD", "Apple", "Intel"),
    "aliases": words,
    "memory_nominal_gb": optional(number(1, 2000)),
    "memory_visible_gib": optional(number(1, 2000)),
    "visible_uncertainty_gib": optional(number(0, 20)),
    "bandwidth_gb_per_s": number(10, 50_000),
    **dict.fromkeys(_RATES.values(), optional(number(0.1, 50_000))),
    "link_gb_per_s_per_direction": optional(number(1, 5000)),
    "compute_capability": optional(text),
    "bf16": optional(yes_no),
    "tdp_w": optional(integer(5, 5000)),
    "notes": optional(text),
    **SOURCE,
}


@cache
def all_gpus() -> tuple[Gpu, ...]:
    """Every GPU of the table, in its order. Raises TableError where the table is wrong."""
    return gpus_of(read("gpus.csv", COLUMNS))


def gpus_of(rows: Iterable[Row]) -> tuple[Gpu, ...]:
    """The GPUs of checked rows. Raises TableError for a contradiction, and for a name that two of them go by."""
    owners: dict[str, str] = {}
    found: list[Gpu] = []
    for row in rows:
        for name in (row["name"], *row["aliases"]):
            if owners.setdefault(_key(name), row["name"]) != row["name"]:
                raise row.fault("aliases", f'"{name}" is {owners[_key(name)]} already')
        if any(row["name"] == gpu.name for gpu in found):
            raise row.fault("name", f'"{row["name"]}" is there twice')
        found.append(_gpu(row))
    return tuple(found)


def find_gpu(name: str) -> Gpu:
    """The GPU of that name: the table's, an alias, or as drivers and clouds write it.

    Vendor, case, dashes and underscores do not matter, and its memory may follow. Raises UsageError with near
    matches.
    """
    gpu = _names().get(_key(name)) or _with_its_memory(name)
    if gpu is None:
        raise UsageError(f'GPU "{name}" is not in the catalogue', _near(name))
    return gpu


def aliases_of(gpu: Gpu) -> tuple[str, ...]:
    """What else find_gpu knows it by."""
    return dict(_aliases()).get(gpu.name, ())


@cache
def _aliases() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((row["name"], row["aliases"]) for row in read("gpus.csv", COLUMNS))


@cache
def _names() -> dict[str, Gpu]:
    gpus = {gpu.name: gpu for gpu in all_gpus()}
    return {_key(alias): gpus[name] for name, aliases in _aliases() for alias in (name, *aliases)}


def _with_its_memory(name: str) -> Gpu | None:
    """The GPU of a name that ends in its memory, such as `RTX 4090 24GB` or `M1 8GB`; None if it is another's."""
    stated = re.fullmatch(r"(.+?)[\s_-]*(\d+) ?GI?B", name.strip(), re.IGNORECASE)
    gpu = _names().get(_key(stated[1])) if stated else None
    if gpu is None or stated is None:
        return None
    return gpu if gpu.nominal_bytes in (None, float(stated[2]) * 1e9) else None


def _near(name: str) -> str:
    """Names that hold the same number, else a near spelling, else where to look."""
    numbers = set(re.findall(r"\d{2,}", name))
    names = [gpu.name for gpu in all_gpus()]
    near = [other for other in names if numbers & set(re.findall(r"\d+", other))]
    spelt = {other.lower(): other for other in names}
    near = near or [spelt[other] for other in difflib.get_close_matches(name.lower(), spelt, n=4, cutoff=0.5)]
    return "near matches: " + ", ".join(near[:8]) if near else "`seatrial gpus` shows them all"


def _key(name: str) -> str:
    """What two spellings of one name share."""
    return _BRANDS.sub("", re.sub("[^a-z0-9]", "", name.lower()))


def _gpu(row: Row) -> Gpu:
    visible, nominal = row["memory_visible_gib"], row["memory_nominal_gb"]
    if (visible is None) != (row["visible_uncertainty_gib"] is None):
        raise row.fault("visible_uncertainty_gib", "goes with memory_visible_gib")
    if visible is not None and nominal is not None and not 0.8 < visible * GIB / (nominal * 1e9) < 1.09:
        raise row.fault("memory_visible_gib", f"{visible:g} GiB cannot be of {nominal:g} GB")
    rates = tuple((word, row[column] * _TERA) for word, column in _RATES.items() if row[column] is not None)
    return Gpu(
        name=row["name"],
        vendor=row["vendor"],
        memory_bytes=None if visible is None else _around(visible, row["visible_uncertainty_gib"]),
        bandwidth_bytes_per_s=row["bandwidth_gb_per_s"] * 1e9,
        flops_per_s=rates,
        nominal_bytes=None if nominal is None else nominal * 1e9,
        link_bytes_per_s=_giga(row["link_gb_per_s_per_direction"]),
        capability=row["compute_capability"],
        bf16=row["bf16"],
        tdp_w=row["tdp_w"],
        source=source_of(row, COLUMNS),
        notes=row["notes"] or "",
    )


def _around(gib: float, uncertainty_gib: float) -> Range:
    return Range(gib * GIB, (gib - uncertainty_gib) * GIB, (gib + uncertainty_gib) * GIB)


def _giga(value: float | None) -> float | None:
    return None if value is None else value * 1e9
