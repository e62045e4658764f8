"""Calibrations as text and as JSON: what a server was refitted to, and how well it is predicted by it."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any

from seatrial.domain.values import Z80
from seatrial.report.text import render_text
from seatrial.report.view import Cell, Role, Row, Section, Table, View
from seatrial.units import format_bytes, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.coefficients import Calibration, Coefficients

JSON_SCHEMA = 1
_COLUMNS = (("engine",), ("device",), ("model",), ("from",), ("steps",), ("80 %", "TPOT"))


def calibrations_text(rows: Sequence[tuple[str, Calibration]], *, styled: bool = False, width: int = 120) -> str:
    """A list of (id, calibration), newest first; ends in a newline."""
    table = Table("", _COLUMNS, tuple(_row(name, each) for name, each in rows))
    note = Cell("`seatrial plan` uses the newest of an engine on a device.", Role.DIM)
    view = View("calibrations", (Section("Newest first", (note,), (table,)),))
    return render_text(view, styled=styled, width=width)


def _row(name: str, each: Calibration) -> Row:
    texts = (
        *map(_line, (each.engine, each.device, each.model, f"{'probe' if each.probe else 'run'} {each.run}")),
        str(each.decode.n),
        f"+{interval_half(each.decode) * 100:.0f} %",
    )
    return Row(name, tuple(Cell(text) for text in texts))


def _line(text: str) -> str:
    """On one line and without what steers a terminal: servers choose what models are called."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def interval_half(coefficients: Coefficients) -> float:
    """By how much of the middle the 80 % interval reaches up: exp(1.28 x spread) - 1."""
    return exp(Z80 * coefficients.log_spread) - 1.0


def factors_text(each: Calibration) -> str:
    """`weights 2.16, kv 12.3, ...`: the factors of a step that are not 0, then those of the first token."""
    parts = [f"{name} {significant(value)}" for name, value in (*each.decode.values, *each.prefill.values) if value]
    return ", ".join(parts)


def memory_text(each: Calibration) -> str:
    """`kv 180 MiB, weights 92.1 MiB`; empty where the engine said nothing."""
    return ", ".join(
        f"{name.removesuffix('_bytes')} {format_bytes(value)}" if name.endswith("_bytes")
        else f"{name.replace('_', ' ')} {significant(value)}"
        for name, value in each.memory
    )  # fmt: skip


def calibration_document(name: str, each: Calibration) -> dict[str, Any]:
    """One calibration as plain values."""
    return {
        "id": name,
        "engine": each.engine,
        "engine_version": each.engine_version,
        "gpu": each.device,
        "model": each.model,
        "run": each.run,
        "probe": each.probe,
        "created": each.created,
        "step": _coefficients(each.decode),
        "first": _coefficients(each.prefill),
        "memory": dict(each.memory),
    }


def _coefficients(each: Coefficients) -> dict[str, Any]:
    return {
        "values": dict(each.values),
        "log_spread": each.log_spread,
        "n": each.n,
        "provenance": each.provenance,
    }
