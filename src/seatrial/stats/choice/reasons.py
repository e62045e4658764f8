"""A sentence or two of reason for the place of each candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.stats.choice.contest import warm
from seatrial.stats.choice.crossing_words import crossing_told
from seatrial.stats.choice.evidence import compared, weighing
from seatrial.stats.choice.slo_tiers import Tier, least_sure, slo_probability
from seatrial.words import joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.answer import Crossing
    from seatrial.domain.summary import CandidateSummary
    from seatrial.stats.choice.heat import Heat

FAILED = "It could not be tried."


def reason_of(candidate: CandidateSummary, sharing: Sequence[str], heat: Heat, found: Sequence[Crossing]) -> str:
    """`sharing`: all at the same place. Of crossings the first one with the best is told."""
    sentences = [*_on_slo(candidate, heat), *_on_merit(candidate.name, sharing, heat)]
    rival = _rival(candidate.name, heat)
    crossing = next((c for c in found if {c.before, c.after} == {candidate.name, rival}), None)
    if crossing is not None and "speed" in heat.weights:
        sentences.append(f"{crossing_told(crossing)}.")
    return " ".join(sentences)


def missed_by(candidate: CandidateSummary) -> list[str]:
    """The objectives that a warm workload misses, once each, in their order."""
    return list(dict.fromkeys(check.key for w in warm(candidate) for check in w.slo if check.met is False))


def _on_slo(candidate: CandidateSummary, heat: Heat) -> Iterator[str]:
    odds = slo_probability(candidate)
    if heat.tier is Tier.MISSED:
        chance = "" if odds is None else f"; the chance that it truly meets it is {odds_told(odds)}"
        yield f"It misses the SLO, in {', '.join(missed_by(candidate))}{chance}."
    elif heat.tier is Tier.SURE or (heat.tier is Tier.MET and odds is None):
        yield "It meets the SLO."
    elif heat.tier is Tier.MET and odds is not None:
        chance = f"{odds_told(odds)} (least sure: {least_sure(candidate)})"
        yield f"By its estimates it meets the SLO; the chance that it truly does is {chance}."
    elif any(w.slo for w in warm(candidate)):
        yield "Whether it meets the SLO cannot be told."


def odds_told(odds: float) -> str:
    """Two decimals; 1 and 0 are not claimed."""
    return "more than 0.99" if odds > 0.99 else "less than 0.01" if odds < 0.01 else f"{odds:.2f}"


def _on_merit(name: str, sharing: Sequence[str], heat: Heat) -> Iterator[str]:
    why = heat.ranking.unranked.get(name)
    rival = _rival(name, heat)
    if why is not None:
        yield f"It is not ranked by {weighing(heat.weights)}: {why}."
    elif rival is None:
        return
    elif len(sharing) > 1:
        yield from _shared(name, [other for other in sharing if other != name], heat)
    else:
        yield f"It {compared(heat, name, rival)}."


def _shared(name: str, others: Sequence[str], heat: Heat) -> Iterator[str]:
    first = heat.best if heat.best in others else others[0]
    if any(other in heat.ranking.unranked for other in others):
        return
    lossy = [other for other in (first,) if heat.is_ahead(name, other) or heat.is_ahead(other, name)]
    if lossy:
        less, more = (name, first) if heat.lost_more(name, first) else (first, name)
        yield f"It is not placed apart from {first}, since {less} completed fewer of its requests than {more}."
    else:
        yield f"It cannot be told apart from {joined(others)}: it {compared(heat, name, first)}."


def _rival(name: str, heat: Heat) -> str | None:
    """The best of the tier; of the best itself, the next."""
    ranked = heat.ranked
    if len(ranked) < 2 or name not in ranked:
        return None
    return ranked[0] if name != ranked[0] else ranked[1]
