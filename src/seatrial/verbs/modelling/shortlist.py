"""`models shortlist`: from needs to the models worth trying, each with the layout that would serve it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seatrial.catalog.models import catalog_models
from seatrial.domain.plan import Plan
from seatrial.errors import UsageError
from seatrial.sizing.choice.search import propose_all
from seatrial.verbs.modelling.filters import checked, fits
from seatrial.verbs.planning.plan import question_about

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.domain.model import CatalogModel
    from seatrial.domain.plan import Demand, Rejection
    from seatrial.verbs.modelling.filters import Wanted
    from seatrial.verbs.planning.wishes import Wishes

USERS, INPUT_TOKENS, OUTPUT_TOKENS = 1, 512, 128
"""The traffic that is assumed where nothing is said of it: the lightest that is one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A model that would do, and the plan to serve it."""

    found: CatalogModel
    plan: Plan


@dataclass(frozen=True, slots=True)
class Shortlist:
    """`listed`: the best first, as many as asked for; `more`: how many others would do; `refused`: why not."""

    demand: Demand
    listed: tuple[Listed, ...]
    more: int
    refused: tuple[tuple[CatalogModel, Rejection], ...]


def shortlist(wanted: Wanted, wishes: Wishes, *, top: int = 5) -> Shortlist:
    """The models of the catalogue that meet `wanted` and can be served as `wishes` say: one replica, one machine.

    First the largest of each family, families by the parameters of that model, then the others: which of them
    answers best is for a trial to find out. Raises UsageError for an unknown word, and where nothing is met at all.
    """
    asked = _with_traffic(wishes)
    models = [found for found in catalog_models() if fits(found, checked(wanted))]
    if not models:
        raise UsageError(
            "no model of the catalogue meets these needs", "leave one out; `seatrial models list` has all"
        )
    models = [found for found in models if _holds(found, asked)] or models
    questions = [question_about(each.model, each.files, asked, explained=False) for each in models]
    single = [replace(each, pins=replace(each.pins, replicas=1), exact=False) for each in questions]
    answers = list(zip(models, propose_all(single), strict=True))
    served = _ordered(Listed(model, answer) for model, answer in answers if isinstance(answer, Plan))
    refused = tuple((model, answer) for model, answer in answers if not isinstance(answer, Plan))
    return Shortlist(questions[0].demand, tuple(served[:top]), max(0, len(served) - top), refused)


def _with_traffic(wishes: Wishes) -> Wishes:
    users = USERS if wishes.rate_per_s is None and wishes.concurrency is None else wishes.concurrency
    return replace(
        wishes,
        concurrency=users,
        input_tokens=wishes.input_tokens or INPUT_TOKENS,
        output_tokens=wishes.output_tokens or OUTPUT_TOKENS,
    )


def _holds(found: CatalogModel, wishes: Wishes) -> bool:
    return found.model.context_tokens >= (wishes.input_tokens or 0) + (wishes.output_tokens or 0)


def _ordered(listed: Iterable[Listed]) -> list[Listed]:
    """The largest of every family first, then the others; each by parameters, the largest first."""
    ranked = sorted(listed, key=lambda each: (-each.found.model.parameters, each.found.model.name))
    first = {each.found.model.family: each for each in reversed(ranked)}
    return sorted(ranked, key=lambda each: first[each.found.model.family] is not each)
