"""What the charts of a stored run are drawn from, derived from what the store holds each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.traces import CandidateTrace, RunTraces
from seatrial.stats.traces import span_ns, trace_candidate, with_telemetry
from seatrial.stats.workload import WorkloadData
from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.record import CandidateRecord, WorkloadRecord
    from seatrial.store.runs import StoredRun
    from seatrial.store.store import Store


def traces_stored(store: Store, run_id: str) -> RunTraces:
    """The traces of run `run_id`. Raises UsageError for an unknown run, StoreError for a damaged store."""
    run = store.load_run(run_id)
    zero_ns = min(_first_moments_ns(run.workloads), default=run.info.anchor_perf_ns)
    traced = (_candidate(store, run, candidate, zero_ns) for candidate in run.candidates)
    return RunTraces(tuple(trace for trace in traced if trace is not None))


def _first_moments_ns(records: Sequence[WorkloadRecord]) -> list[int]:
    """When the schedules began, and the cold starts before them."""
    starts = [record.t0_ns for record in records if record.t0_ns is not None]
    return starts + [record.cold.t_start_ns for record in records if record.cold is not None]


def _candidate(store: Store, run: StoredRun, candidate: CandidateRecord, zero_ns: int) -> CandidateTrace | None:
    ran = (
        WorkloadData(record, store.table(run.info.id, record.position))
        for record in run.workloads
        if record.candidate_position == candidate.position and record.skipped is None
    )
    trace = trace_candidate(candidate.candidate.name, ran, zero_ns, len(run.workloads))
    if trace is None:
        return None
    first_ns, last_ns = span_ns(trace, zero_ns)
    return with_telemetry(trace, store.readings(run.info.id, first_ns, last_ns + NS_PER_S), zero_ns)
