"""From records and samples to the summary of a run: the one place where the statistics are put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.summary import CandidateSummary, RunSummary, WorkloadSummary
from seatrial.stats.choice import answer, recommend
from seatrial.stats.cold import warm_ttft_p50_s
from seatrial.stats.metrics import ttft_s
from seatrial.stats.slope import growth
from seatrial.stats.trust import combine_named
from seatrial.stats.workload import summarize_workload

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seatrial.domain.harness import HarnessResult
    from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
    from seatrial.domain.trial import Slo, Trust
    from seatrial.stats.table import Floats
    from seatrial.stats.workload import WorkloadData


@dataclass(frozen=True)
class CandidateData:
    """All that is stored about one candidate; `busy`: sentences on who was busy, `harness`: what others found.

    `workloads` is gone through once, so an iterator may read them one by one: memory then holds one table.
    """

    record: CandidateRecord
    workloads: Iterable[WorkloadData] = ()
    busy: tuple[str, ...] = ()
    harness: tuple[HarnessResult, ...] = ()


def summarize_run(info: RunInfo, candidates: Iterable[CandidateData]) -> RunSummary:
    """The summary of a run; trust is the lowest of its workloads', each reason with the workload's name."""
    summaries, reason, comparisons = recommend(
        [_candidate(data, info.spec.slo) for data in candidates], info.spec.optimize
    )
    return RunSummary(
        run=info.id,
        seed=info.spec.seed,
        trust=_run_trust(summaries),
        candidates=summaries,
        recommendation=reason,
        comparisons=comparisons,
        answer=answer(summaries, info.spec.optimize),
        host=info.host,
        started=info.started_utc,
        name=info.spec.name,
        status=info.status,
        spec=info.spec,
        command=info.command,
    )


def _run_trust(candidates: Sequence[CandidateSummary]) -> Trust:
    several = len(candidates) > 1
    return combine_named(
        {
            f"{candidate.name}, {workload.name}" if several else workload.name: workload.trust
            for candidate in candidates
            for workload in candidate.workloads
            if workload.skipped is None
        }
    )


def _candidate(data: CandidateData, slo: Slo) -> CandidateSummary:
    record, info = data.record, data.record.info
    # Mapped, not looped over: nothing here holds on to one workload's table while the next one is made.
    measured = list(map(partial(_measured, slo=slo), data.workloads))
    workloads = tuple(_priced(one, measured) for one in measured)
    return CandidateSummary(
        name=record.candidate.name,
        engine=record.candidate.engine or (info.engine if info else "unknown"),
        engine_version=info.version if info else None,
        model=record.candidate.model,
        workloads=workloads,
        growth=growth(workloads),
        busy=data.busy,
        notes=record.notes,
        failed=record.failed,
        usd_per_hour=record.candidate.usd_per_hour,
        harness=data.harness,
    )


class _Measured(NamedTuple):
    """A workload without its table: its TTFTs stay, to tell what a cold start costs the others."""

    record: WorkloadRecord
    summary: WorkloadSummary
    ttft_s: Floats


def _measured(data: WorkloadData, slo: Slo) -> _Measured:
    return _Measured(data.record, summarize_workload(data, slo), ttft_s(data.table))


def _priced(one: _Measured, everyone: Sequence[_Measured]) -> WorkloadSummary:
    """The summary, with what its cold start cost against the candidate's warm requests."""
    cold = one.summary.cold
    if cold is None or cold.ttft_s is None:
        return one.summary
    warm_s = warm_ttft_p50_s(one.record.workload, [(other.record, other.ttft_s) for other in everyone])
    penalty_s = None if warm_s is None else cold.ttft_s - warm_s
    return replace(one.summary, cold=replace(cold, penalty_s=penalty_s))
