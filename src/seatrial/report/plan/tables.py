"""The tables of a proposal: the plans side by side, and where the memory of one goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report import figures
from seatrial.report.charts.words import amount
from seatrial.report.dense import dense
from seatrial.report.plan import words
from seatrial.report.plan.objectives import judged
from seatrial.report.view import Cell, Role, Row, Table
from seatrial.sizing import names
from seatrial.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seatrial.domain.plan import Demand, Layout, Memory, Plan
    from seatrial.domain.values import Range

LIKELY = Cell("likely", Role.WARN)
_VERDICT = {
    True: Cell("met", Role.GOOD),
    False: Cell("missed", Role.BAD),
    None: Cell(figures.UNKNOWN, Role.DIM),
}


def plans_table(plans: Sequence[Plan], demand: Demand, *, wide: bool = False) -> Table:
    """One row a plan, numbered if there are several, best first; columns that no plan can fill are left out.

    A `wide` one tells more than a terminal has room for.
    """
    several = any(plan.replicas > 1 for plan in plans)
    columns = [name for name, narrow in _columns(demand, several=several).items() if wide or narrow]
    rows = tuple(
        Row(_label(place, plan, len(plans), wide=wide), tuple(CELLS[column](plan, demand) for column in columns))
        for place, plan in enumerate(plans, 1)
    )
    return dense(Table("", tuple(map(HEADS.__getitem__, columns)), rows, together=len(columns)))


def _label(place: int, plan: Plan, plans: int, *, wide: bool) -> str:
    """Its name; in a wide table with its machines, which may take a second line there."""
    name = names.short_name(plan.layout)
    if wide and plan.cost and not plan.cost.by_user:
        name = f"{name} on {words.instances(plan.cost)}"
    return f"{place}. {name}" if plans > 1 else name


def _columns(demand: Demand, *, several: bool) -> dict[str, bool]:
    """The columns in order, and whether a narrow table has them. In an open process all make the same tokens."""
    found = {"replicas": several, "tpot": True, "ttft": True, "tokens": True, "busy": False, "slo": True,
             "month": True, "million": False}  # fmt: skip
    if demand.rate_per_s is not None:
        del found["tokens"]
    return found


def slo_cell(plan: Plan, demand: Demand) -> Cell:
    """`met` only where all are sure; `likely` where some are met at the middle of the prediction alone."""
    found = [each for each in judged(demand, plan.speed) if each.met is not None]
    if not found:
        return _VERDICT[None]
    if not all(each.met for each in found):
        return _VERDICT[False]
    return _VERDICT[True] if all(each.sure for each in found) else LIKELY


HEADS = {
    "replicas": ("replicas",),
    "tpot": ("TPOT",), "ttft": ("TTFT p95",), "tokens": ("output", "tokens/s"), "busy": ("busy",), "slo": ("SLO",),
    "month": ("USD", "a month"), "million": ("USD per M", "output tokens"),
}  # fmt: skip
CELLS: dict[str, Callable[[Plan, Demand], Cell]] = {
    "replicas": lambda plan, _: Cell(str(plan.replicas)),
    "tpot": lambda plan, _: Cell(words.of_time(plan.speed.tpot_s if plan.speed else None)),
    "ttft": lambda plan, _: Cell(words.of_time(plan.speed.ttft_p95_s if plan.speed else None)),
    "tokens": lambda plan, _: Cell(words.of_number(plan.speed.output_tokens_per_s if plan.speed else None)),
    "busy": lambda plan, _: Cell(words.percent(plan.speed.utilization if plan.speed else None)),
    "slo": slo_cell,
    "month": lambda plan, _: Cell(figures.UNKNOWN if plan.cost is None else f"{plan.cost.usd_per_month:,.0f}"),
    "million": lambda plan, _: Cell(
        words.of_number(plan.cost.usd_per_million_output_tokens if plan.cost else None)
    ),
}


def memory_table(memory: Memory, where: str) -> Table:
    """Where the memory of one device goes, the parts of the budget first. `where` heads the column."""
    parts = ((name, found) for name, found in _parts(memory) if found.high > 0)
    rows = tuple(
        Row(name, (Cell(words.of_size(found)), Cell(words.percent(found.value / memory.total.value))))
        for name, found in parts
    )
    return Table("", ((where,), ("of its memory",)), rows, together=2)


def graphs_in_budget(memory: Memory) -> bool:
    """Whether the graphs are taken off the KV pool: older versions of vLLM do not."""
    taken = sum(part.value for part in (memory.weights, memory.activation, memory.non_torch, memory.kv_pool))
    return taken + memory.graphs.value <= memory.budget.value * (1 + 1e-6)


def _parts(memory: Memory) -> Iterator[tuple[str, Range]]:
    yield "weights", memory.weights
    yield "KV cache", memory.kv_pool
    yield "activations, at their peak", memory.activation
    yield "driver and communication", memory.non_torch
    yield f"CUDA graphs{'' if graphs_in_budget(memory) else ', beside the budget'}", memory.graphs
    yield "budget of the engine", memory.budget
    yield "what the driver reports", memory.total


def _requests(count: float) -> str:
    told = amount(count)
    return f"{told} request{'' if told == '1' else 's'}"


def memory_lines(memory: Memory, layout: Layout) -> Iterator[Cell]:
    """What fits into the KV cache, what is kept in memory elsewhere, and the rule of thumb beside it."""
    if memory.kv_bytes_per_token and not memory.fits:
        room = f"; there is room for {memory.kv_tokens:,} tokens" if memory.kv_tokens else ""
        yield Cell(f"A token takes {format_bytes(memory.kv_bytes_per_token)} of KV cache{room}.")
    elif memory.kv_bytes_per_token:
        yield Cell(
            f"A token takes {format_bytes(memory.kv_bytes_per_token)} of KV cache, which holds {memory.kv_tokens:,}"
            f" tokens: {_requests(memory.max_concurrency_at_max_len)} of {layout.max_model_len:,} tokens, or"
            f" {amount(memory.resident_requests)} of those expected. More may be sent; they wait."
        )
    if memory.offloaded:
        on_gpu = "" if layout.gpu_layers is None else f": {layout.gpu_layers} layers are on the GPU"
        what = f"{format_bytes(memory.offloaded)} of weights and KV cache stay in the computer's memory"
        yield Cell(f"{what}{on_gpu}.", Role.WARN)
    yield Cell(
        f"Beside it the rule of thumb (parameters x bytes x 1.2): {format_bytes(memory.rule_of_thumb)} for the"
        " whole model, whatever the context and the number of requests. For reference only.",
        Role.DIM,
    )
