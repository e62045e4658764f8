from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import replace

import pytest

from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
from seatrial.domain.sample import ColdPhases
from seatrial.domain.traffic import State, Workload
from seatrial.domain.trial import Candidate, Spec
from seatrial.stats.summarize import CandidateData, summarize_run
from seatrial.stats.table import SampleTable
from seatrial.stats.workload import WorkloadData

from .tables import T0_NS, request, table_of

COLD = Workload("cold", requests=2, concurrency=1, state=State.COLD)
RECORDS = [
    WorkloadRecord(0, 0, COLD, 2, T0_NS, T0_NS + 10**10, cold=ColdPhases("unloaded", T0_NS)),
    WorkloadRecord(1, 0, replace(COLD, name="warm", state=State.WARM), 2, T0_NS, T0_NS + 10**10),
    WorkloadRecord(2, 0, Workload("more", requests=2, concurrency=2), 2, T0_NS, T0_NS + 10**10),
]


def test_the_table_of_one_workload_is_gone_before_the_next_is_made() -> None:
    made: list[weakref.ref[SampleTable]] = []

    def data(record: WorkloadRecord) -> WorkloadData:
        assert [ref() for ref in made] == [None] * len(made)
        table = table_of(request(0, (0.5 + record.position, 2.0)), request(1, (0.2, 0.4)))
        made.append(weakref.ref(table))
        return WorkloadData(record, table)

    def read() -> Iterator[WorkloadData]:
        return (data(record) for record in RECORDS)

    spec = Spec((Candidate("a", "m"),), tuple(record.workload for record in RECORDS))
    info = RunInfo("r", spec, "2026-11-21T15:30:00Z", 0, 0, 1)
    summary = summarize_run(info, [CandidateData(CandidateRecord(0, spec.candidates[0]), read())])
    assert len(made) == len(RECORDS)
    cold = summary.candidates[0].workloads[0].cold
    assert cold is not None
    # What it cost against the warm requests of all workloads with one user: 0.2 s, 1.5 s and 0.2 s.
    assert cold.penalty_s == pytest.approx(0.5 - 0.2)
