"""Where candidates stand by the SLO: this goes before everything that could be optimised."""

from __future__ import annotations

from enum import IntEnum
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.trial import Verdict
from seatrial.stats.choice.contest import warm
from seatrial.stats.odds import share_at_least

if TYPE_CHECKING:
    from seatrial.domain.summary import CandidateSummary, SloCheck, WorkloadSummary

SURE = 0.95
_SUCCESS = "success"


class Tier(IntEnum):
    """SURE: meets the SLO, with a probability of at least 0.95. MET: by its estimates. UNTOLD; MISSED."""

    SURE = 0
    MET = 1
    UNTOLD = 2
    MISSED = 3


def tier_of(candidate: CandidateSummary) -> Tier:
    met = slo_verdict(candidate)
    if met is None:
        return Tier.UNTOLD
    if not met:
        return Tier.MISSED
    return Tier.SURE if (slo_probability(candidate) or 0.0) >= SURE else Tier.MET


def slo_verdict(candidate: CandidateSummary) -> bool | None:
    """True when every objective is met in every warm workload, False when one is missed, None: cannot be told.

    An invalid measurement tells nothing: what was missed may have been missed by the client.
    """
    checks = [
        None if _is_invalid(workload) else check.met for workload in warm(candidate) for check in workload.slo
    ]
    if False in checks:
        return False
    return True if checks and None not in checks else None


def slo_probability(candidate: CandidateSummary) -> float | None:
    """How likely the candidate meets every objective in every warm workload; None where one cannot be told.

    The samples of workloads are apart, so their probabilities are multiplied. The objectives of one workload rise
    and fall together: there the least likely stands for all. Where every request of a workload was completed, its
    success says only that failures are rare; such workloads are taken together.
    """
    parts = _parts(candidate)
    odds = [part.odds for part in parts]
    return None if not parts or None in odds else prod(p for p in odds if p is not None)


def least_sure(candidate: CandidateSummary) -> str:
    """The objective that is least likely met, as the user calls it; empty where none can be told."""
    known = [(part.odds, part.key) for part in _parts(candidate) if part.odds is not None]
    return min(known, default=(None, ""))[1]


class _Part(NamedTuple):
    """An objective that stands for those of a workload, and its probability."""

    key: str
    odds: float | None


def _parts(candidate: CandidateSummary) -> list[_Part]:
    """Their probabilities, multiplied, are that of the whole SLO; empty without one."""
    judged = [workload for workload in warm(candidate) if workload.slo]
    if any(_is_invalid(workload) for workload in judged):
        return [_Part("", None)]
    flawless = [w for w in judged if any(_is_flawless(check) for check in w.slo)]
    parts = [part for w in judged if (part := _least([c for c in w.slo if not _is_flawless(c)]))]
    return [*parts, _success(flawless)] if flawless else parts


def _least(checks: list[SloCheck]) -> _Part | None:
    """The least likely one; one that cannot be told is less than any. None for no checks."""
    parts = [_Part(check.key, check.probability) for check in checks]
    return min(parts, key=lambda part: -1.0 if part.odds is None else part.odds, default=None)


def _is_flawless(check: SloCheck) -> bool:
    return check.key == _SUCCESS and check.value == 1


def _success(workloads: list[WorkloadSummary]) -> _Part:
    """Of the workloads that lost nothing, together."""
    limit = next(check.limit for check in workloads[0].slo if _is_flawless(check))
    n = sum(workload.counts.planned for workload in workloads)
    return _Part(_SUCCESS, share_at_least(n, n, limit))


def _is_invalid(workload: WorkloadSummary) -> bool:
    return workload.trust.verdict is Verdict.INVALID
