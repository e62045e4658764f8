from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.domain.record import WorkloadRecord
from seatrial.domain.traffic import Arrivals, Stage, Workload
from seatrial.errors import StoreError
from seatrial.store.soundness import impossible
from seatrial.store.store import Store

from .records import WORKLOAD_RECORDS, fill

SOUND = WorkloadRecord(0, 0, Workload("w", requests=1, concurrency=1), planned=1)


def test_what_runs_write_is_sound() -> None:
    assert [impossible(record) for record in (SOUND, *WORKLOAD_RECORDS)] == [None] * 3
    ramp = Workload("w", Arrivals.POISSON, stages=(Stage(0, 0, 1.0), Stage(0, 8, 60.0)), batches=(1,))
    assert impossible(replace(SOUND, workload=ramp, planned=0)) is None


@pytest.mark.parametrize(
    ("workload", "said"),
    [
        (Workload("w", requests=0), "requests: 0"),
        (Workload("w", duration_s=-3.0), "duration_s -3"),
        (Workload("w", rate_per_s=0.0), "rate_per_s 0"),
        (Workload("w", concurrency=0), "concurrency 0"),
        (Workload("w", stages=(Stage(1, 2, 0.0),)), "a stage over_s 0"),
        (Workload("w", stages=(Stage(1, -2, 1.0),)), "a stage from -2"),
        (Workload("w", batches=(4, 0)), "a batch of 0"),
        (Workload("w", duration_s=float("nan")), "duration_s nan"),
    ],
)
def test_a_workload_that_cannot_have_been_run_is_refused(store: Store, workload: Workload, said: str) -> None:
    assert impossible(replace(SOUND, workload=workload)) == said


def test_a_run_with_such_a_record_says_so(store: Store) -> None:
    fill(store, "r")
    store.put_workload("r", replace(WORKLOAD_RECORDS[0], planned=-1))
    with pytest.raises(StoreError, match='"warm" of run r cannot have been run: planned requests: -1') as caught:
        store.load_run("r")
    assert "damaged" in caught.value.hint
