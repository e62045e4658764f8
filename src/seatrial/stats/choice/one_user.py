"""Two candidates for one user at a time: what throughput under load does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.stats.choice.contest import apart, is_invalid, is_loaded, workload_of
from seatrial.units import format_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.summary import CandidateSummary
    from seatrial.domain.values import Estimate

_METRICS = {"ttft_s": "TTFT", "tpot_s": "TPOT"}


class _Medians(NamedTuple):
    metric: str
    ours: Estimate
    theirs: Estimate

    @property
    def shown(self) -> str:
        return f"{self.metric} {format_s(self.ours.value)} against {format_s(self.theirs.value)}"


def for_one_user(one: CandidateSummary, other: CandidateSummary) -> str:
    """A sentence on the medians of a workload that both were sent one request after the other; else empty.

    A cold start is one request of such a workload and does not move its median.
    """
    shared = [w for w in one.workloads if not is_loaded(w) and _ran(one, w.name) and _ran(other, w.name)]
    by_use = sorted(shared, key=lambda w: (w.cold is not None, -w.counts.completed))
    for workload in by_use:
        medians = _medians(one, other, workload.name)
        if medians:
            return f'For one user at a time {_told(one.name, other.name, medians)} (medians in "{workload.name}").'
    return ""


def ttft_of_one_user(candidates: Sequence[CandidateSummary]) -> dict[str, Estimate]:
    """The median TTFT of each, in the first workload for one user in which all have one; empty without such."""
    shared = [w for c in candidates[:1] for w in c.workloads if not is_loaded(w) and w.counts.completed]
    for workload in sorted(shared, key=lambda w: (w.cold is not None, -w.counts.completed)):
        if all(_ran(candidate, workload.name) for candidate in candidates):
            found = {c.name: workload_of(c, workload.name).metrics.get("ttft_s") for c in candidates}
            medians = {name: ttft.p50 for name, ttft in found.items() if ttft is not None and ttft.p50 is not None}
            if len(medians) == len(candidates):
                return medians
    return {}


def _ran(candidate: CandidateSummary, name: str) -> bool:
    """Whether the candidate ran that workload, and can be believed in it."""
    ran = any(w.name == name and w.skipped is None for w in candidate.workloads)
    return ran and not is_invalid(candidate, name)


def _medians(one: CandidateSummary, other: CandidateSummary, name: str) -> list[_Medians]:
    found = []
    for metric, shown in _METRICS.items():
        ours, theirs = (workload_of(c, name).metrics.get(metric) for c in (one, other))
        if ours is not None and theirs is not None and ours.p50 is not None and theirs.p50 is not None:
            found.append(_Medians(shown, ours.p50, theirs.p50))
    return found


def _told(one: str, other: str, medians: list[_Medians]) -> str:
    if not any(apart(m.ours, m.theirs) for m in medians):
        return f"they cannot be told apart: {', '.join(m.shown for m in medians)}"
    clauses = []
    for m in medians:
        if not apart(m.ours, m.theirs):
            clauses.append(f"{m.metric} cannot be told apart ({m.shown.removeprefix(m.metric).strip()})")
        else:
            first = m.ours.value < m.theirs.value
            low, high = (m.ours, m.theirs) if first else (m.theirs, m.ours)
            values = f"{format_s(low.value)} against {format_s(high.value)}"
            clauses.append(f"{one if first else other} has the shorter {m.metric} ({values})")
    return " and ".join(clauses)
