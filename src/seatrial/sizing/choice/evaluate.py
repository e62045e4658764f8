"""One layout against the question: does it run, how many replicas does it take, what does it cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from seatrial.sizing.choice import reasons
from seatrial.sizing.choice.fitness import too_short, unfit
from seatrial.sizing.choice.objectives import Miss, burden, misses, unsure
from seatrial.sizing.choice.replicas import MOST_REPLICAS, Served, Unserved, least_replicas
from seatrial.sizing.choice.sharing import predictor, spread
from seatrial.sizing.cost import Purchase, purchase
from seatrial.sizing.memory.layout import memory_of
from seatrial.sizing.speed.predict import Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.plan import Change, Layout, Memory, Speed
    from seatrial.sizing.choice.question import Question

    Hopeless = Callable[[Layout, Purchase | None, int], bool]
    """Whether so many replicas of a layout, bought so, cannot be the answer any more."""


class Refusal(IntEnum):
    """Why a layout is refused, the less hopeless the higher: a higher one tells more of its engine and GPU."""

    UNFIT = 0
    UNSOLD = 1
    MEMORY = 2
    SPEED = 3
    BUDGET = 4


@dataclass(frozen=True, slots=True)
class Draft:
    """A layout that serves: `sites` holds the replicas in each region, `surviving` those that `speed` counts on."""

    layout: Layout
    memory: Memory
    speed: Speed | None
    sites: tuple[int, ...]
    surviving: int
    bought: Purchase | None
    sure: bool = True
    burden: float = math.inf
    missed: tuple[Miss, ...] = ()
    notes: tuple[str, ...] = ()
    failing: str = ""

    @property
    def replicas(self) -> int:
        return sum(self.sites)


@dataclass(frozen=True, slots=True)
class Refused:
    """A layout that does not serve. `excess`: by which factor it fails, to find the nearest miss of a group."""

    layout: Layout
    kind: Refusal
    reason: str
    excess: float = math.inf
    change: Change | None = None
    memory: Memory | None = None
    speed: Speed | None = None
    bought: Purchase | None = None


def evaluate(
    question: Question, layout: Layout, hopeless: Hopeless = lambda _layout, _bought, _replicas: False
) -> Draft | Refused | None:
    """What `layout` answers to `question`; None where it is `hopeless` with as many replicas as it takes."""
    cannot = unfit(question.model, layout) or too_short(layout, question.demand)
    if cannot is not None:
        return Refused(layout, Refusal.UNFIT, cannot.reason, change=cannot.change)
    one = purchase(question.market, layout.gpu, layout.gpu_count, (1,))
    if one is None and not question.exact and (question.market.restricted or question.budget_usd_per_month):
        reason = reasons.not_sold(question.market, layout.gpu, layout.gpu_count)
        return Refused(layout, Refusal.UNSOLD, reason)
    if hopeless(layout, one, 1):
        return None
    roomy = _roomy(question, layout)
    if isinstance(roomy, Refused):
        return roomy
    layout, memory = roomy
    return _exactly(question, layout, memory) if question.exact else _searched(question, layout, memory, hopeless)


def _roomy(question: Question, layout: Layout) -> tuple[Layout, Memory] | Refused:
    """The layout with its memory, if it runs; of a GGUF engine with as many of its slots as there is room for."""
    total = layout.gpu.memory_bytes
    assert total is not None
    is_split = layout.gpu_layers is None
    if not question.exact and is_split and layout.weights.low_bytes / layout.gpu_count > total.high:
        excess = layout.weights.bytes / layout.gpu_count / total.value
        return Refused(layout, Refusal.MEMORY, reasons.weights_too_large(layout), excess)
    memory = memory_of(question.model, layout, question.demand)
    may_shrink = layout.engine != "vllm" and "max_num_seqs" not in dict(question.pins.settings)
    while not memory.fits and may_shrink and layout.max_num_seqs > 1:
        layout = replace(layout, max_num_seqs=layout.max_num_seqs // 2)
        memory = memory_of(question.model, layout, question.demand)
    if not memory.fits:
        excess = 1 + memory.shortfall / total.value
        return Refused(layout, Refusal.MEMORY, reasons.too_large(layout, memory), excess, memory=memory)
    return layout, memory


def _searched(question: Question, layout: Layout, memory: Memory, hopeless: Hopeless) -> Draft | Refused | None:
    predict = predictor(question, layout, memory)

    def allowed(replicas: int) -> bool:
        bought = purchase(question.market, layout.gpu, layout.gpu_count, (replicas,))
        return not hopeless(layout, bought, replicas)

    found: Served | Unserved | None
    if question.pins.replicas is None:
        found = least_replicas(predict, question.demand, allowed, sure=question.sure)
    else:
        found = _with_replicas(question, predict, question.pins.replicas - question.spare)
    if found is None:
        return None
    if isinstance(found, Unserved):
        ends = ((miss.predicted.high if question.sure else miss.predicted.value, miss) for miss in found.missed)
        excess = max((end / miss.objective.limit for end, miss in ends), default=math.inf)
        reason = found.reason or reasons.too_slow(found.missed)
        return Refused(layout, Refusal.SPEED, reason, excess, memory=memory, speed=found.speed)
    sites, surviving = spread(question, found.replicas)
    if question.pins.replicas is None and sum(sites) > MOST_REPLICAS:
        return _too_many(layout, memory, found, sum(sites))
    owned = dict(question.owned).get(layout.gpu.name, math.inf)
    if layout.gpu_count * sum(sites) > owned:
        needed = layout.gpu_count * sum(sites)
        reason = reasons.not_enough(layout, needed, int(owned))
        return Refused(layout, Refusal.SPEED, reason, needed / owned, memory=memory, speed=found.speed)
    speed = found.speed if surviving == found.replicas else predict(surviving)
    bought = purchase(question.market, layout.gpu, layout.gpu_count, sites)
    budget = question.budget_usd_per_month
    if bought is not None and budget is not None and bought.usd_per_month > budget:
        reason = reasons.too_dear(bought, sum(sites), budget)
        excess = bought.usd_per_month / budget
        return Refused(layout, Refusal.BUDGET, reason, excess, None, memory, speed, bought)
    return _judged(question, Draft(layout, memory, speed, sites, surviving, bought))


def _with_replicas(question: Question, predict: Callable[[int], Speed], replicas: int) -> Served | Unserved:
    try:
        speed = predict(max(1, replicas))
    except Overloaded as error:
        return Unserved((), None, reasons.overloaded(error, question.demand))
    missed = misses(speed, question.demand, sure=question.sure)
    if missed:
        return Unserved(missed, speed, reasons.missed_now(missed))
    return Served(max(1, replicas), speed)


def _too_many(layout: Layout, memory: Memory, found: Served, replicas: int) -> Refused:
    reason = reasons.too_many(replicas, MOST_REPLICAS)
    return Refused(layout, Refusal.SPEED, reason, replicas / MOST_REPLICAS, memory=memory, speed=found.speed)


def _exactly(question: Question, layout: Layout, memory: Memory) -> Draft | Refused:
    """The layout as it is, missed objectives and overload told; replicas as pinned, else the least that can do it.

    Where no number of replicas can, or nothing is asked of a number of users, it is one.
    """
    predict = predictor(question, layout, memory)
    pinned = question.pins.replicas
    if pinned is None:
        is_asked = question.demand.rate_per_s is not None or question.demand.slo.objectives
        found = least_replicas(predict, question.demand, sure=question.sure) if is_asked else None
        needed = found.replicas if isinstance(found, Served) else 1
        sites, surviving = spread(question, needed)
        if isinstance(found, Served) and sum(sites) > MOST_REPLICAS:
            return _too_many(layout, memory, found, sum(sites))
    else:
        sites, surviving = (pinned,), max(1, pinned - question.spare)
    bought = purchase(question.market, layout.gpu, layout.gpu_count, sites)
    try:
        speed = predict(surviving)
    except Overloaded as error:
        failing = f"{reasons.overloaded(error, question.demand)}; {_would_carry(question, predict)}"
        return Draft(layout, memory, None, sites, surviving, bought, sure=False, failing=failing)
    draft = _judged(question, Draft(layout, memory, speed, sites, surviving, bought))
    budget = question.budget_usd_per_month
    if bought is not None and budget is not None and bought.usd_per_month > budget:
        return replace(draft, failing=reasons.too_dear(bought, sum(sites), budget))
    if not draft.missed:
        return draft
    return replace(draft, failing=f"{reasons.missed_now(draft.missed)}; {_would_carry(question, predict)}")


def _would_carry(question: Question, predict: Callable[[int], Speed]) -> str:
    """How many replicas, spares and all, would serve what the pinned ones do not."""
    found = least_replicas(predict, question.demand, sure=question.sure)
    needed = sum(spread(question, found.replicas)[0]) if isinstance(found, Served) else None
    return reasons.would_carry(needed, MOST_REPLICAS)


def _judged(question: Question, draft: Draft) -> Draft:
    """The draft with what its speed means for the SLO."""
    assert draft.speed is not None
    missed = misses(draft.speed, question.demand, sure=question.sure)
    sure = not missed and not unsure(draft.speed, question.demand)
    return replace(draft, sure=sure, burden=burden(draft.speed, question.demand), missed=missed)
