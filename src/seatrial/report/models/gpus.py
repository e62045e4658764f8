"""GPUs as a list, and one of them in full."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from seatrial.report.ansi import BOLD, paint, printable
from seatrial.report.figures import UNKNOWN
from seatrial.report.models import words
from seatrial.report.models.columns import Column, column_lines, note_lines
from seatrial.report.models.offers import price
from seatrial.report.view import Cell, Role
from seatrial.units import GIB

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.hardware import Gpu, Offer

_LABEL = 16
_FORMATS = {"f16": "F16", "fp8": "FP8", "int8": "INT8", "fp4": "FP4"}
_REMARK = (
    "MEMORY is what the driver reports; TFLOPS are dense, INT8 in TOPS; LINK is per direction; ? rests on memory. "
    "`seatrial gpus NAME` explains one."
)


def gpus_text(gpus: Sequence[Gpu], width: int, *, styled: bool) -> str:
    """The GPUs in columns that fit into `width`, ending in a newline; `gpus` is not empty."""
    columns = [
        Column("NAME", [Cell(gpu.name) for gpu in gpus]),
        Column("VENDOR", [Cell(gpu.vendor) for gpu in gpus], rank=7),
        Column("MEMORY GiB", [_memory(gpu) for gpu in gpus], right=True),
        Column("LABEL GB", [_number(gpu.nominal_bytes, 1e9) for gpu in gpus], right=True, rank=5),
        Column(
            "GB/s",
            [_marked(gpu, "bandwidth_gb_per_s", gpu.bandwidth_bytes_per_s / 1e9) for gpu in gpus],
            right=True,
        ),
        *(_rates(gpus, word, rank) for word, rank in (("f16", 1), ("fp8", 3), ("int8", 4), ("fp4", 8))),
        Column("LINK GB/s", [_number(gpu.link_bytes_per_s, 1e9) for gpu in gpus], right=True, rank=2),
        Column("CAPABILITY", [Cell(gpu.capability or UNKNOWN) for gpu in gpus], rank=6),
        Column("WATT", [_number(gpu.tdp_w, 1) for gpu in gpus], right=True, rank=9),
    ]
    lines = [*column_lines(columns, width, styled=styled), "", *note_lines(_REMARK, width, styled=styled)]
    return "\n".join(lines) + "\n"


def gpu_text(gpu: Gpu, aliases: Sequence[str], offers: Sequence[Offer], width: int, *, styled: bool) -> str:
    """Everything about one, with what clouds ask for it, ending in a newline."""
    lines = [paint(gpu.name, BOLD, styled=styled)]
    for label, text in _facts(gpu, aliases, offers):
        lead = "  " + label.ljust(_LABEL)
        lines += textwrap.wrap(
            printable(text), width, initial_indent=lead, subsequent_indent=" " * len(lead), break_on_hyphens=False
        )
    return "\n".join(lines) + "\n"


def _facts(gpu: Gpu, aliases: Sequence[str], offers: Sequence[Offer]) -> Iterator[tuple[str, str]]:
    yield "vendor", gpu.vendor
    if aliases:
        yield "also", ", ".join(aliases)
    visible = gpu.memory_bytes
    if visible is None:
        yield "memory", "that of the computer"
    else:
        reach = (visible.high - visible.low) / 2 / GIB
        yield "memory", f"{visible.value / GIB:.2f} GiB as the driver reports it, +- {reach:.2f}"
    if gpu.nominal_bytes:
        yield "label", f"{gpu.nominal_bytes / 1e9:g} GB"
    yield "bandwidth", f"{words.figure(gpu.bandwidth_bytes_per_s / 1e9)} GB/s"
    rates = [f"{_FORMATS[word]} {words.figure(value / 1e12)}" for word, value in gpu.flops_per_s]
    yield "dense TFLOPS", ", ".join(rates) or UNKNOWN
    yield "link", f"{gpu.link_bytes_per_s / 1e9:g} GB/s per direction" if gpu.link_bytes_per_s else UNKNOWN
    yield "capability", gpu.capability or UNKNOWN
    yield "bf16", words.yes_no(gpu.bf16)
    yield "power", f"{gpu.tdp_w:g} W" if gpu.tdp_w else UNKNOWN
    if gpu.notes:
        yield "note", gpu.notes
    cheapest = min((one for one in offers if one.usd_per_hour), key=price, default=None)
    if cheapest:
        where = f"{cheapest.cloud} {cheapest.instance}, {cheapest.region}, {cheapest.price_kind}"
        yield "cheapest offer", f"{words.figure(price(cheapest))} USD per hour and GPU: {where}"
        yield "all offers", f'`seatrial offers --gpu "{gpu.name}"` shows {len(offers)}'
    yield "source", words.source(gpu.source)
    if gpu.source.unverified:
        yield "not verified", words.unverified(gpu.source)


def _memory(gpu: Gpu) -> Cell:
    if gpu.memory_bytes is None:
        return Cell("shared", Role.DIM)
    return _marked(gpu, "memory_visible_gib", gpu.memory_bytes.value / GIB)


def _rates(gpus: Sequence[Gpu], word: str, rank: int) -> Column:
    field = "int8_dense_tops" if word == "int8" else f"{word}_dense_tflops"
    cells = []
    for gpu in gpus:
        rate = gpu.flops(word)
        cells.append(Cell(f"{UNKNOWN} ") if rate is None else _marked(gpu, field, rate / 1e12))
    return Column(f"{_FORMATS[word]} ", cells, right=True, rank=rank)


def _marked(gpu: Gpu, field: str, value: float) -> Cell:
    """The figure, with `?` where it rests on memory; a blank keeps the digits below each other."""
    mark = "?" if field in gpu.source.unverified else " "
    return Cell(words.figure(value) + mark)


def _number(value: float | None, scale: float) -> Cell:
    return Cell(UNKNOWN) if value is None else Cell(words.figure(value / scale))
