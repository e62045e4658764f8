"""From records and samples to the summary of a run: the one place where the statistics are put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.domain.summary import CandidateSummary, RunSummary, WorkloadSummary
from seatrial.domain.trial import Trust, Verdict
from seatrial.stats.arrivals_check import check_sends
from seatrial.stats.cold import concurrency_of, summarize_cold, warm_ttft_p50_s
from seatrial.stats.estimate import distribution
from seatrial.stats.metrics import PER_REQUEST, POOLED, STREAM_ONLY, input_speed_source
from seatrial.stats.notes import notes_on
from seatrial.stats.rates import attainment, goodput_per_s, output_tokens_per_s, requests_per_s, window_s
from seatrial.stats.recommend import recommend
from seatrial.stats.slo import check_slo
from seatrial.stats.slope import growth
from seatrial.stats.stages import stage_summaries
from seatrial.stats.tally import count_failures, count_requests, count_tokens
from seatrial.stats.trust import combine, combine_named, judge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
    from seatrial.domain.sample import ClientSecond
    from seatrial.domain.summary import Counts, Distribution
    from seatrial.domain.trial import Slo
    from seatrial.domain.values import Estimate
    from seatrial.stats.table import SampleTable

_CUT_SHORT = Trust(
    Verdict.DOUBTFUL,
    ("the workload was cut short and the requests in flight are lost, long ones more often; run it again",),
)


@dataclass(frozen=True)
class WorkloadData:
    """All that is stored about one workload. `failure_details`: the different messages of failed requests."""

    record: WorkloadRecord
    table: SampleTable
    client_seconds: Sequence[ClientSecond] = ()
    failure_details: tuple[str, ...] = ()


@dataclass(frozen=True)
class CandidateData:
    """All that is stored about one candidate; `busy`: sentences on who was busy."""

    record: CandidateRecord
    workloads: Sequence[WorkloadData] = ()
    busy: tuple[str, ...] = ()


def summarize_run(info: RunInfo, candidates: Sequence[CandidateData]) -> RunSummary:
    """The summary of a run; trust is the lowest of its workloads', each reason with the workload's name."""
    summaries, reason, comparisons = recommend([_candidate(data, info.spec.slo) for data in candidates])
    return RunSummary(
        run=info.id,
        seed=info.spec.seed,
        trust=_run_trust(summaries),
        candidates=summaries,
        recommendation=reason,
        comparisons=comparisons,
        host=info.host,
        started=info.started_utc,
        name=info.spec.name,
        status=info.status,
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
    tables = [(w.record, w.table) for w in data.workloads]
    workloads = tuple(
        summarize_workload(
            w.record,
            w.table,
            w.client_seconds,
            slo,
            warm_ttft_p50_s(w.record.workload, tables) if w.record.cold else None,
            failure_details=w.failure_details,
        )
        for w in data.workloads
    )
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
    )


def summarize_workload(
    record: WorkloadRecord,
    table: SampleTable,
    client_seconds: Sequence[ClientSecond],
    slo: Slo,
    warm_ttft_s: float | None,
    *,
    failure_details: tuple[str, ...] = (),
) -> WorkloadSummary:
    """All numbers of one workload. `warm_ttft_s`: median warm TTFT of the candidate, to price a cold start."""
    workload = record.workload
    counts = count_requests(table.outcome, None if _cut_short(record) else record.planned)
    metrics = measure(table, stream=workload.stream)
    tokens = count_tokens(table)
    window = window_s(record, table)
    arrivals = check_sends(workload, table)
    skipped = record.skipped is not None
    return WorkloadSummary(
        name=workload.name,
        counts=counts,
        metrics=metrics,
        rates=_rates(table, window, slo, counts),
        trust=Trust()
        if skipped
        else _trust(record, judge(table, client_seconds, workload, arrivals, counts.planned)),
        slo=() if skipped else check_slo(slo, counts, metrics),
        arrivals=arrivals,
        stages=stage_summaries(workload, table, window),
        cold=None if record.cold is None else summarize_cold(record.cold, table, warm_ttft_s),
        failures=count_failures(table),
        failure_details=failure_details,
        tokens=tokens,
        notes=notes_on(record, table, tokens),
        skipped=record.skipped,
        suite=workload.suite,
        group=workload.group,
        level=workload.level,
        concurrency=concurrency_of(workload),
        window_s=window,
    )


def _cut_short(record: WorkloadRecord) -> bool:
    """The load never came to its end, not even to one forced by an interruption: the program was killed."""
    return record.t_end_ns is None and record.skipped is None


def _trust(record: WorkloadRecord, judged: Trust) -> Trust:
    return combine([judged, _CUT_SHORT]) if _cut_short(record) else judged


def measure(table: SampleTable, *, stream: bool = True) -> dict[str, Distribution | None]:
    """Every metric by name; None where no request has it, or where only a stream could have told it."""
    metrics: dict[str, Distribution | None] = {
        name: distribution(function(table)) for name, function in PER_REQUEST.items()
    }
    for name, pooled in POOLED.items():
        values, request = pooled(table)
        metrics[name] = distribution(values, request)
    if not stream:
        absent = STREAM_ONLY | ({"input_tokens_per_s"} if input_speed_source(table) == "ttft" else set())
        metrics |= dict.fromkeys(absent)
    return metrics


def _rates(table: SampleTable, window: float | None, slo: Slo, counts: Counts) -> dict[str, Estimate | None]:
    """Rates over the window; all None when nothing was measured."""
    if not window:
        return dict.fromkeys(("output_tokens_per_s", "requests_per_s", "goodput_per_s", "attainment"))
    return {
        "output_tokens_per_s": output_tokens_per_s(table, window),
        "requests_per_s": requests_per_s(table, window),
        "goodput_per_s": goodput_per_s(table, window, slo),
        "attainment": attainment(table, counts.planned, slo),
    }
