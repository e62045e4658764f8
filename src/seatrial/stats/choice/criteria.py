"""What a candidate can be ahead in: speed, cost, quality, and the wait of a single user.

Each as the scores that are shown, and as leads: of each ordered pair, how many times as good the first is.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seatrial.domain.values import Estimate
from seatrial.stats.choice.contest import in_order
from seatrial.stats.choice.cost import price
from seatrial.stats.choice.leads import leads_of, log_level
from seatrial.stats.choice.one_user import ttft_of_one_user
from seatrial.stats.choice.paired import compare_paired
from seatrial.stats.choice.unpaired import compare_unpaired

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatrial.domain.summary import CandidateSummary
    from seatrial.stats.choice.arena import Arena
    from seatrial.stats.choice.contest import Contest, Leads


@dataclass(frozen=True)
class Criterion:
    """`levels`: the logarithm of each one's merit, more is better; only of those that were measured.

    `missing` says of each of the others what it lacks and what to do. `contest`: how speed was compared, in words.
    """

    name: str
    scores: dict[str, Estimate] = field(default_factory=dict)
    levels: dict[str, float] = field(default_factory=dict)
    leads: Leads = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    contest: Contest | None = None


def speed(arena: Arena) -> Criterion:
    """Pair by pair, or by intervals where there are too few pairs; empty where no load can be used."""
    contest = None
    if arena.usable and arena.believed:
        contest = compare_paired(arena.believed, arena.usable) or compare_unpaired(arena.believed, arena.usable)
    if contest is None:
        return Criterion("speed")
    best = in_order(contest.levels)[0]
    scores = {name: lead for (name, other), lead in contest.leads.items() if other == best and lead.n}
    scores[best] = Estimate(1.0, None, None, max((lead.n for lead in scores.values()), default=0))
    return Criterion("speed", scores, contest.levels, contest.leads, contest=contest)


def cost(candidates: Sequence[CandidateSummary]) -> Criterion:
    pricing = price(candidates)
    scores = {name: cost.good for name, cost in pricing.costs.items()}
    return _by_score("cost", scores, more_is_better=False, missing=pricing.missing)


def quality(candidates: Sequence[CandidateSummary]) -> Criterion:
    """The share of right answers, of the set that most of them were asked."""
    found = {c.name: _accuracy(c) for c in candidates}
    asked = Counter(name for sets in found.values() for name in sets)
    chosen = max(asked, key=lambda name: (asked[name], name), default="")
    scores = {name: sets[chosen] for name, sets in found.items() if chosen in sets}
    why = f'it was not asked the questions of "{chosen}"' if chosen else "its answers were not graded"
    missing = {name: f"{why}: add the suite quality" for name in found if name not in scores}
    return _by_score("quality", scores, more_is_better=True, missing=missing)


def _accuracy(candidate: CandidateSummary) -> dict[str, Estimate]:
    """The accuracy of each set, at the first load it was asked under."""
    found: dict[str, Estimate] = {}
    for workload in candidate.workloads:
        graded = workload.quality
        if graded is not None and graded.accuracy is not None and workload.skipped is None:
            found.setdefault(graded.set_name, graded.accuracy)
    return found


def one_user(candidates: Sequence[CandidateSummary]) -> Criterion:
    return _by_score("ttft_s", ttft_of_one_user(candidates), more_is_better=False, missing={})


def _by_score(
    name: str, scores: dict[str, Estimate], *, more_is_better: bool, missing: Mapping[str, str]
) -> Criterion:
    levels = {who: log_level(score, more_is_better=more_is_better) for who, score in scores.items()}
    leads = leads_of(scores, scores, more_is_better=more_is_better)
    return Criterion(name, scores, levels, leads, dict(missing))
