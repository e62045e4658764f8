"""The small records tests put into a store, and a way to put them there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
from seatrial.domain.sample import ColdPhases, Outcome, Sample
from seatrial.domain.target import EngineInfo
from seatrial.domain.traffic import Arrivals, Stage, Workload
from seatrial.domain.trial import Candidate, Objective, Slo, Spec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.store.store import Store

T0_NS = 10**9

CANDIDATES = (
    Candidate("one-slot", "smollm2", engine="llama.cpp", settings=(("slots", 1), ("ratio", 1.0), ("cache", True))),
    Candidate("four-slots", "smollm2", endpoint="http://127.0.0.1:8000", headers=(("x-team", "a"),)),
)
WORKLOADS = (
    Workload("warm", requests=10, concurrency=2),
    Workload("ramp", Arrivals.POISSON, stages=(Stage(0, 8, 60.0),), batches=(1, 2), timeout_s=12.5),
)
CANDIDATE_RECORDS = (
    CandidateRecord(0, CANDIDATES[0], EngineInfo("llama.cpp", "b6000", ("smollm2",), 2048, 1, {"build": "cpu"})),
    CandidateRecord(1, CANDIDATES[1], failed="refused", notes=("not there",)),
)
WORKLOAD_RECORDS = (
    WorkloadRecord(0, 0, WORKLOADS[0], 3, T0_NS, 9 * T0_NS, 2, ColdPhases("process restarted", 7, 0.5)),
    WorkloadRecord(
        1, 0, WORKLOADS[1], skipped="no cold start here", notes=("said so",), input_tokens_calibrated=128.5
    ),
)


def run_info(run_id: str, *, name: str | None = None, pid: int | None = None) -> RunInfo:
    slo = Slo((Objective("ttft_p95", "ttft_s", "p95", 1.0),))
    spec = Spec(CANDIDATES, WORKLOADS, slo, seed=7, name=name)
    host = {"cpu": "a CPU", "cores": "2"}
    owner = os.getpid() if pid is None else pid
    return RunInfo(run_id, spec, "2026-11-21T15:30:00Z", 10**18, 5 * T0_NS, owner, host, command="seatrial run")


def make_sample(index: int, *, text: str | None = None) -> Sample:
    """A complete request of 4 chunks, sent 1 ms late, `index` seconds after the schedule's zero."""
    t_ns = T0_NS * (index + 1)
    sent_ns = t_ns + 1_000_000
    return Sample(
        index, t_ns, sent_ns, sent_ns, sent_ns + 5_000_000, sent_ns + 400_000_000, Outcome.OK, 200,
        prompt_tokens=12, completion_tokens=4, finish_reason="length",
        chunk_ns=np.array([100_000_000, 200_000_000, 300_000_000, 400_000_000], "<i8").tobytes(),
        chunk_lag_us=np.array([1, 2, 3, 4_000_000], "<u4").tobytes(),
        chunk_tokens=np.array([1, 0, 1, 65_535], "<u2").tobytes(),
        chunk_channel=bytes([0, 1, 2, 0]),
        first_read_chunks=1, kernel_clock=True, text=text, server={"load_s": 0.25},
    )  # fmt: skip


def fill(
    store: Store, run_id: str, samples: Sequence[Sample] = (), *, name: str | None = None, pid: int | None = None
) -> RunInfo:
    """Puts a run into `store`: two candidates, the first with two workloads, the first of them with `samples`."""
    info = run_info(run_id, name=name, pid=pid)
    store.begin_run(info)
    for candidate in CANDIDATE_RECORDS:
        store.put_candidate(run_id, candidate)
    for workload in WORKLOAD_RECORDS:
        store.put_workload(run_id, workload)
    store.add_samples(run_id, 0, samples)
    return info
