"""The search: every engine on every GPU, the best layout of each, and why the others fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.plan import Proposal
from seatrial.sizing.choice.evaluate import Draft, Refused, evaluate
from seatrial.sizing.choice.finish import finished, rejection
from seatrial.sizing.choice.layouts import context_for, layouts_of
from seatrial.sizing.choice.objectives import unpredicted
from seatrial.sizing.choice.ranking import (
    TWINS,
    at_best,
    best_of_group,
    dearness,
    money,
    money_of,
    nearest_miss,
    ranked,
    within_group,
    without_twins,
)
from seatrial.sizing.choice.replicas import limits_waiting
from seatrial.sizing.choice.sensitivity import sensitivity
from seatrial.sizing.cost import purchase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seatrial.domain.hardware import Gpu
    from seatrial.domain.plan import Layout, Plan, Rejection
    from seatrial.sizing.choice.question import Question
    from seatrial.sizing.cost import Purchase

Pair = tuple[str, "Gpu"]


class Found(NamedTuple):
    """`drafts`: ranked. `refused`: one for each engine and GPU that has no draft."""

    drafts: tuple[Draft, ...]
    refused: tuple[Refused, ...]


def propose(question: Question) -> Proposal:
    """Ranked plans, one for each engine on each GPU that serves, and one rejection for each that does not.

    Pure: everything comes with the question. Raises UsageError for a quantisation that does not exist.
    """
    found = answers(question, pairs(question))
    plans = tuple(finished(question, draft) for draft in without_twins(question, found.drafts))
    rejected = tuple(rejection(question, refused) for refused in sorted(found.refused, key=dearness))
    swings = sensitivity(question, found, first_of) if question.explained else ()
    return Proposal(question.model, question.demand, plans, rejected, swings, tuple(_notes(question)))


def propose_all(questions: Iterable[Question]) -> Iterator[Plan | Rejection]:
    """For each question the first of `propose`'s plans, or the rejection that tells most, found much faster."""
    for question in questions:
        cheapest_first = sorted(pairs(question), key=lambda pair: _cheapest(question, pair[1]))
        found = answers(question, cheapest_first, only_best=True)
        if found.drafts:
            yield finished(question, found.drafts[0])
        else:
            yield rejection(question, nearest_miss(found.refused))


def pairs(question: Question) -> tuple[Pair, ...]:
    """Every engine on every GPU, in the order of the question."""
    return tuple((engine, gpu) for engine in question.engines for gpu in question.gpus)


def answers(question: Question, asked: Iterable[Pair], *, only_best: bool = False) -> Found:
    """The best draft of every pair of engine and GPU that has one, ranked; of the others the nearest miss.

    With `only_best`, pairs that cost more than what was found already are passed over.
    """
    drafts: list[Draft] = []
    refused: list[Refused] = []
    for engine, gpu in asked:
        rival = best_of_group(drafts) if only_best else None
        if rival is not None and _cheapest(question, gpu) > money_of(rival):
            continue
        for group in _groups(question, _twin_first(question, (engine, gpu), drafts)):
            found = _group(question, group, rival)
            if isinstance(found, Draft):
                drafts.append(found)
            elif found is not None:
                refused.append(found)
    return Found(tuple(ranked(question, drafts)), tuple(refused))


def _groups(question: Question, layouts: list[Layout]) -> list[list[Layout]]:
    """Of which the best is wanted: all of a pair, or where several quantisations were asked for those of each."""
    if len(question.pins.quants) < 2:
        return [layouts]
    quants = dict.fromkeys(layout.weights.quant for layout in layouts)
    return [[layout for layout in layouts if layout.weights.quant == quant] for quant in quants]


def first_of(question: Question, asked: Iterable[Pair]) -> Draft | None:
    """The first of the drafts of those pairs."""
    return next(iter(answers(question, asked, only_best=True).drafts), None)


def _cheapest(question: Question, gpu: Gpu) -> tuple[bool, float]:
    return money(purchase(question.market, gpu, 1, (1,)), 1)


def _twin_first(question: Question, pair: Pair, drafts: Iterable[Draft]) -> list[Layout]:
    """The layouts of a pair; first the one that is best with the twin engine, which makes most others hopeless."""
    engine, gpu = pair
    twins = [
        draft.layout
        for draft in drafts
        if draft.layout.gpu is gpu and {draft.layout.engine, engine} <= TWINS.keys()
    ]
    likely = {(layout.weights.quant, layout.gpu_count) for layout in twins}
    layouts = layouts_of(question, engine, gpu)
    return sorted(layouts, key=lambda layout: (layout.weights.quant, layout.gpu_count) not in likely)


def _group(question: Question, layouts: Iterable[Layout], rival: Draft | None) -> Draft | Refused | None:
    """The best of the layouts of one engine on one GPU; None where all cost more than `rival`."""
    drafts: list[Draft] = []
    refused: list[Refused] = []
    for layout in layouts:
        found = evaluate(question, layout, lambda at, bought, many: _hopeless((at, bought, many), drafts, rival))
        if isinstance(found, Draft):
            drafts.append(found)
        elif found is not None:
            refused.append(found)
    chosen = best_of_group(drafts)
    if chosen is not None or not refused:
        return chosen
    return nearest_miss(refused)


def _hopeless(asked: tuple[Layout, Purchase | None, int], drafts: Iterable[Draft], rival: Draft | None) -> bool:
    """Whether so many replicas of a layout, bought so, could not win even if they met the SLO for sure."""
    layout, bought, replicas = asked
    if rival is not None and money(bought, layout.gpu_count * replicas) > money_of(rival):
        return True
    return any(within_group(draft) < at_best(layout, bought, replicas) for draft in drafts)


def _notes(question: Question) -> Iterator[str]:
    yield from question.notes
    left_out = unpredicted(question.demand.slo)
    if left_out:
        yield f"a plan does not predict {', '.join(left_out)}; a run measures it"
    yield from _lengths(question)
    users = question.demand.concurrency or 0
    if users > 1 and not question.exact and not limits_waiting(question.demand):
        why = "since no limit on TTFT or E2E says how long one may wait"
        fixed = "a layout that is fixed (--engine and one --gpu) may let some of them wait, and says how many"
        yield f"slots and replicas are planned so that none of {users:,} users waits for a slot, {why}; {fixed}"
    if question.spare or question.sites > 1:
        yield _headroom(question)


def _lengths(question: Question) -> Iterator[str]:
    """What the context that the plan sets shuts out, where the user did not set it."""
    tokens = context_for(question.model, question.demand)
    if "max_model_len" in dict(question.pins.settings) or tokens >= question.model.context_tokens:
        return
    only_ollama, some_ollama = question.engines == ("ollama",), "ollama" in question.engines
    done = "cut" if only_ollama else f"refused{' (Ollama cuts them)' if some_ollama else ''}"
    what = f"requests of more than {tokens:,} tokens, prompt and answer together, are {done}"
    yield f"{what}: that is the context of the command; --set max_model_len=N, or --cv, makes room for longer ones"


def _headroom(question: Question) -> str:
    """What the speeds of the plans are those of."""
    lost = []
    if question.spare:
        which = "replica" if question.spare == 1 else f"{question.spare} replicas"
        lost.append(f"its spare {which}" + (" in each region" if question.sites > 1 else ""))
    if question.sites > 1:
        lost.append(f"one of {question.sites} regions")
    return f"speeds are those of a plan that has lost {' and '.join(lost)}, and still meets the SLO"
