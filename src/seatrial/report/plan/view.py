"""What is told of a proposal, in order: the answer, the plans, the best one in detail, the refused, doubts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seatrial.report.plan import details, refused
from seatrial.report.plan.answer import answer, headline
from seatrial.report.plan.explain import WIDTH, arithmetic, arithmetic_text, memory_part
from seatrial.report.plan.rests import ASSUMPTIONS, rests_on
from seatrial.report.plan.tables import LIKELY, plans_table
from seatrial.report.view import Cell, Copyable, Role, Section, View
from seatrial.sizing import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.coefficients import Calibration
    from seatrial.domain.plan import Plan, Proposal
    from seatrial.report.plan.explain import Part

MOST_PLANS = 8
PLANS, ARITHMETIC = "Plans, best first", "Arithmetic"


@dataclass(frozen=True, slots=True)
class Asked:
    """How a proposal is to be told: at most so many plans, with the arithmetic if it is to `explain`.

    `serve` is what the engine is told to load, if not the model's name. A `wide` one has tables for a page.
    `calibrations` are those the plans were made with, for the arithmetic. `typed`: what the user calls the model.
    """

    most: int = MOST_PLANS
    serve: str | None = None
    wide: bool = False
    explain: bool = False
    width: int = WIDTH
    calibrations: tuple[Calibration, ...] = ()
    typed: str | None = None


def proposal_view(proposal: Proposal, asked: Asked) -> View:
    """The whole proposal; sections that have nothing to say are left out."""
    sections = (*_sections(proposal, asked),)
    title = f"seatrial plan {asked.typed or proposal.model.name}"
    return View(title, tuple(s for s in sections if s), headline(proposal))


def _sections(proposal: Proposal, asked: Asked) -> Iterator[Section]:
    yield answer(proposal)
    refusals = refused.table(proposal.rejected) if asked.wide else refused.told(proposal.rejected)
    if not proposal.plans:
        yield from _without_plans(proposal, asked, refusals)
        return
    best = proposal.plans[0]
    yield _plans(proposal, asked.most, asked.wide)
    yield details.speed(best)
    yield details.memory(best.memory, best.layout)
    yield details.start(best, proposal.model.name, asked.serve)
    yield details.cost(best)
    yield details.sensitivity(proposal)
    yield refusals
    yield Section("What it rests on", bullets=_doubts(proposal, best))
    if asked.explain:
        yield _arithmetic(arithmetic(proposal, best, asked.calibrations), asked.width)


def _without_plans(proposal: Proposal, asked: Asked, refusals: Section) -> Iterator[Section]:
    """The memory of the nearest miss, if it is known, and all refusals; a single one was told as the answer."""
    nearest = next((each.first for each in refused.refusals(proposal.rejected) if each.first.memory), None)
    memory = None if nearest is None else nearest.memory
    if nearest is not None and memory is not None:
        section = details.memory(memory, nearest.layout)
        of = Cell(f"Of the nearest miss, {names.short_name(nearest.layout)}.", Role.DIM)
        yield replace(section, lines=(of, *section.lines) if len(proposal.rejected) > 1 else section.lines)
    if len(proposal.rejected) > 1 or asked.wide:
        yield refusals
    if nearest is not None and memory is not None and asked.explain:
        yield _arithmetic((memory_part(proposal.model, nearest.layout, memory, proposal.demand),), asked.width)


def _plans(proposal: Proposal, most: int, wide: bool) -> Section:
    shown = proposal.plans[:most]
    left = len(proposal.plans) - len(shown)
    more = [f"and {left} more: --json lists all"] if left else []
    table = plans_table(shown, proposal.demand, wide=wide)
    if any(LIKELY in row.cells for row in table.rows):
        more.append("likely: met at the middle of the prediction, not at the far end of its interval")
    heading = PLANS if len(proposal.plans) > 1 else "The plan"
    return Section(heading, tables=(table,), bullets=tuple(Cell(line, Role.DIM) for line in more))


def _arithmetic(parts: Sequence[Part], width: int) -> Section:
    copyables = (Copyable(part.title, arithmetic_text(part.terms, width), long=True) for part in parts)
    return Section(ARITHMETIC, copyables=tuple(copyables))


def _doubts(proposal: Proposal, plan: Plan) -> tuple[Cell, ...]:
    told = [_capital(sentence) for sentence in (*rests_on(proposal, plan), *ASSUMPTIONS)]
    return tuple(Cell(sentence, Role.DIM) for sentence in dict.fromkeys(told))


def _capital(sentence: str) -> str:
    first, _, rest = sentence.partition(" ")
    return sentence if first != first.lower() else f"{first[:1].upper()}{first[1:]} {rest}".rstrip()
