"""Offers of clouds as a list."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seatrial.report.figures import UNKNOWN
from seatrial.report.models.columns import Column, column_lines, note_lines
from seatrial.report.view import Cell, Role
from seatrial.units import GIB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.hardware import Offer

_REMARK = (
    "US dollars, Linux, without tax, disks and traffic. Prices change: --json tells where each was read. "
    "`seatrial plan --price` takes your own."
)


def price(offer: Offer) -> float:
    """US dollars per hour and GPU; infinite where no price is known, so that it sorts last."""
    return math.inf if offer.usd_per_hour is None else offer.usd_per_hour / offer.gpu_count


def offers_text(offers: Sequence[Offer], width: int, *, styled: bool) -> str:
    """The offers in columns that fit into `width`, ending in a newline; `offers` is not empty."""
    columns = [
        Column("CLOUD", [Cell(offer.cloud) for offer in offers]),
        Column("INSTANCE", [Cell(offer.instance) for offer in offers]),
        Column("GPUS", [Cell(f"{offer.gpu_count} x {offer.gpu}") for offer in offers]),
        Column("REGION", [Cell(offer.region) for offer in offers], rank=1),
        Column("USD/HOUR", [_usd(offer.usd_per_hour) for offer in offers], right=True),
        Column("PER GPU", [_usd(_per_gpu(offer)) for offer in offers], right=True, rank=3),
        Column("KIND", [Cell(offer.price_kind) for offer in offers], rank=2),
        Column("DATE", [_date(offer) for offer in offers], rank=4),
        Column(
            "CPUS",
            [Cell(UNKNOWN if offer.vcpus is None else str(offer.vcpus)) for offer in offers],
            right=True,
            rank=5,
        ),
        Column("RAM GiB", [Cell(_gib(offer.memory_bytes)) for offer in offers], right=True, rank=6),
    ]
    lines = [*column_lines(columns, width, styled=styled), "", *note_lines(_REMARK, width, styled=styled)]
    return "\n".join(lines) + "\n"


def _per_gpu(offer: Offer) -> float | None:
    return None if offer.usd_per_hour is None else price(offer)


def _usd(value: float | None) -> Cell:
    return Cell(UNKNOWN) if value is None else Cell(f"{value:,.3f}")


def _date(offer: Offer) -> Cell:
    return (
        Cell("undated", Role.WARN)
        if offer.usd_per_hour and not offer.price_date
        else Cell((offer.price_date or UNKNOWN)[:7])
    )


def _gib(size: int | None) -> str:
    return UNKNOWN if size is None else f"{size / GIB:,.0f}"
