"""The list of models: one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report.figures import UNKNOWN
from seatrial.report.models import words
from seatrial.report.models.columns import Column, column_lines, note_lines
from seatrial.report.view import Cell, Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.model import CatalogModel, Weights


def listing_text(models: Sequence[tuple[CatalogModel, Weights]], width: int, *, styled: bool) -> str:
    """The models in columns that fit into `width`, ending in a newline; `models` is not empty."""
    remark = (
        f"{len(models)} models. Sizes of {models[0][1].quant}; ~ is estimated. "
        "`seatrial models show NAME` explains one."
    )
    lines = [
        *column_lines(_columns(models), width, styled=styled),
        "",
        *note_lines(remark, width, styled=styled),
    ]
    return "\n".join(lines) + "\n"


def _columns(models: Sequence[tuple[CatalogModel, Weights]]) -> list[Column]:
    found = [model for model, _ in models]
    active = [words.parameters(one.model.active_parameters) if one.model.experts else "" for one in found]
    columns = [
        Column("NAME", [Cell(one.model.name) for one in found]),
        Column("PARAMS", [Cell(words.parameters(one.model.parameters)) for one in found], right=True),
        Column("ACTIVE", [Cell(text, Role.DIM) for text in active], right=True, rank=5),
        Column("SIZE", [Cell(words.size(weights)) for _, weights in models], right=True),
        Column("CONTEXT", [Cell(words.tokens(one.model.context_tokens)) for one in found], right=True, rank=1),
        Column("COMMERCIAL", [words.COMMERCIAL[one.card.commercial_use] for one in found], rank=3),
        Column("GATED", [_gated(one) for one in found], rank=4),
        Column("RELEASED", [Cell((one.card.released or UNKNOWN)[:7]) for one in found], rank=6),
        Column("GOOD FOR", [Cell(_abilities(one)) for one in found], rank=2),
        Column("LICENCE", [Cell(one.card.licence) for one in found], rank=7),
    ]
    return [column for column in columns if any(cell.text for cell in column.cells)]


def _gated(one: CatalogModel) -> Cell:
    return Cell(words.yes_no(one.card.gated), Role.WARN if one.card.gated else Role.PLAIN)


def _abilities(one: CatalogModel) -> str:
    return " ".join(one.card.capabilities)
