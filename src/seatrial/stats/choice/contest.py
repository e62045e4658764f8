"""What a comparison of candidates says, whichever way it was made, and which of their workloads it may use."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.trial import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.summary import CandidateSummary, Comparison, WorkloadSummary
    from seatrial.domain.values import Estimate

    # of each ordered pair of candidates: how many times as good the first is as the second
    Leads = dict[tuple[str, str], Estimate]


class Contest(NamedTuple):
    """How fast candidates are under the loads they share. `best` is ahead of every one that is not in `tied`.

    As a sentence: `{where} {best} {what}`. `levels`: the logarithm of each one's speed, more is faster.
    `leads`: of each ordered pair, how many times as fast the first is as the second, with its interval.
    """

    best: str
    tied: tuple[str, ...]
    where: str
    what: str
    levels: dict[str, float]
    leads: Leads
    comparisons: tuple[Comparison, ...] = ()


def warm(candidate: CandidateSummary) -> list[WorkloadSummary]:
    return [w for w in candidate.workloads if w.skipped is None and w.cold is None]


def is_loaded(workload: WorkloadSummary) -> bool:
    """More than one request can be in flight."""
    return workload.arrivals is not None or (workload.concurrency or 0) > 1


def shared_loads(candidates: Sequence[CandidateSummary]) -> list[str]:
    """Names of the warm workloads under load that all candidates ran, in their order; none without candidates."""
    names = [{w.name for w in warm(c) if is_loaded(w)} for c in candidates]
    return [w.name for c in candidates[:1] for w in warm(c) if all(w.name in shared for shared in names)]


def workload_of(candidate: CandidateSummary, name: str) -> WorkloadSummary:
    return next(w for w in candidate.workloads if w.name == name)


def is_invalid(candidate: CandidateSummary, name: str) -> bool:
    return workload_of(candidate, name).trust.verdict is Verdict.INVALID


def in_order(levels: dict[str, float]) -> list[str]:
    """The best first; where levels are equal, by name, so that the order candidates were given in says nothing."""
    return sorted(levels, key=lambda name: (-levels[name], name))


def apart(one: Estimate, other: Estimate) -> bool:
    """Whether the intervals do not overlap; never without intervals."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.low > other.high or other.low > one.high
