"""Figures of the catalogue as people read them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seatrial.catalog.quants import ESTIMATED
from seatrial.report.figures import UNKNOWN
from seatrial.report.view import Cell, Role
from seatrial.units import format_bytes, significant

if TYPE_CHECKING:
    from seatrial.domain.model import Model, Source, Weights

_UNITS = re.compile("_(gib|gb|gb_per_s.*|tflops|tops|w)$")
_SCALES = ((1e12, " T"), (1e9, " B"), (1e6, " M"))
COMMERCIAL = {
    "yes": Cell("yes", Role.GOOD),
    "conditions": Cell("conditions", Role.WARN),
    "no": Cell("no", Role.BAD),
}
SCORES_WARNING = (
    "Scores are the publishers' own, with prompts and shots of their own: do not rank different families by them."
)


def parameters(count: float) -> str:
    """`8.03 B`, `135 M`: three significant digits."""
    for scale, unit in _SCALES:
        if count >= 0.9995 * scale:  # 999.9 million are 1.00 B
            return significant(count / scale) + unit
    return f"{count:,.0f}"


def of_model(model: Model) -> str:
    """The parameters, and in a model of experts those a token uses."""
    total = parameters(model.parameters)
    return f"{total}, {parameters(model.active_parameters)} active" if model.experts else total


def tokens(count: int) -> str:
    """`128k` where it is whole thousands of 1024, else the number."""
    return f"{count // 1024}k" if count >= 1024 and count % 1024 == 0 else f"{count:,}"


def figure(value: float) -> str:
    """Four significant digits, without zeros at the end: a figure of a data sheet."""
    text = significant(value, 4)
    return text.rstrip("0").rstrip(".") if "." in text else text


def yes_no(value: bool | None) -> str:
    """`yes`, `no`; `-` where it is not known."""
    return UNKNOWN if value is None else "yes" if value else "no"


def size(weights: Weights) -> str:
    """`4.58 GiB`, with `~` before an estimate."""
    return ("~" if weights.source == ESTIMATED else "") + format_bytes(weights.bytes)


def basis(weights: Weights) -> str:
    """How the size is known."""
    if weights.source == ESTIMATED:
        return "estimated"
    if weights.part == "loaded weights":
        return "as vLLM loads it"
    if weights.source.text.startswith("computed"):
        return "from parameters"
    return "exact" if weights.exact else "published, rounded"


def source(found: Source) -> str:
    """`checked 2026-11-21 in ...`, and what of it was not."""
    when = f"checked {found.checked} in" if found.checked else "recalled, not checked; from"
    return f"{when} {found.text}"


def unverified(found: Source) -> str:
    """The fields, in words, without their units."""
    return ", ".join(_UNITS.sub("", field).replace("_", " ") for field in found.unverified)
