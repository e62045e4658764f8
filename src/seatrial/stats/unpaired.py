"""Candidates compared by one workload, where there are too few pairs: the intervals of each must not overlap.

It is the heaviest warm workload that all share: output tokens per second, or, when the load only comes at a fixed
rate, mean time to complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.stats.contest import Contest, apart, workload_of
from seatrial.units import format_s, significant

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
    known = {name: score for name, score in scores.items() if score is not None}
    if not known:
        return None
    best, *rivals = sorted(known, key=lambda name: known[name].value, reverse=by_rate)
    form = significant if by_rate else format_s
    shown = [f"{name} {_shown(known[name], form)}" for name in rivals]
    shown += [f"{name} completed nothing" for name, score in scores.items() if score is None]
    own = "made {} output tokens/s" if by_rate else "took {} to complete on average"
    return Contest(
        best=best,
        tied=tuple(name for name in rivals if not apart(known[best], known[name])),
        where=f'in "{workload.name}"',
        what=", ".join([own.format(_shown(known[best], form)), *shown]),
    )


def _score(workload: WorkloadSummary, *, by_rate: bool) -> Estimate | None:
    if not workload.counts.completed:
        return None
    if by_rate:
        return workload.rates.get("output_tokens_per_s")
    e2e = workload.metrics.get("e2e_s")
    return None if e2e is None else e2e.mean


def _shown(score: Estimate, form: Callable[[float], str]) -> str:
    if score.low is None or score.high is None:
        return f"{form(score.value)} [too short for an interval]"
    return f"{form(score.value)} [{form(score.low)}, {form(score.high)}]"
