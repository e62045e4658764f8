"""The summary of a stored run: numbers are derived from what the store holds, each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.stats.busy import who_was_busy
from seatrial.stats.summarize import CandidateData, summarize_run
from seatrial.stats.workload import WorkloadData
from seatrial.units import NS_PER_S
from seatrial.verbs.questions import qualities

if TYPE_CHECKING:
    from seatrial.domain.quality import QualitySummary
    from seatrial.domain.record import CandidateRecord, WorkloadRecord
    from seatrial.domain.summary import RunSummary
    from seatrial.store.runs import StoredRun
    from seatrial.store.store import Store


def summarize_stored(store: Store, run_id: str) -> RunSummary:
    """The summary of run `run_id`, with what it takes to run it again. Raises StoreError for a damaged store."""
    run = store.load_run(run_id)
    return summarize_run(run.info, (_candidate(store, run, record) for record in run.candidates))


def _candidate(store: Store, run: StoredRun, candidate: CandidateRecord) -> CandidateData:
    all_records = [record for record in run.workloads if record.candidate_position == candidate.position]
    records = [record for record in all_records if record.harness is None]
    graded = qualities(store, run.info.id, run.info.spec.seed, records)
    return CandidateData(
        record=candidate,
        workloads=(_workload(store, run.info.id, record, graded.get(record.position)) for record in records),
        busy=_busy(store, run.info.id, records),
        harness=tuple(record.harness for record in all_records if record.harness is not None),
    )


def _workload(store: Store, run_id: str, record: WorkloadRecord, quality: QualitySummary | None) -> WorkloadData:
    return WorkloadData(
        record=record,
        table=store.table(run_id, record.position),
        client_seconds=store.client_seconds(run_id, record.position),
        failure_details=store.failure_details(run_id, record.position),
        quality=quality,
    )


def _busy(store: Store, run_id: str, records: list[WorkloadRecord]) -> tuple[str, ...]:
    """Who was busy while load was offered to this candidate."""
    starts = [record.t0_ns for record in records if record.t0_ns is not None]
    ends = [record.t_end_ns for record in records if record.t_end_ns is not None]
    if not starts or not ends:
        return ()
    start_ns, end_ns = min(starts), max(ends)
    around = store.readings(run_id, start_ns - 2 * NS_PER_S, end_ns + 2 * NS_PER_S)
    return who_was_busy(around, start_ns, end_ns)
