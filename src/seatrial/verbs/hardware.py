"""The tables of hardware asked: which GPUs there are, and what clouds ask for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seatrial.catalog.gpus import aliases_of, all_gpus, find_gpu
from seatrial.catalog.offers import all_offers
from seatrial.errors import UsageError, nearest
from seatrial.report.models.offers import price
from seatrial.units import GIB

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.domain.hardware import Gpu, Offer


def list_gpus(
    *, vendor: str | None = None, min_memory_gib: float | None = None
) -> tuple[tuple[Gpu, tuple[str, ...]], ...]:
    """The GPUs of the vendor that have at least so much memory as the driver reports it, each with its aliases.

    One that shares the computer's memory has none of its own. Raises UsageError for an unknown vendor.
    """
    vendors = {gpu.vendor.lower(): gpu.vendor for gpu in all_gpus()}
    if vendor is not None and vendor.lower() not in vendors:
        raise UsageError(f'vendor "{vendor}" is unknown', nearest(vendor, vendors.values()))
    return tuple(
        (gpu, aliases_of(gpu))
        for gpu in all_gpus()
        if (vendor is None or gpu.vendor == vendors[vendor.lower()]) and _holds(gpu, min_memory_gib)
    )


def show_gpu(name: str) -> tuple[Gpu, tuple[str, ...]]:
    """One GPU and its aliases. Raises UsageError with near matches."""
    gpu = find_gpu(name)
    return gpu, aliases_of(gpu)


def gpu_offers(gpu: Gpu) -> tuple[Offer, ...]:
    return tuple(offer for offer in all_offers() if offer.gpu == gpu.name)


def list_offers(
    *,
    clouds: Iterable[str] = (),
    gpu: str | None = None,
    region: str | None = None,
    max_usd_per_hour: float | None = None,
) -> tuple[Offer, ...]:
    """The offers that meet everything, the cheapest per GPU first, those without a price last.

    `region` may be the beginning of one. Raises UsageError for an unknown cloud, GPU or region.
    """
    wanted = {cloud for word in clouds for cloud in map(_cloud, word.split(","))}
    name = find_gpu(gpu).name if gpu else None
    if region and not any(offer.region.startswith(region) for offer in all_offers()):
        raise UsageError(f'no offer is in region "{region}"', nearest(region, {o.region for o in all_offers()}))
    found = [
        offer
        for offer in all_offers()
        if (not wanted or offer.cloud in wanted)
        and (name is None or offer.gpu == name)
        and (region is None or offer.region.startswith(region))
        and (max_usd_per_hour is None or (offer.usd_per_hour or float("inf")) <= max_usd_per_hour)
    ]
    return tuple(sorted(found, key=price))


def _cloud(word: str) -> str:
    """The cloud that is meant: case and separators do not matter."""
    known = {re.sub(r"[^a-z]", "", offer.cloud.lower()): offer.cloud for offer in all_offers()}
    key = re.sub(r"[^a-z]", "", word.lower())
    if key not in known:
        raise UsageError(f'cloud "{word}" is unknown', nearest(word, known.values()))
    return known[key]


def _holds(gpu: Gpu, gib: float | None) -> bool:
    return gib is None or (gpu.memory_bytes is not None and gpu.memory_bytes.value >= gib * GIB)
