"""The whole arithmetic of a plan as text: what, how much, and the formula with its numbers put in."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.plan import Term
from seatrial.report.charts.words import amount
from seatrial.report.plan import words
from seatrial.sizing.cost import cost_terms
from seatrial.sizing.memory import explain as explain_memory
from seatrial.sizing.speed import explain as explain_speed
from seatrial.sizing.speed.fitted import coefficients_for
from seatrial.sizing.speed.predict import MOST_LOAD
from seatrial.sizing.startup import start_up_terms
from seatrial.units import MIB, format_s, to_the_mib

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.coefficients import Calibration
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Demand, Layout, Memory, Plan, Proposal
    from seatrial.sizing.speed.operating import Replica

WIDTH = 92
LEAST_FORMULA = 20


class Part(NamedTuple):
    """One question of the arithmetic and its lines."""

    title: str
    terms: tuple[Term, ...]


def arithmetic(proposal: Proposal, plan: Plan, calibrations: Sequence[Calibration] = ()) -> tuple[Part, ...]:
    """The parts in the order they depend on each other; those that say nothing are left out.

    `calibrations` are those the plan was made with: without them the speed of a calibrated plan cannot be told.
    """
    layout = plan.layout
    made = None if plan.speed is None else plan.speed.output_tokens_per_s
    parts = (
        memory_part(proposal.model, layout, plan.memory, proposal.demand),
        *_speed(proposal, plan, calibrations),
        Part("Start-up of a replica", start_up_terms(layout, plan.start_up)),
        Part("Cost", () if plan.cost is None else cost_terms(plan.cost, made)),
    )
    return tuple(part for part in parts if part.terms)


def memory_part(model: Model, layout: Layout, memory: Memory, demand: Demand) -> Part:
    """The memory of a layout, also of one that was refused for it."""
    lines = (
        *explain_memory.kv_lines(model, layout),
        *explain_memory.memory_lines(model, layout, memory, demand),
        explain_memory.rule_line(model, layout, memory),
    )
    return Part("Memory of one device", lines)


def _speed(proposal: Proposal, plan: Plan, calibrations: Sequence[Calibration]) -> Iterator[Part]:
    replica = _replica(proposal, plan, proposal.demand, calibrations)
    if replica is None:
        return
    yield Part("A token: one step of the engine", tuple(explain_speed.token_lines(replica)))
    many = replicas_term(proposal.demand, plan, replica.replicas)
    yield Part("Requests together", (*explain_speed.load_lines(replica), many))
    yield Part("The first token, and the last", tuple(explain_speed.first_token_lines(replica)))


def replicas_term(demand: Demand, plan: Plan, sharing: int) -> Term:
    """How the number of replicas comes about: `sharing` of them serve the demand, the others may fail."""
    spare = plan.replicas - sharing
    kept = f"; and {spare} for what may fail" if spare else ""
    if demand.rate_per_s is None or plan.speed is None:
        return Term("replicas", f"{demand.concurrency:,} users / {sharing}{kept}", plan.replicas, "")
    one = plan.speed.capacity_per_s.value / sharing
    least = math.ceil(demand.rate_per_s / (MOST_LOAD * one) - 1e-9)
    load = f"{amount(demand.rate_per_s)} requests/s / ({MOST_LOAD:g} x {amount(one)} of one), rounded up: {least:,}"
    asked = f"; {sharing:,} for the SLO or as told" if sharing > least else ""
    return Term("replicas", f"{load}{asked}{kept}", plan.replicas, "")


def _replica(proposal: Proposal, plan: Plan, demand: Demand, calibrations: Sequence[Calibration]) -> Replica | None:
    """None where there is no speed, or it was made with factors that are not at hand."""
    if plan.speed is None:
        return None
    try:
        fitted = coefficients_for(plan.layout, calibrations)
    except LookupError:
        return None
    return explain_speed.replica_of(proposal.model, plan, demand, fitted)


def arithmetic_text(terms: Sequence[Term], width: int = WIDTH) -> str:
    """A line for each term, `what   value = formula`, in columns; long formulas go on below their beginning."""
    shown = [(term.what, shown_value(term), term.formula) for term in terms]
    name = max(len(what) for what, _, _ in shown)
    value = max(len(text) for _, text, _ in shown)
    room = max(LEAST_FORMULA, width - name - value - 5)
    lines = []
    for what, text, formula in shown:
        first, *rest = textwrap.wrap(formula, room, break_on_hyphens=False) or [""]
        lines.append(f"{what.ljust(name)}  {text.rjust(value)}{f' = {first}' if first else ''}")
        lines += [" " * (name + value + 5) + line for line in rest]
    return "\n".join(lines)


def shown_value(term: Term) -> str:
    """The value with its unit: sizes in binary units (small ones to the byte), times in what suits them."""
    if term.unit == "bytes":
        return f"{term.value:,.0f} bytes" if abs(term.value) < MIB else to_the_mib(term.value)
    if term.unit == "s":
        return format_s(term.value)
    if term.unit == "USD":
        return words.usd(term.value)
    return f"{amount(term.value)} {term.unit}".rstrip()
