"""The sections on the best plan: how fast, in which memory, how it is started, its cost, what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report.charts.words import amount
from seatrial.report.plan import words
from seatrial.report.plan.command import pull_command, start_command
from seatrial.report.plan.tables import memory_lines, memory_table
from seatrial.report.view import Cell, Copyable, Role, Section
from seatrial.sizing import names
from seatrial.sizing.cost import HOURS_PER_MONTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.plan import Cost, Layout, Memory, Plan, Proposal

SPEED, MEMORY = "Speed", "Memory"


def memory(found: Memory, layout: Layout) -> Section:
    """Where the memory of a device goes, and what fits into it."""
    where = "on this device" if layout.gpu.vendor == names.CPU else "each GPU"
    return Section(MEMORY, tuple(memory_lines(found, layout)), (memory_table(found, where),))


def speed(plan: Plan) -> Section:
    """How fast one request is, and all of them together; empty where no speed is known."""
    speed = plan.speed
    if speed is None:
        return Section(SPEED)
    several = plan.replicas > 1
    together = amount(speed.in_flight)
    who = "Each replica" if several else "It"
    made = ", all of them make" if several else " and makes"
    could = "they would" if several else "it would"
    request = (
        f"A request takes {words.of_time(speed.e2e_s)} in all, {words.of_time(speed.ttft_s)} to its first token, of"
        f" which the prompt takes {words.of_time(speed.prefill_s)}."
    )
    load = (
        f"{who} decodes {together} request{'' if together == '1' else 's'} together on average{made}"
        f" {words.of_number(speed.output_tokens_per_s)} output tokens/s. At saturation {could} serve"
        f" {words.of_number(speed.capacity_per_s)} requests/s: {words.percent(speed.utilization)} busy."
    )
    return Section(SPEED, (Cell(request), Cell(load)))


def start(plan: Plan, model: str, serve: str | None) -> Section:
    """The command, and how long it takes until the first token."""
    phases = plan.start_up
    parts = (("fetch", phases.fetch_s), ("load", phases.load_s), ("prepare", phases.prepare_s))
    told = ", ".join(f"{name} {words.of_time(found)}" for name, found in parts if found.high > 0)
    line = Cell(f"Ready after {words.of_time(phases.total_s)}" + (f": {told}." if told else "."))
    command = start_command(plan, model, serve)
    many = f", on each of {plan.replicas} replicas" if plan.replicas > 1 else ""
    pull = pull_command(plan, model, serve)
    texts = ((f"The command{many}", command), ("Then, while it runs", pull))
    copyables = (Copyable(title, text) for title, text in texts if text)
    return Section("Start it", (line,), copyables=tuple(copyables))


def cost(plan: Plan) -> Section:
    """What it costs an hour, a month and a million output tokens, and whose price that is."""
    if plan.cost is None:
        told = "No price is known of this hardware; --price USD_PER_HOUR gives one."
        return Section("Cost", (Cell(told, Role.DIM),))
    return Section("Cost", tuple(map(Cell, _cost_lines(plan.cost))))


def _cost_lines(cost: Cost) -> Iterator[str]:
    offer = cost.offer
    several = cost.machines > 1
    each = f" each, {words.usd(cost.usd_per_hour)} together" if several else ""
    asked = words.usd(cost.usd_per_hour / cost.machines)
    where = "" if cost.by_user else f"{offer.cloud} in {offer.region}, {offer.price_kind}"
    times = f"{cost.machines} x " if several else ""
    yield f"{times}{offer.instance}{f' ({where})' if where else ''}: {asked} an hour{each}."
    per_million = cost.usd_per_million_output_tokens
    tokens = f", {words.usd_ranged(per_million)} per million output tokens at this load" if per_million else ""
    yield f"{words.usd(cost.usd_per_month)} a month of {HOURS_PER_MONTH:.0f} hours{tokens}."
    dated = f"price of {offer.price_date or 'no known date'}{words.sourced(offer.source)}"
    yield "The price is yours (--price)." if cost.by_user else f"{dated[0].upper()}{dated[1:]}."


def sensitivity(proposal: Proposal) -> Section:
    """What the answer becomes if a figure is off by a fifth."""
    bullets = tuple(Cell(f"If {each.change}: {each.answer}") for each in proposal.sensitivity)
    return Section("What would change the answer", bullets=bullets)
