"""A shortlist as text, as JSON, and as the spec of a bake-off between its models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from seatrial.domain.traffic import Arrivals, Lengths, Workload
from seatrial.domain.trial import Candidate, Spec
from seatrial.report.ansi import BOLD, paint
from seatrial.report.models import words
from seatrial.report.models.columns import Column, column_lines, note_lines
from seatrial.report.plan import words as plan_words
from seatrial.report.plan.document import plan_document
from seatrial.report.plan.tables import LIKELY, slo_cell
from seatrial.report.spec_toml import spec_toml
from seatrial.report.view import Cell
from seatrial.sizing.names import short_name
from seatrial.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.model import CatalogModel
    from seatrial.domain.plan import Demand, Plan, Rejection

SCHEMA = 1
PORTS = {"vllm": 8000, "ollama": 11434, "llama.cpp": 8080}
DURATION_S = 60.0
MOST_REFUSED = 6


class Choice(NamedTuple):
    """A model and the plan to serve it."""

    found: CatalogModel
    plan: Plan


def shortlist_text(
    choices: Sequence[Choice],
    refused: Sequence[tuple[CatalogModel, Rejection]],
    demand: Demand,
    width: int,
    *,
    styled: bool,
    more: int = 0,
) -> str:
    """The choices in columns, then who was refused and why; ends in a newline."""
    asked = f"For {plan_words.demanded(demand)}."
    lines = list(note_lines(asked, width, styled=styled))
    if choices:
        lines += ["", *column_lines(_columns(choices, demand), width, styled=styled), ""]
        if more:
            lines += note_lines(f"and {more} more would do; --top shows them", width, styled=styled)
        if any(_is_likely(each, demand) for each in choices):
            likely = "likely: met at the middle of the prediction, not at the far end of its interval"
            lines += note_lines(likely, width, styled=styled)
        how = "The largest of each family come first: which of them answers best is for a trial to find out."
        lines += note_lines(how, width, styled=styled)
    if refused:
        lines += ["", paint("REFUSED", BOLD, styled=styled), *_refusals(refused, width, styled=styled)]
    return "\n".join(lines) + "\n"


def _is_likely(choice: Choice, demand: Demand) -> bool:
    return slo_cell(choice.plan, demand) == LIKELY


def _columns(choices: Sequence[Choice], demand: Demand) -> list[Column]:
    models, plans = [each.found for each in choices], [each.plan for each in choices]
    months = ["" if plan.cost is None else plan_words.usd(plan.cost.usd_per_month) for plan in plans]
    columns = [
        Column("NAME", [Cell(one.model.name) for one in models]),
        Column("PARAMS", [Cell(words.parameters(one.model.parameters)) for one in models], right=True),
        Column("SERVED BY", [Cell(short_name(plan.layout, plan.replicas)) for plan in plans]),
        Column("TPOT", [Cell(plan_words.of_time(plan.speed.tpot_s if plan.speed else None)) for plan in plans]),
        Column(
            "TTFT P95", [Cell(plan_words.of_time(plan.speed.ttft_p95_s if plan.speed else None)) for plan in plans]
        ),
        Column("SLO", [slo_cell(plan, demand) if demand.slo.objectives else Cell("") for plan in plans]),
        Column("A MONTH", [Cell(text) for text in months], right=True, rank=1),
        Column("COMMERCIAL", [words.COMMERCIAL[one.card.commercial_use] for one in models], rank=2),
        Column("LICENCE", [Cell(one.card.licence) for one in models], rank=3),
    ]
    return [column for column in columns if any(cell.text for cell in column.cells)]


def _refusals(refused: Sequence[tuple[CatalogModel, Rejection]], width: int, *, styled: bool) -> Iterator[str]:
    for found, each in refused[:MOST_REFUSED]:
        told = f"{found.model.name}: {short_name(each.layout)}: {each.reason}"
        yield from note_lines(told, width, styled=styled)
    if left := [found.model.name for found, _ in refused[MOST_REFUSED:]]:
        yield from note_lines(f"Refused, too: {listed(left, 12)}.", width, styled=styled)


def shortlist_document(
    choices: Sequence[Choice], refused: Sequence[tuple[CatalogModel, Rejection]], demand: Demand
) -> dict[str, Any]:
    """Schema 1: `shortlist` holds models with their `plan`, `rejected` models with the reason."""
    return {
        "schema": SCHEMA,
        "shortlist": [
            {
                "model": each.found.model.name,
                "parameters": each.found.model.parameters,
                "repository": each.found.card.repository,
                "ollama_tag": each.found.card.tag,
                "licence": each.found.card.licence,
                "commercial_use": each.found.card.commercial_use,
                "plan": plan_document(each.plan, demand),
            }
            for each in choices
        ],
        "rejected": [
            {
                "model": found.model.name,
                "engine": each.layout.engine,
                "gpu": each.layout.gpu.name,
                "reason": each.reason,
            }
            for found, each in refused
        ],
    }


def shortlist_toml(choices: Sequence[Choice], demand: Demand) -> str:
    """The spec of a bake-off between the choices, which `seatrial run` accepts; ends in a newline."""
    head = (
        "# What seatrial models shortlist found; `seatrial run` on this file compares them.\n"
        "# Start each as `seatrial plan` says, and change each endpoint to where it runs.\n\n"
    )
    candidates = tuple(_candidate(each, position) for position, each in enumerate(choices))
    return head + spec_toml(Spec(candidates, (_workload(demand),), demand.slo))


def _candidate(choice: Choice, position: int) -> Candidate:
    """Ollama serves all from one address; of the others each has its own."""
    layout, card = choice.plan.layout, choice.found.card
    port = PORTS[layout.engine] + (0 if layout.engine == "ollama" else position)
    called = layout.weights.tag or card.tag if layout.engine == "ollama" else card.repository
    cost = choice.plan.cost
    return Candidate(
        f"{choice.found.model.name} {layout.weights.quant}",
        None if layout.engine == "llama.cpp" else called or choice.found.model.name,
        layout.engine,
        f"http://127.0.0.1:{port}",
        usd_per_hour=cost.usd_per_hour if cost else None,
    )


def _workload(demand: Demand) -> Workload:
    is_open = demand.rate_per_s is not None
    return Workload(
        "planned",
        Arrivals.POISSON if is_open else Arrivals.CLOSED,
        duration_s=DURATION_S,
        concurrency=None if is_open else demand.concurrency,
        rate_per_s=demand.rate_per_s,
        input_tokens=Lengths(demand.input_tokens, demand.cv),
        output_tokens=Lengths(demand.output_tokens, demand.cv),
    )
