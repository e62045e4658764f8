"""From records and samples to the summary of a run: the one place where the statistics are put together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.summary import CandidateSummary, RunSummary, WorkloadSummary
from seatrial.domain.trial import Trust, Verdict
from seatrial.stats.arrivals_check import check_sends
from seatrial.stats.choice import answer, recommend
from seatrial.stats.cold import concurrency_of, summarize_cold, warm_ttft_p50_s
from seatrial.stats.estimate import distribution
from seatrial.stats.metrics import PER_REQUEST, POOLED, STREAM_ONLY, input_speed_source, ttft_s
from seatrial.stats.notes import notes_on
from seatrial.stats.rates import Window, attainment, goodput_per_s, output_tokens_per_s, requests_per_s, window_s
from seatrial.stats.slo import check_slo
from seatrial.stats.slope import growth
from seatrial.stats.stages import stage_summaries
from seatrial.stats.steady import find_steady, kept_rows, time_order
from seatrial.stats.tally import count_failures, count_requests, count_tokens
from seatrial.stats.trust import combine, combine_named, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from seatrial.domain.harness import HarnessResult
    from seatrial.domain.quality import QualitySummary
    from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
    from seatrial.domain.sample import ClientSecond
    from seatrial.domain.summary import Counts, Distribution
    from seatrial.domain.trial import Slo
    from seatrial.domain.values import Estimate
    from seatrial.stats.table import Floats, Ints, SampleTable

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
    quality: QualitySummary | None = None


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
    summary = summarize_workload(
        data.record, data.table, data.client_seconds, slo, None, failure_details=data.failure_details
    )
    return _Measured(data.record, replace(summary, quality=data.quality), ttft_s(data.table))


def _priced(one: _Measured, everyone: Sequence[_Measured]) -> WorkloadSummary:
    """The summary, with what its cold start cost against the candidate's warm requests."""
    cold = one.summary.cold
    if cold is None or cold.ttft_s is None:
        return one.summary
    warm_s = warm_ttft_p50_s(one.record.workload, [(other.record, other.ttft_s) for other in everyone])
    penalty_s = None if warm_s is None else cold.ttft_s - warm_s
    return replace(one.summary, cold=replace(cold, penalty_s=penalty_s))


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
    last_s = window_s(record, table)
    window = Window(0.0, last_s) if last_s else None
    steady = find_steady(workload, table, window) if window else None
    part = _Part(table, kept_rows(table, steady), time_order(workload, table))
    metrics = measure(table, stream=workload.stream, kept=part.kept, sequence=part.sequence)
    tokens = count_tokens(table)
    if window and steady:
        window = Window(steady.start_s, steady.end_s)
    arrivals = check_sends(workload, table)
    skipped = record.skipped is not None
    return WorkloadSummary(
        name=workload.name,
        counts=counts,
        metrics=metrics,
        rates=_rates(part, window, slo, counts),
        trust=Trust()
        if skipped
        else _trust(record, judge(table, client_seconds, workload, arrivals, counts.planned)),
        slo=() if skipped else check_slo(slo, counts, metrics),
        arrivals=arrivals,
        stages=stage_summaries(workload, table, last_s),
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
        window_s=window.length_s if window else last_s,
        steady=steady,
    )


class _Part(NamedTuple):
    """What of a workload counts: `kept` requests, shape (n,), and the rows in order of time, None without one."""

    table: SampleTable
    kept: NDArray[np.bool_]
    sequence: Ints | None


def _cut_short(record: WorkloadRecord) -> bool:
    """The load never came to its end, not even to one forced by an interruption: the program was killed."""
    return record.t_end_ns is None and record.skipped is None


def _trust(record: WorkloadRecord, judged: Trust) -> Trust:
    return combine([judged, _CUT_SHORT]) if _cut_short(record) else judged


def measure(
    table: SampleTable,
    *,
    stream: bool = True,
    kept: NDArray[np.bool_] | None = None,
    sequence: Ints | None = None,
) -> dict[str, Distribution | None]:
    """Every metric by name; None where no request has it, or where only a stream could have told it.

    `kept`, shape (n,): the requests that count, all by default. `sequence`: the rows in order of time.
    """
    if kept is not None and kept.all():
        kept = None
    metrics: dict[str, Distribution | None] = {}
    for name, function in PER_REQUEST.items():
        values = function(table)
        metrics[name] = distribution(values if kept is None else np.where(kept, values, np.nan), sequence=sequence)
    for name, pooled in POOLED.items():
        values, request = pooled(table)
        if kept is not None:
            counts = kept[request]
            values, request = values[counts], request[counts]
        metrics[name] = distribution(values, request, sequence=sequence)
    if not stream:
        absent = STREAM_ONLY | ({"input_tokens_per_s"} if input_speed_source(table) == "ttft" else set())
        metrics |= dict.fromkeys(absent)
    return metrics


def _rates(part: _Part, window: Window | None, slo: Slo, counts: Counts) -> dict[str, Estimate | None]:
    """Rates over the window; all None when nothing was measured."""
    if not window:
        return dict.fromkeys(("output_tokens_per_s", "requests_per_s", "goodput_per_s", "attainment"))
    table, ordered = part.table, part.sequence is not None
    return {
        "output_tokens_per_s": output_tokens_per_s(table, window, ordered=ordered),
        "requests_per_s": requests_per_s(table, window, ordered=ordered),
        "goodput_per_s": goodput_per_s(table, window, slo, ordered=ordered),
        "attainment": attainment(table, counts.planned, slo, kept=part.kept, sequence=part.sequence),
    }
