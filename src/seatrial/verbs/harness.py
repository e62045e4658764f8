"""A workload that another harness asks in our place: what it found is kept in the record of the workload."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.errors import SeatrialError
from seatrial.sources.lm_eval import HarnessJob, find_task, run_harness
from seatrial.verbs.events import Progress, Remark
from seatrial.verbs.masking import mask_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.domain.record import WorkloadRecord
    from seatrial.domain.traffic import Workload
    from seatrial.domain.trial import Candidate
    from seatrial.verbs.measure import Bench


def check_harness(workloads: Iterable[Workload]) -> None:
    """Raises UsageError where the harness is not installed, or a task file cannot be read."""
    for workload in workloads:
        if workload.harness is not None:
            find_task(workload.harness)


def ask_harness(bench: Bench, candidate: Candidate, record: WorkloadRecord) -> WorkloadRecord:
    """The record with the harness's result, or with the reason why there is none."""
    workload = record.workload
    assert workload.harness is not None
    began = time.monotonic()
    job = HarnessJob(
        find_task(workload.harness),
        bench.target.url,
        bench.target.model,
        api_key=os.environ.get(candidate.api_key_env or "") or None,
        concurrency=workload.concurrency or 1,
        limit=workload.requests,
        seed=bench.seed,
        limit_s=workload.duration_s or 0.0,
    )

    def tell(answered: int, asked: int) -> None:
        bench.tell(Progress(workload, answered, 0, asked, time.monotonic() - began, None))

    try:
        result = run_harness(job, tell, bench.should_stop)
    except SeatrialError as problem:
        return replace(record, skipped=mask_for(candidate)(problem.message))
    shown = ", ".join(f"{score.metric} {score.value:.3f}" for score in result.scores[:3])
    bench.tell(Remark(f"{workload.name}: {shown}, by lm-eval {result.version}"))
    return replace(record, harness=result)
