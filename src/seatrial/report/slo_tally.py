"""In how many of its workloads a candidate meets the SLO, and what would tell where that cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from seatrial.domain.summary import CandidateSummary, SloCheck, WorkloadSummary


class Tally(NamedTuple):
    """Numbers of workloads; `missed`: the objectives missed, once each, in their order.

    `needs`: how many requests each workload needs for all to be told; None where more requests are not what lacks.
    """

    judged: int
    met: int
    untold: int
    missed: tuple[str, ...]
    needs: int | None

    @property
    def verdict(self) -> bool | None:
        """True where all are met, False where one is missed, None where it cannot be told."""
        return False if self.missed else None if self.untold else True

    @property
    def cure(self) -> str:
        """`too few requests, 200 in each would tell`; empty where nothing is known to tell."""
        where = " in each" if self.judged > 1 else ""
        return "" if self.needs is None else f"too few requests, {self.needs}{where} would tell"


def tally(candidate: CandidateSummary) -> Tally | None:
    """None where no workload is held against an SLO."""
    judged = [workload for workload in candidate.workloads if workload.slo]
    if not judged:
        return None
    untold = [workload for workload in judged if workload.slo_met is None]
    missed = dict.fromkeys(check.key for w in judged for check in w.slo if check.met is False)
    needs = [_needs(w, check) for w in untold for check in w.slo if check.met is None]
    known = [n for n in needs if n is not None]
    return Tally(
        judged=len(judged),
        met=sum(workload.slo_met is True for workload in judged),
        untold=len(untold),
        missed=tuple(missed),
        needs=max(known) if known and len(known) == len(needs) else None,
    )


def _needs(workload: WorkloadSummary, check: SloCheck) -> int | None:
    """From how many requests on the statistic of a `ttft_p95` is given."""
    metric, _, stat = check.key.rpartition("_")
    found = workload.metrics.get(f"{metric}_s")
    return None if found is None else found.needed.get(stat)
