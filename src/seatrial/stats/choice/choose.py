"""Which candidate to take: the SLO first, then what was to be optimised, else "cannot tell".

This is the one place where it is decided. Candidates fall into tiers by the SLO; within a tier they are ranked
(`heat`), and the sentence said here, the places of the answer and its reasons are all read off that ranking.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.trial import Verdict
from seatrial.stats.choice.arena import completed
from seatrial.stats.choice.contest import is_invalid, warm, workload_of
from seatrial.stats.choice.crossing import crossings_of
from seatrial.stats.choice.crossing_words import crossing_told
from seatrial.stats.choice.evidence import clause
from seatrial.stats.choice.heat import heat_of
from seatrial.stats.choice.load_curves import load_spots
from seatrial.stats.choice.one_user import for_one_user
from seatrial.stats.choice.reasons import missed_by, odds_told
from seatrial.stats.choice.slo_tiers import Tier, slo_probability, tier_of
from seatrial.stats.choice.standings import answer_of
from seatrial.stats.choice.under_load import trade_off
from seatrial.stats.trust import combine
from seatrial.words import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.answer import Answer
    from seatrial.domain.summary import CandidateSummary, Comparison
    from seatrial.stats.choice.heat import Heat

SPEED = (("speed", 1.0),)


class Choice(NamedTuple):
    """The name of the candidate to take, None when there is no honest choice, and the sentences of reason."""

    name: str | None
    reason: str
    comparisons: tuple[Comparison, ...] = ()


class Recommendation(NamedTuple):
    """The candidates with the recommended one marked, the reason, and the comparisons it rests on."""

    candidates: tuple[CandidateSummary, ...]
    reason: str
    comparisons: tuple[Comparison, ...]


def recommend(
    candidates: Sequence[CandidateSummary], optimize: Sequence[tuple[str, float]] = SPEED
) -> Recommendation:
    """The candidate to take, if one can be told; a single candidate is not marked and has no reason."""
    if len(candidates) < 2:
        return Recommendation(tuple(candidates), "", ())
    choice = _choose(_heats(candidates, optimize))
    failed = [f"{c.name} could not be tried." for c in candidates if c.failed is not None]
    marked = tuple(replace(c, recommended=c.name == choice.name) for c in candidates)
    return Recommendation(marked, " ".join([choice.reason, *failed]), choice.comparisons)


def answer(candidates: Sequence[CandidateSummary], optimize: Sequence[tuple[str, float]] = SPEED) -> Answer:
    """Who stands where and why; from the same rankings as `recommend`."""
    return answer_of(candidates, _heats(candidates, optimize), dict(optimize))


def _heats(candidates: Sequence[CandidateSummary], optimize: Sequence[tuple[str, float]]) -> list[Heat]:
    """The tiers of those that could be tried, the best first, each ranked."""
    tiers: dict[Tier, list[CandidateSummary]] = {}
    for candidate in candidates:
        if candidate.failed is None:
            tiers.setdefault(tier_of(candidate), []).append(candidate)
    return [heat_of(tier, members, dict(optimize)) for tier, members in sorted(tiers.items())]


def _choose(heats: Sequence[Heat]) -> Choice:
    if not heats:
        return Choice(None, "No recommendation: no candidate could be tried.")
    first, tried = heats[0], [c for heat in heats for c in heat.members]
    if first.tier is Tier.MISSED:
        return Choice(None, f"No recommendation: no candidate meets the SLO ({_misses(tried)}).")
    preface = _preface(heats)
    if len(first.members) == 1:
        (only,) = first.members
        return _alone(only, f"{preface}{only.name} {_why_alone(heats)}.")
    return _contended(first, preface)


def _preface(heats: Sequence[Heat]) -> str:
    """What is to be said of the SLO before the best tier's winner is."""
    first = heats[0]
    if first.tier is Tier.UNTOLD:
        has_slo = any(w.slo for heat in heats for c in heat.members for w in warm(c))
        return "No candidate is shown to meet the SLO. " if has_slo else ""
    told = ""
    for heat in heats[1:]:
        names = joined(c.name for c in heat.members)
        if heat.tier is Tier.MET:
            told += f"That {names} meets the SLO may be chance. "
        elif heat.tier is Tier.UNTOLD:
            told += f"Whether {names} meets the SLO cannot be told. "
    return told


def _why_alone(heats: Sequence[Heat]) -> str:
    tiers = {heat.tier for heat in heats}
    if heats[0].tier is Tier.UNTOLD:
        return (
            "is the only candidate that could be tried"
            if len(tiers) == 1
            else "is the only one not shown to miss it"
        )
    rarely = heats[0].tier is Tier.SURE and Tier.MET in tiers
    return (
        "is the only candidate that surely meets the SLO"
        if rarely
        else "is the only candidate shown to meet the SLO"
    )


def _misses(candidates: Sequence[CandidateSummary]) -> str:
    """`name misses ttft_p95` for each; the objectives once each, in their order."""
    return "; ".join(f"{c.name} misses {', '.join(missed_by(c))}" for c in candidates)


def _alone(candidate: CandidateSummary, reason: str) -> Choice:
    if any(w.trust.verdict is Verdict.INVALID for w in warm(candidate)):
        return _invalid([candidate.name], "")
    names = [w.name for w in warm(candidate)]
    return Choice(candidate.name, " ".join([reason, *_caveats([candidate], candidate, names)]))


