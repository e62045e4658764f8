"""The answer of a run: a place, scores and a sentence of reason for each candidate, read off the rankings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.answer import Answer, Standing
from seatrial.stats.choice.arena import arena_of
from seatrial.stats.choice.cost import price
from seatrial.stats.choice.criteria import Criterion, cost, one_user, quality, speed
from seatrial.stats.choice.crossing import crossings, curves
from seatrial.stats.choice.crossing_words import NOWHERE, crossing_told, none_in, none_told
from seatrial.stats.choice.load_curves import load_spots
from seatrial.stats.choice.pareto import front
from seatrial.stats.choice.reasons import FAILED, reason_of
from seatrial.stats.choice.slo_tiers import Tier, slo_probability, slo_verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from seatrial.domain.answer import Crossing
    from seatrial.domain.summary import CandidateSummary
    from seatrial.stats.choice.heat import Heat
    from seatrial.stats.choice.load_curves import Spot


class _Place(NamedTuple):
    """`sharing`: all that have this place, the candidate itself among them."""

    place: int
    sharing: tuple[str, ...]
    heat: Heat | None


def answer_of(
    candidates: Sequence[CandidateSummary], heats: Sequence[Heat], weights: Mapping[str, float]
) -> Answer:
    """The whole answer; `heats` are the tiers of those that could be tried, the best first."""
    tried = [c for c in candidates if c.failed is None]
    spots = load_spots(tried)
    places = dict(_places(candidates, heats))
    named = {c.name: c for c in candidates}
    order = [named[name] for name in places]  # the best first, those that tie too
    found, notes = _crossings(spots, [c.name for c in order if c.failed is None])
    scores = _Scores.of(tried, heats)
    standings = tuple(_standing(c, places[c.name], scores, found) for c in order)
    return Answer(dict(weights), standings, tuple(found), tuple(notes), tuple(spot.point for spot in spots))


def _places(candidates: Sequence[CandidateSummary], heats: Sequence[Heat]) -> Iterator[tuple[str, _Place]]:
    """The best first; of those that share a place, the one with the best estimate."""
    place = 1
    for heat in heats:
        groups = [group for group in heat.ranking.groups if group]
        if heat.ranking.unranked:
            groups.append(tuple(sorted(heat.ranking.unranked)))
        if len(heat.ranked) < 2:  # with nobody to be held against, nobody stands above the rest
            groups = [tuple(name for group in groups for name in group)]
        for group in groups:
            yield from ((name, _Place(place, group, heat)) for name in group)
            place += len(group)
    failed = tuple(sorted(c.name for c in candidates if c.failed is not None))
    yield from ((name, _Place(place, failed, None)) for name in failed)


class _Scores(NamedTuple):
    """What is shown of all that were tried, whatever was to be optimised."""

    criteria: tuple[Criterion, ...]
    all_tokens: Criterion
    cost_at: dict[str, str]
    front: set[str]

    @classmethod
    def of(cls, tried: Sequence[CandidateSummary], heats: Sequence[Heat]) -> _Scores:
        arena = arena_of(tried)
        criteria = (speed(arena), cost(tried), quality(tried), one_user(tried))
        costs = price(tried).costs
        missed = {c.name for heat in heats if heat.tier is Tier.MISSED for c in heat.members}
        standing = [c.name for c in arena.believed if c.name not in missed]
        return cls(
            criteria,
            Criterion("cost_all_tokens", {name: cost.all_tokens for name, cost in costs.items()}),
            {name: cost.at for name, cost in costs.items()},
            front(standing, criteria),
        )


def _standing(candidate: CandidateSummary, place: _Place, scores: _Scores, found: Sequence[Crossing]) -> Standing:
    name = candidate.name
    if place.heat is None:
        others = tuple(other for other in place.sharing if other != name)
        return Standing(name, place.place, others, reason=FAILED)
    return Standing(
        candidate=name,
        place=place.place,
        tied=tuple(other for other in place.sharing if other != name),
        slo_met=slo_verdict(candidate),
        slo_probability=slo_probability(candidate),
        scores={c.name: c.scores.get(name) for c in (*scores.criteria, scores.all_tokens)},
        cost_at=scores.cost_at.get(name),
        on_front=name in scores.front,
        reason=reason_of(candidate, place.sharing, place.heat, found),
    )


def _crossings(spots: Sequence[Spot], names: Sequence[str]) -> tuple[list[Crossing], list[str]]:
    """Every crossing of every two, also in words; where there is none, curve by curve for the first candidate, and
    in one sentence for two others.
    """
    found: list[Crossing] = []
    told: list[str] = []
    any_curve = False
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            unmet = []
            for curve in curves(spots, one, other):
                any_curve = True
                here = list(crossings(curve))
                found += here
                told += [crossing_told(crossing) for crossing in here]
                if not here:
                    unmet.append(curve)
            told += map(none_told, unmet) if i == 0 else none_in(unmet)
    if len(names) > 1 and not any_curve:
        told.append(NOWHERE)
    return found, told
