"""A draft as a whole plan, with flags, start-up, cost and notes; a refusal as a rejection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seatrial.catalog.flags import flags_of
from seatrial.domain.plan import Change, Plan, Rejection
from seatrial.sizing.choice import reasons
from seatrial.sizing.choice.change import smallest_change
from seatrial.sizing.choice.evaluate import Refusal, Refused, evaluate
from seatrial.sizing.choice.fitness import unfit
from seatrial.sizing.choice.layouts import GPU_COUNTS
from seatrial.sizing.choice.question import QUANT
from seatrial.sizing.choice.replicas import waiting_users
from seatrial.sizing.choice.weights_tried import is_published, weights_for
from seatrial.sizing.cost import cost_of, largest_machine
from seatrial.sizing.startup import start_up_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.hardware import Gpu
    from seatrial.domain.model import Weights
    from seatrial.domain.plan import Layout
    from seatrial.sizing.choice.evaluate import Draft
    from seatrial.sizing.choice.question import Question


def finished(question: Question, draft: Draft) -> Plan:
    """The plan that `draft` is, complete."""
    layout = draft.layout
    made = None if draft.speed is None else draft.speed.output_tokens_per_s
    cost = None if draft.bought is None else cost_of(draft.bought, made)
    return Plan(
        layout=layout,
        replicas=draft.replicas,
        flags=flags_of(layout, _told(question, layout)),
        memory=draft.memory,
        speed=draft.speed,
        start_up=start_up_of(question.model, layout),
        cost=cost,
        notes=tuple(_notes(question, draft)),
        failing=draft.failing,
    )


def rejection(question: Question, refused: Refused) -> Rejection:
    """The rejection that `refused` is; of one that is too large with the smallest change that lets it run."""
    change, reason = refused.change, refused.reason
    if change is None and refused.kind is Refusal.MEMORY and question.explained:
        change, but = _helpful(question, refused.layout)
        reason = f"{reason}{but}"
    bought = refused.bought
    return Rejection(
        refused.layout,
        reason,
        change,
        refused.memory,
        refused.speed,
        bought.offer if bought else None,
        bought.usd_per_month if bought else None,
    )


def _helpful(question: Question, layout: Layout) -> tuple[Change | None, str]:
    """The smallest change that lets a layout run; in a search one that only lets it start is told as that."""
    files = _alternatives(question, layout)
    larger = tuple(_on_offer(question, layout))
    change = _spread(layout, smallest_change(question.model, layout, question.demand, larger, files))
    if change is None or question.exact:
        return change, ""
    after = evaluate(question, _changed(layout, change, larger, files))
    if not isinstance(after, Refused):
        return change, ""
    start = f"with {change.flag} {change.after} it would start"
    return None, f"; {start}, but {after.reason}"


def _changed(layout: Layout, change: Change, gpus: Sequence[Gpu], files: Sequence[Weights]) -> Layout:
    """`layout` with `change` made."""
    if change.flag == "gpu":
        return replace(layout, gpu=next(gpu for gpu in gpus if gpu.name == change.after))
    if change.flag == "quant":
        known = (file for file in files if (file.quant, file.format) == (change.after, layout.weights.format))
        return replace(layout, weights=max(known, key=lambda file: (file.bytes < layout.weights.bytes, file.bytes)))
    changes: dict[str, Any] = {change.flag: change.after}
    return replace(layout, **changes)


def _is_at_hand(question: Question, layout: Layout) -> bool:
    """Whether the weights are the user's own, or those of the model's repository."""
    return question.only_files or layout.engine != "vllm" or is_published(question.model, layout.weights.quant)


def _told(question: Question, layout: Layout) -> str:
    """What the engine is told to load; a place to fill in where those weights are somewhere else."""
    called = dict(question.called).get(layout.engine)
    if layout.engine == "llama.cpp" and called is None:
        return f"<{question.model.name} {layout.weights.quant} file>.gguf"
    name = (called or question.model.name).replace(QUANT, layout.weights.quant)
    return name if _is_at_hand(question, layout) else f"<{layout.weights.quant} weights of {name}>"


def _on_offer(question: Question, layout: Layout) -> Iterator[Gpu]:
    """The GPUs that may be proposed instead: those of machines on offer that hold as many as the layout has."""
    market, priced = question.market, dict(question.market.prices)
    for gpu in question.larger:
        held = largest_machine(market.selling(gpu.name))
        if held >= layout.gpu_count or gpu.name in priced or not market.offers:
            yield gpu


def _spread(layout: Layout, change: Change | None) -> Change | None:
    """llama.cpp and Ollama spread layers over GPUs, which is pipeline parallelism; no machine has more than 8."""
    if change is None or change.flag != "tensor_parallel" or layout.engine == "vllm":
        return change
    stages = layout.pipeline_parallel * int(change.after)
    return Change("pipeline_parallel", layout.pipeline_parallel, stages) if stages <= max(GPU_COUNTS) else None


def _alternatives(question: Question, layout: Layout) -> list[Weights]:
    """Other weights that could be served instead: those that are known, and the usual quantisations' estimates."""
    others = list(question.files)
    if not question.only_files:
        usual = replace(question, exact=False, pins=replace(question.pins, quants=()))
        others += weights_for(usual, layout.engine, layout.gpu)
    return [each for each in others if unfit(question.model, replace(layout, weights=each)) is None]


def _notes(question: Question, draft: Draft) -> Iterator[str]:
    layout, speed = draft.layout, draft.speed
    yield from draft.notes
    if speed is not None:
        yield from reasons.unsure_notes(speed, question.demand)
        yield from reasons.waiting_notes(waiting_users(speed, question.demand, draft.surviving), question.demand)
    yield from reasons.weights_notes(question.model, layout)
    if not _is_at_hand(question, layout):
        yield from reasons.quant_notes(question.model, layout)
    if draft.bought is None:
        yield reasons.not_sold(question.market, layout.gpu, layout.gpu_count)
    else:
        yield from reasons.machine_notes(layout, draft.bought, draft.sites, question.spare)
