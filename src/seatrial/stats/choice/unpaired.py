"""Candidates compared by one workload, where there are too few pairs: the intervals of each must not overlap.

It is the heaviest warm workload that all share: output tokens per second, or, when the load only comes at a fixed
rate, mean time to complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.stats.choice.contest import Contest, apart, in_order, workload_of
from seatrial.stats.choice.leads import leads_of, log_level
from seatrial.units import format_s, significant
from seatrial.words import ranged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seatrial.domain.summary import CandidateSummary, WorkloadSummary
    from seatrial.domain.values import Estimate


def compare_unpaired(candidates: Sequence[CandidateSummary], names: Sequence[str]) -> Contest | None:
    """The contest in the heaviest of the workloads `names`; None when nobody completed a request there."""
    workload = max(
        (workload_of(candidates[0], name) for name in names),
        key=lambda w: (w.arrivals is None, w.concurrency or 0, not w.stages),
    )
    by_rate = workload.arrivals is None
    scores = {c.name: _score(workload_of(c, workload.name), by_rate=by_rate) for c in candidates}
    known = {name: score for name, score in scores.items() if score is not None and score.value > 0}
    if not known:
        return None
    levels = {name: log_level(known.get(name), more_is_better=by_rate) for name in scores}
    best, *rivals = [name for name in in_order(levels) if name in known]
    form = significant if by_rate else format_s
    shown = [f"{name} {_shown(known[name], form)}" for name in rivals]
    shown += [f"{name} completed nothing" for name in scores if name not in known]
    own = "made {} output tokens/s" if by_rate else "took {} to complete on average"
    return Contest(
        best=best,
        tied=tuple(name for name in rivals if not apart(known[best], known[name])),
        where=f'in "{workload.name}"',
        what=", ".join([own.format(_shown(known[best], form)), *shown]),
        levels=levels,
        leads=leads_of(known, scores, more_is_better=by_rate),
    )


def _score(workload: WorkloadSummary, *, by_rate: bool) -> Estimate | None:
    if not workload.counts.completed:
        return None
    if by_rate:
        return workload.rates.get("output_tokens_per_s")
    e2e = workload.metrics.get("e2e_s")
    return None if e2e is None else e2e.mean


def _shown(score: Estimate, form: Callable[[float], str]) -> str:
    return ranged(score.value, score.low, score.high, form)
