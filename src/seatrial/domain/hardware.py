"""Hardware: accelerators as the driver sees them, and what clouds ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.domain.model import UNSOURCED, Source

if TYPE_CHECKING:
    from seatrial.domain.values import Range


@dataclass(frozen=True, slots=True)
class Gpu:
    """An accelerator (or, vendor "CPU", a computer without one).

    `memory_bytes` is what the driver reports as total, not the label; None where it depends on the machine (Apple).
    `flops_per_s`: (number format, dense operations per second), formats `f16`, `fp8`, `int8`, `fp4`.
    `link_bytes_per_s`: NVLink or PCIe, per GPU and direction. `capability` as the vendor writes it: 9.0, gfx942.
    """

    name: str
    vendor: str
    memory_bytes: Range | None
    bandwidth_bytes_per_s: float
    flops_per_s: tuple[tuple[str, float], ...] = ()
    nominal_bytes: float | None = None
    link_bytes_per_s: float | None = None
    capability: str | None = None
    bf16: bool | None = None
    tdp_w: float | None = None
    source: Source = UNSOURCED
    notes: str = ""

    def flops(self, number_format: str) -> float | None:
        return dict(self.flops_per_s).get(number_format)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a cloud asks for a machine. `usd_per_hour` is None where no price is known; never guessed."""

    cloud: str
    instance: str
    gpu: str
    gpu_count: int
    region: str
    usd_per_hour: float | None
    price_kind: str
    price_date: str | None
    vcpus: int | None = None
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    source: Source = UNSOURCED
    notes: str = ""
