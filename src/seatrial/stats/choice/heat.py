"""Candidates of one tier held against each other by what was to be optimised."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from seatrial.stats.choice.arena import arena_of, completed_less
from seatrial.stats.choice.criteria import Criterion, cost, quality, speed
from seatrial.stats.choice.leads import is_ahead
from seatrial.stats.choice.ranking import Ranking, rank, weighed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatrial.domain.summary import CandidateSummary
    from seatrial.domain.values import Estimate
    from seatrial.stats.choice.arena import Arena
    from seatrial.stats.choice.slo_tiers import Tier


class Heat(NamedTuple):
    """`criteria`: those that were asked for. `ranking` covers all members."""

    tier: Tier
    members: tuple[CandidateSummary, ...]
    arena: Arena
    weights: Mapping[str, float]
    criteria: tuple[Criterion, ...]
    ranking: Ranking

    @property
    def ranked(self) -> list[str]:
        return [name for group in self.ranking.groups for name in group]

    @property
    def best(self) -> str:
        return self.ranking.groups[0][0]

    def lead(self, one: str, other: str) -> Estimate:
        return weighed(self.criteria, self.weights, one, other)

    def is_ahead(self, one: str, other: str) -> bool:
        return is_ahead(self.lead(one, other))

    def did_nothing(self, name: str) -> bool:
        """Whether it completed no request where the others did: then no number says how far it is behind."""
        return any(c.levels.get(name) == -math.inf for c in self.criteria)

    def lost_more(self, one: str, other: str) -> bool:
        """Whether `one` completed a smaller share of the requests than `other`, beyond chance."""
        return completed_less(self.member(one), self.member(other), self.arena.usable)

    def member(self, name: str) -> CandidateSummary:
        return next(c for c in self.members if c.name == name)


def heat_of(tier: Tier, members: Sequence[CandidateSummary], weights: Mapping[str, float]) -> Heat:
    arena = arena_of(members)
    made = {
        "speed": lambda: speed(arena),
        "cost": lambda: cost(members),
        "quality": lambda: quality(members),
    }
    criteria = tuple(made[name]() for name in weights)
    heat = Heat(tier, tuple(members), arena, weights, criteria, Ranking((), {}))
    names = [c.name for c in members]
    if len(names) == 1:
        return heat._replace(ranking=Ranking((tuple(names),), {}))
    ranking = rank(names, criteria, weights, lambda one, other: not heat.lost_more(one, other))
    ranking = ranking._replace(unranked={n: _why(n, lack, heat) for n, lack in ranking.unranked.items()})
    return heat._replace(ranking=ranking)


def _why(name: str, lack: str, heat: Heat) -> str:
    """What keeps a candidate out of the order, more exactly where speed does."""
    if all(name in c.levels for c in heat.criteria if c.name == "speed"):
        return lack
    if not heat.arena.shared:
        return "it shares no warm workload under load with the others"
    if name not in {c.name for c in heat.arena.believed}:
        return "its measurement is invalid, see trust"
    return "where all ran, no measurement can be used"
