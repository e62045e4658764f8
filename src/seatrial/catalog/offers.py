"""What clouds ask for machines with GPUs: `data/offers.csv`. US dollars, Linux, without tax, disks or traffic."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from seatrial.catalog.gpus import all_gpus
from seatrial.catalog.table import SOURCE, date, integer, number, one_of, optional, read, source_of, text
from seatrial.domain.hardware import Offer
from seatrial.units import GIB

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.catalog.table import Column, Row

_RATES = ("usd_per_gpu_second", "usd_per_vcpu_second", "usd_per_gib_second")

COLUMNS: dict[str, Column] = {
    "cloud": one_of("AWS", "Azure", "GCP", "Cloud Run"),
    "instance": text,
    "gpu": text,
    "gpu_count": integer(1, 72),
    "region": text,
    "usd_per_hour": optional(number(0.01, 2000)),
    "price_kind": one_of("on-demand", "spot", "per-second", "reserved"),
    "price_date": optional(date),
    "vcpus": optional(integer(1, 1024)),
    "memory_gib": optional(number(1, 50_000)),
    "local_disk_gb": optional(number(1, 1_000_000)),
    **dict.fromkeys(_RATES, optional(number(0, 1))),
    "notes": optional(text),
    **SOURCE,
}


@cache
def all_offers() -> tuple[Offer, ...]:
    """Every offer of the table. Raises TableError where it is wrong, or names a GPU that is not in the other."""
    return offers_of(read("offers.csv", COLUMNS), {gpu.name for gpu in all_gpus()})


def offers_of(rows: Iterable[Row], gpus: set[str]) -> tuple[Offer, ...]:
    """The offers of checked rows. Raises TableError for an unknown GPU, a contradiction or a repeated row."""
    seen = set()
    found = []
    for row in rows:
        key = tuple(row[column] for column in ("cloud", "instance", "region", "price_kind"))
        if key in seen:
            raise row.fault("instance", f"{' '.join(key)} is there twice")
        seen.add(key)
        if row["gpu"] not in gpus:
            raise row.fault("gpu", f'"{row["gpu"]}" is not in gpus.csv')
        _check_price(row)
        found.append(_offer(row))
    return tuple(found)


def _check_price(row: Row) -> None:
    """A price billed by parts is the sum of its parts."""
    rates = [row[rate] for rate in _RATES]
    if row["usd_per_hour"] is None or None in rates:
        if row["usd_per_hour"] is None and row["price_date"]:
            raise row.fault("price_date", "is the date of no price")
        return
    per_gpu, per_vcpu, per_gib = rates
    summed = 3600 * (row["gpu_count"] * per_gpu + row["vcpus"] * per_vcpu + row["memory_gib"] * per_gib)
    if abs(summed / row["usd_per_hour"] - 1) > 0.001:
        raise row.fault("usd_per_hour", f"is not the sum of its rates, {summed:.5f}")


def _offer(row: Row) -> Offer:
    return Offer(
        cloud=row["cloud"],
        instance=row["instance"],
        gpu=row["gpu"],
        gpu_count=row["gpu_count"],
        region=row["region"],
        usd_per_hour=row["usd_per_hour"],
        price_kind=row["price_kind"],
        price_date=row["price_date"],
        vcpus=row["vcpus"],
        memory_bytes=None if row["memory_gib"] is None else round(row["memory_gib"] * GIB),
        disk_bytes=None if row["local_disk_gb"] is None else round(row["local_disk_gb"] * 1e9),
        source=source_of(row, COLUMNS),
        notes=row["notes"] or "",
    )
