"""What the answer becomes if a figure it rests on is off by a fifth."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from seatrial.domain.plan import Sensitivity
from seatrial.sizing.choice.evaluate import Refusal
from seatrial.sizing.choice.replicas import MOST_REPLICAS
from seatrial.sizing.names import short_name
from seatrial.units import format_s

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seatrial.domain.hardware import Gpu
    from seatrial.domain.plan import Demand, Layout
    from seatrial.sizing.choice.evaluate import Draft, Refused
    from seatrial.sizing.choice.question import Question

OFF = 0.2
WATCHED = 4
"""How many of the best plans, and of the nearest misses, could become the answer."""


class Outcome(Protocol):
    """What a search found (see `search.Found`)."""

    @property
    def drafts(self) -> tuple[Draft, ...]: ...
    @property
    def refused(self) -> tuple[Refused, ...]: ...


class Search(Protocol):
    def __call__(self, question: Question, asked: Iterable[tuple[str, Gpu]], /) -> Draft | None: ...


class Swing(NamedTuple):
    """One figure that may be off: in words, and the question it makes of a question.

    `easier`: what was refused may serve then, too.
    """

    change: str
    asked: Callable[[Question], Question]
    easier: bool = False


def sensitivity(question: Question, found: Outcome, search: Search) -> tuple[Sensitivity, ...]:
    """The answer if the price is a fifth higher, the speed a fifth lower or higher, or the demand a fifth greater.

    The best plans and the nearest misses are asked again, since nothing else comes first for a fifth; if none of
    them serves, all are. Nothing without a plan to compare with.
    """
    if not found.drafts:
        return ()
    first = found.drafts[0]
    dearer = Sensitivity("the price is 20 % higher", _dearer(first, found, question.budget_usd_per_month))
    every = _pairs(draft.layout for draft in found.drafts)
    served = every[:WATCHED]
    missed = _pairs(refused.layout for refused in _nearest(found.refused)[:WATCHED])
    told = [dearer] if first.bought else []
    for swing in SWINGS:
        asked = swing.asked(question)
        after = search(asked, [*served, *missed] if swing.easier else served) or search(asked, every)
        told.append(Sensitivity(swing.change, _answer(first, after)))
    return tuple(told)


def _dearer(first: Draft, found: Outcome, budget: float | None) -> str:
    """If every price rises alike, the order stays; only a budget can rule plans out."""
    raised = [_raised(draft) for draft in found.drafts]
    within = [each for each in raised if not (each.bought and budget and each.bought.usd_per_month > budget)]
    return _answer(first, next(iter(within), None))


def _raised(draft: Draft) -> Draft:
    bought = draft.bought
    return (
        draft
        if not bought
        else replace(draft, bought=replace(bought, usd_per_hour=bought.usd_per_hour * (1 + OFF)))
    )


def _pairs(layouts: Iterable[Layout]) -> list[tuple[str, Gpu]]:
    return [(layout.engine, layout.gpu) for layout in layouts]


def _nearest(refused: Iterable[Refused]) -> list[Refused]:
    """Those that were refused for their speed or price, the nearest misses first."""
    near = [each for each in refused if each.kind >= Refusal.SPEED]
    return sorted(near, key=lambda each: (-each.kind, each.excess))


def _answer(before: Draft, after: Draft | None) -> str:
    if after is None:
        limit = f" with at most {MOST_REPLICAS} replicas" if before.replicas > MOST_REPLICAS // 2 else ""
        return f"nothing serves the demand any more{limit}"
    return f"{_named(before, after)}{''.join(_figures(after))}"


def _named(before: Draft, after: Draft) -> str:
    now, then = short_name(after.layout), short_name(before.layout)
    if now != then:
        return short_name(after.layout, after.replicas)
    if after.replicas != before.replicas:
        return f"{after.replicas} replicas of the same" if after.replicas > 1 else "one replica of the same"
    slots = after.layout.max_num_seqs
    return "the same plan" if slots == before.layout.max_num_seqs else f"the same with {slots} slots"


def _figures(after: Draft) -> Iterator[str]:
    if after.speed is not None:
        yield f", TPOT {format_s(after.speed.tpot_s.value)}"
    if after.bought is not None:
        yield f", USD {after.bought.usd_per_month:,.0f} a month"
    if after.speed is None:
        yield "; it does not carry the demand"
    elif after.missed:
        yield "; it misses the SLO"


def _greater(demand: Demand, factor: float) -> Demand:
    rate, users = demand.rate_per_s, demand.concurrency
    return replace(
        demand,
        rate_per_s=None if rate is None else rate * factor,
        concurrency=None if users is None else max(users + 1, round(users * factor)),
    )


SWINGS = (
    Swing("the speed is 20 % lower", lambda asked: replace(asked, speed_factor=1 - OFF)),
    Swing("the speed is 20 % higher", lambda asked: replace(asked, speed_factor=1 + OFF), easier=True),
    Swing("the demand is 20 % greater", lambda asked: replace(asked, demand=_greater(asked.demand, 1 + OFF))),
)