def _invalid(names: Sequence[str], preface: str) -> Choice:
    return Choice(None, f"{preface}No recommendation: the measurement of {joined(names)} is invalid, see trust.")


def _contended(heat: Heat, preface: str) -> Choice:
    """The best of several, under the loads where the measurements of all that are believed can be used."""
    if "speed" in heat.weights and (trouble := _speed_unknown(heat, preface)):
        return trouble
    if len(heat.ranked) < 2:
        lacking = "; ".join(f"{name}: {why}" for name, why in heat.ranking.unranked.items())
        return Choice(None, f"{preface}No recommendation: {lacking}.")
    choice = _decide(heat, preface)
    return choice._replace(reason=" ".join([choice.reason, *_left_out(heat)]))


def _speed_unknown(heat: Heat, preface: str) -> Choice | None:
    arena = heat.arena
    if not arena.shared:
        one_user = for_one_user(*heat.members) if len(heat.members) == 2 else ""
        reason = f"{preface}No recommendation: the candidates share no warm workload under load."
        return Choice(None, f"{reason} {one_user}".rstrip())
    if len(arena.believed) < 2 or not arena.usable:
        invalid = [c.name for c in heat.members if any(is_invalid(c, name) for name in arena.shared)]
        return _invalid(invalid, preface)
    if not heat.ranked and not any(c.levels for c in heat.criteria if c.name == "speed"):
        where = ", ".join(f'"{name}"' for name in arena.usable)
        return Choice(None, f"{preface}No recommendation: no candidate completed requests in {where}.")
    return None


def _left_out(heat: Heat) -> list[str]:
    arena = heat.arena
    told = []
    for name, why in heat.ranking.unranked.items():
        if "speed" in heat.weights and name not in {c.name for c in arena.believed}:
            told.append(f"The measurement of {name} is invalid, see trust.")
        else:
            told.append(f"{name} is not ranked: {why}.")
    if "speed" in heat.weights and len(arena.usable) < len(arena.shared):
        names = ", ".join(f'"{name}"' for name in arena.shared if name not in arena.usable)
        told.append(f"Left out, as a measurement is invalid: {names}.")
    return told


def _decide(heat: Heat, preface: str) -> Choice:
    best, rivals = heat.member(heat.best), [n for n in heat.ranked if n != heat.best]
    evidence = f"{clause(heat, best.name, best.name, rivals)}."
    share = heat.ranking.groups[0][1:]
    tied = [name for name in share if not heat.is_ahead(best.name, name)]
    if tied:
        taken, reason = None, f"Cannot tell {joined([best.name, *tied])} apart: {evidence}"
    elif share:
        taken, reason = None, f"No recommendation: {evidence} But {_lost(heat, best.name, share[0])}."
    else:
        taken, reason = best.name, f"Take {best.name}: {_met(heat)}{clause(heat, 'it', best.name, rivals)}."
    speed = [c.contest for c in heat.criteria if c.contest is not None]
    one_user = [for_one_user(best, heat.member(rivals[0]))] if speed and len(rivals) == 1 else []
    caveats = _caveats([heat.member(n) for n in heat.ranked], best if taken else None, heat.arena.usable)
    comparisons = speed[0].comparisons if speed and speed[0].best == best.name else ()
    crossing = _crossing(best, [heat.member(n) for n in rivals]) if speed else []
    told = [preface + reason, *one_user, _trade_off(heat, best, rivals), *crossing, *caveats]
    return Choice(taken, " ".join(filter(None, told)), comparisons)


def _trade_off(heat: Heat, best: CandidateSummary, rivals: Sequence[str]) -> str:
    """Of the first rival with whom there is one, whatever was to be optimised."""
    return next(filter(None, (trade_off(best, heat.member(n), heat.arena.usable) for n in rivals)), "")


def _crossing(best: CandidateSummary, rivals: Sequence[CandidateSummary]) -> list[str]:
    """Where the best and a rival change places as the load grows, of the first rival with whom it does."""
    found = (c for r in rivals for c in crossings_of(load_spots([best, r]), best.name, r.name))
    return [f"{crossing_told(crossing)}." for crossing in islice(found, 1)]


def _met(heat: Heat) -> str:
    """How sure it is that the best meets the SLO, said where it is not."""
    if heat.tier is Tier.UNTOLD:
        return ""
    odds = slo_probability(heat.member(heat.best))
    if heat.tier is Tier.SURE or odds is None:
        return "it meets the SLO, and "
    return f"it meets the SLO (with a probability of {odds_told(odds)}), and "


def _lost(heat: Heat, best: str, rival: str) -> str:
    done, planned = completed(heat.member(best), heat.arena.usable)
    theirs, asked = completed(heat.member(rival), heat.arena.usable)
    return f"{best} completed {done} of {planned} requests, {rival} {theirs} of {asked}"


def _caveats(
    candidates: Sequence[CandidateSummary], taken: CandidateSummary | None, names: Sequence[str]
) -> list[str]:
    """What speaks against the numbers used, those of the workloads `names`."""
    caveats = [
        f"The measurement of {c.name} is doubtful, see trust."
        for c in candidates
        if combine(workload_of(c, name).trust for name in names).verdict is Verdict.DOUBTFUL
    ]
    done, planned = (0, 0) if taken is None else completed(taken, names)
    return (
        [*caveats, f"{planned - done} of its {planned} requests did not complete."] if done < planned else caveats
    )
