"""A check as text and as JSON: prediction, its interval, the measurement, and whether it lies inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.report.text import render_text
from seatrial.report.view import Cell, Role, Row, Section, Table, View
from seatrial.units import format_bytes, format_s, significant

if TYPE_CHECKING:
    from seatrial.domain.check import Check, CheckRow
    from seatrial.domain.values import Range

JSON_SCHEMA = 1
NAMES = {
    "ttft_s": "TTFT mean",
    "tpot_s": "TPOT mean",
    "output_tokens_per_s": "output tokens/s",
    "weights_bytes": "weights",
    "kv_bytes": "KV cache",
    "kv_tokens": "KV cache, tokens",
    "loaded_bytes": "all that is loaded",
}
COLUMNS = (("predicted",), ("80 % interval",), ("measured",), ("predicted /", "measured"), ("inside",))


def check_text(check: Check, *, styled: bool = False, width: int = 100) -> str:
    """For the terminal; ends in a newline."""
    title = f"seatrial plan --check {check.run}: {check.engine} on {check.device}, {check.model}"
    sections = [
        Section(f"{check.candidate}: predicted and measured", lines=_lines(check), tables=_tables(check)),
    ]
    return render_text(View(title, tuple(sections)), styled=styled, width=width)


def _lines(check: Check) -> tuple[Cell, ...]:
    lines = [Cell(f"Predictions rest on {check.rests_on}.", Role.DIM)]
    share = check.share_inside
    if share is None:
        lines.append(Cell("No workload of this run can be predicted.", Role.BAD))
    else:
        inside = sum(row.inside for row in check.speed)
        told = f"{inside} of {len(check.speed)} measurements of speed"
        text = f"{told} lie inside their interval ({share * 100:.0f} %)"
        lines.append(Cell(f"{text}; 80 % are to be expected.", Role.GOOD if check.holds else Role.BAD))
    if check.same_run:
        lines.append(Cell("They were calibrated with this very run: another run tells more.", Role.WARN))
    if check.unpredicted:
        names = ", ".join(check.unpredicted)
        lines.append(Cell(f"Not predicted, for they ask for more than 85 % of the capacity: {names}.", Role.WARN))
    return tuple(lines)


def _tables(check: Check) -> tuple[Table, ...]:
    found = []
    for title, rows in (("Speed", check.speed), ("Memory, as the engine reports it", check.memory)):
        if rows:
            found.append(Table(title, COLUMNS, tuple(_row(row) for row in rows)))
    return tuple(found)


def _row(row: CheckRow) -> Row:
    told, name = row.predicted, NAMES[row.quantity]
    interval = "exact" if told.low == told.high else f"{_shown(row, told.low)} to {_shown(row, told.high)}"
    return Row(
        f"{row.workload}: {name}" if row.workload else name,
        (
            Cell(_shown(row, told.value)),
            Cell(interval, Role.DIM),
            Cell(_shown(row, row.measured)),
            Cell(f"{row.error * 100:+.1f} %"),
            Cell("yes", Role.GOOD) if row.inside else Cell("no", Role.WARN),
        ),
    )


def _shown(row: CheckRow, value: float) -> str:
    if row.quantity.endswith("_bytes"):
        return format_bytes(value)
    return format_s(value) if row.quantity in {"ttft_s", "tpot_s"} else significant(value)


def check_document(check: Check) -> dict[str, Any]:
    """The check as plain values; times in seconds, sizes in bytes."""
    return {
        "schema": JSON_SCHEMA,
        "run": check.run,
        "candidate": check.candidate,
        "engine": check.engine,
        "engine_version": check.engine_version,
        "gpu": check.device,
        "model": check.model,
        "rests_on": check.rests_on,
        "same_run": check.same_run,
        "inside": {"share": check.share_inside, "n": len(check.speed), "holds": check.holds},
        "speed": [{"workload": row.workload, **_quantity(row)} for row in check.speed],
        "memory": [_quantity(row) for row in check.memory],
        "unpredicted": list(check.unpredicted),
    }


def _quantity(row: CheckRow) -> dict[str, Any]:
    return {
        "quantity": row.quantity,
        "predicted": _span(row.predicted),
        "measured": row.measured,
        "error": row.error,
        "inside": row.inside,
    }


def _span(span: Range) -> dict[str, float]:
    return {"value": span.value, "low": span.low, "high": span.high}
