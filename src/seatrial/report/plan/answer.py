"""The answer: what to serve the model with, how fast and at what price, and whether the objectives hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seatrial.report.plan import words
from seatrial.report.plan.objectives import judged, told
from seatrial.report.plan.refused import refusals
from seatrial.report.plan.tables import LIKELY, slo_cell
from seatrial.report.view import Cell, Fact, Headline, Role, Section
from seatrial.sizing import names
from seatrial.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.plan import Plan, Proposal

SURE = 1.5
"""Up to this high / low of the interval of TPOT a prediction is shown as good, up to its square as doubtful."""
SURE_ONLY = "Likely only: --sure lists the plans that meet the SLO at the slow end too, and refuses the others."


def answer(proposal: Proposal) -> Section:
    """The answer in one sentence, then one line per objective."""
    if not proposal.plans:
        return Section("Answer", (Cell(_nothing(proposal), Role.BAD), *_cheapest(proposal), *_nearest(proposal)))
    best = proposal.plans[0]
    asked = Cell(f"For {words.demanded(proposal.demand)}.", Role.DIM)
    first = Cell(_sentence(proposal, best), Role.BAD if best.failing else Role.PLAIN)
    is_search = len(proposal.plans) + len(proposal.rejected) > 1
    likely = (Cell(SURE_ONLY, Role.DIM),) if is_search and slo_cell(best, proposal.demand) is LIKELY else ()
    return Section("Answer", (first, *_objectives(proposal, best), *likely, asked))


def headline(proposal: Proposal) -> Headline:
    """What a page shows first."""
    if not proposal.plans:
        only = len(proposal.rejected) == 1
        lead = Cell("It does not run like this" if only else "Nothing serves this", Role.BAD)
        return Headline(lead, (), Cell("refused", Role.BAD), "Why, and what would help, is below.")
    best = proposal.plans[0]
    fails = best.failing or _misses(proposal, best)
    verdict = slo_cell(best, proposal.demand)
    role = Role.BAD if fails else Role.PLAIN if verdict.role is Role.DIM else verdict.role
    lead = Cell(names.short_name(best.layout, best.replicas), role)
    badge, remark = _how_sure(best)
    return Headline(lead, tuple(_facts(best)), badge, remark)


def _sentence(proposal: Proposal, plan: Plan) -> str:
    named = f"{proposal.model.name} ({plan.layout.weights.quant}) with {words.long_name(plan)}"
    figures = ", ".join(_figures(plan))
    told = f"{named}: {figures}." if figures else f"{named}."
    if plan.failing:
        return f"{_failing(plan)} As asked: {told}"
    return f"Misses the SLO: {told}" if _misses(proposal, plan) else f"Serve {told}"


def _failing(plan: Plan) -> str:
    """What the answer begins with where what was asked for does not do."""
    what = "It does not carry the demand"
    if plan.speed is not None:
        what = "It misses the SLO" if plan.failing.startswith("misses the SLO") else "It costs too much"
    return f"{what}: {plan.failing.removeprefix('misses the SLO: ')}."


def _misses(proposal: Proposal, plan: Plan) -> bool:
    return any(each.met is False for each in judged(proposal.demand, plan.speed))


def _figures(plan: Plan) -> Iterator[str]:
    if plan.speed is not None:
        yield f"TPOT {words.of_time(plan.speed.tpot_s)}"
        yield f"TTFT p95 {words.of_time(plan.speed.ttft_p95_s)}"
    if plan.cost is not None:
        yield f"{words.usd(plan.cost.usd_per_month)} a month"


def _objectives(proposal: Proposal, plan: Plan) -> Iterator[Cell]:
    for each in judged(proposal.demand, plan.speed):
        role = Role.WARN if each.met is None or not each.sure else Role.GOOD if each.met else Role.BAD
        yield Cell(told(each), role)


def _nothing(proposal: Proposal) -> str:
    name = proposal.model.name
    if len(proposal.rejected) == 1:
        return f"{name} does not run like this: {proposal.rejected[0].reason.rstrip('.')}."
    asked = words.demanded(proposal.demand)
    return f"None of the {len(proposal.rejected):,} layouts tried serves {name} for {asked}."


def _cheapest(proposal: Proposal) -> Iterator[Cell]:
    """What would serve for the least money, where only the budget rules it out."""
    dear = [each for each in proposal.rejected if each.usd_per_month is not None]
    if dear and len(proposal.rejected) > 1:
        least = min(dear, key=lambda each: each.usd_per_month or 0.0)
        called = names.short_name(least.layout)
        yield Cell(f"The cheapest that serves ({called}) is too dear: {least.reason.rstrip('.')}.", Role.WARN)


def _nearest(proposal: Proposal) -> Iterator[Cell]:
    """The first rejection that one change would save."""
    for each in refusals(proposal.rejected):
        if each.first.change is not None:
            called = names.short_name(each.first.layout)
            made = words.change(each.first.change, each.first.layout.gpu_count)
            yield Cell(f"The smallest change that helps ({called}): {made}.", Role.WARN)
            return


def _facts(plan: Plan) -> Iterator[Fact]:
    if plan.speed is not None:
        yield _fact(words.of_time(plan.speed.tpot_s), "per token after the first")
        yield _fact(words.of_time(plan.speed.ttft_p95_s), "to the first token, p95, waiting included")
    if plan.cost is not None:
        yield Fact(words.usd(plan.cost.usd_per_month), "a month", words.machines(plan.cost))
    taken = plan.memory.weights.value + plan.memory.activation.value + plan.memory.non_torch.value
    of = f"each GPU has {format_bytes(plan.memory.total.value)}"
    yield Fact(format_bytes(taken + plan.memory.graphs.value), "taken before any KV cache", of)


def _fact(told_value: str, what: str) -> Fact:
    value, bracket, ends = told_value.partition(" [")
    return Fact(value, what, f"80 % interval [{ends}" if bracket else "")


def _how_sure(plan: Plan) -> tuple[Cell, str]:
    if plan.speed is None and plan.failing:
        return Cell("overloaded", Role.BAD), f"It does not carry the demand: {plan.failing}."
    if plan.speed is None:
        return Cell("memory only", Role.WARN), "How fast it is was not asked or cannot be said."
    tpot, measured = plan.speed.tpot_s, f"It rests on {plan.speed.measured.rstrip('.')}"
    if tpot.low <= 0 or not math.isfinite(tpot.high):
        return Cell("without bound", Role.BAD), f"{measured}."
    width = tpot.high / tpot.low
    role = Role.GOOD if width <= SURE else Role.WARN if width <= SURE**2 else Role.BAD
    within = f"{math.sqrt(width):.1f}"
    said = f"Of 10 such predictions of TPOT 8 lie within a factor of {within} of what is measured"
    return Cell(f"TPOT within x {within}", role), f"{said}. {measured}."
