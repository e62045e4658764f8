"""All numbers of one workload, from its record and its samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.summary import WorkloadSummary
from seatrial.domain.trial import Trust, Verdict
from seatrial.stats.arrivals_check import check_sends
from seatrial.stats.cold import concurrency_of, summarize_cold
from seatrial.stats.estimate import distribution
from seatrial.stats.metrics import PER_REQUEST, POOLED, STREAM_ONLY, e2e_s, input_speed_source, is_token_by_token
from seatrial.stats.notes import notes_on, notes_on_intervals
from seatrial.stats.rates import Window, attainment, goodput_per_s, output_tokens_per_s, requests_per_s, window_s
from seatrial.stats.slo import Requests, check_slo
from seatrial.stats.stages import stage_summaries
from seatrial.stats.steady import find_steady, kept_rows, time_order
from seatrial.stats.tally import count_failures, count_requests, count_tokens
from seatrial.stats.trust import combine, judge
from seatrial.stats.turns import turns_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seatrial.domain.quality import QualitySummary
    from seatrial.domain.record import WorkloadRecord
    from seatrial.domain.sample import ClientSecond
    from seatrial.domain.summary import Counts, Distribution
    from seatrial.domain.traffic import Workload
    from seatrial.domain.trial import Slo
    from seatrial.domain.values import Estimate
    from seatrial.stats.table import Ints, SampleTable

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


def summarize_workload(data: WorkloadData, slo: Slo) -> WorkloadSummary:
    """All numbers of one workload but the penalty of a cold start, which the others of the candidate tell."""
    record, table, workload = data.record, data.table, data.record.workload
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
        rates=_rates(workload, part, window, slo, counts),
        trust=Trust()
        if skipped
        else _trust(record, judge(table, data.client_seconds, workload, arrivals, counts.planned)),
        slo=() if skipped else check_slo(slo, counts, metrics, Requests(*part)),
        arrivals=arrivals,
        stages=stage_summaries(workload, table, last_s),
        cold=None if record.cold is None else summarize_cold(record.cold, table),
        failures=count_failures(table),
        failure_details=data.failure_details,
        tokens=tokens,
        notes=(*notes_on(record, table, tokens), *_on_intervals(data, part, metrics)),
        skipped=record.skipped,
        suite=workload.suite,
        group=workload.group,
        level=workload.level,
        concurrency=concurrency_of(workload),
        window_s=window.length_s if window else last_s,
        steady=steady,
        quality=data.quality,
    )


class _Part(NamedTuple):
    """What of a workload counts: `kept` requests, shape (n,), and the rows in order of time, None without one."""

    table: SampleTable
    kept: NDArray[np.bool_]
    sequence: Ints | None


def _on_intervals(data: WorkloadData, part: _Part, metrics: Mapping[str, Distribution | None]) -> tuple[str, ...]:
    """None for stages: those differ, and their intervals are their own."""
    if data.record.workload.stages:
        return ()
    times_s = np.where(part.kept, e2e_s(part.table), np.nan)
    return notes_on_intervals(metrics["e2e_s"], times_s, part.sequence)


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
    alike = is_token_by_token(table)
    for name, pooled in POOLED.items():
        if name == "itl_s" and alike:
            metrics[name] = metrics["icl_s"]
            continue
        values, request = pooled(table)
        if kept is not None:
            counts = kept[request]
            values, request = values[counts], request[counts]
        metrics[name] = distribution(values, request, sequence=sequence)
    if not stream:
        absent = STREAM_ONLY | ({"input_tokens_per_s"} if input_speed_source(table) == "ttft" else set())
        metrics |= dict.fromkeys(absent)
    return metrics


def _rates(
    workload: Workload, part: _Part, window: Window | None, slo: Slo, counts: Counts
) -> dict[str, Estimate | None]:
    """Rates over the window; all None when nothing was measured."""
    if not window:
        return dict.fromkeys(("output_tokens_per_s", "requests_per_s", "goodput_per_s", "attainment"))
    table, ordered = part.table, part.sequence is not None
    turns = turns_of(workload, table, part.kept, part.sequence)
    return {
        "output_tokens_per_s": output_tokens_per_s(table, window, turns, ordered=ordered),
        "requests_per_s": requests_per_s(table, window, turns, ordered=ordered),
        "goodput_per_s": goodput_per_s(table, window, slo, turns, ordered=ordered),
        "attainment": attainment(table, counts.planned, slo, kept=part.kept, sequence=part.sequence),
    }
