"""Load from several processes: one schedule, every sample once, and no process left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from seatrial.domain.sample import Sample
from seatrial.domain.traffic import Arrivals, Lengths, Workload
from seatrial.errors import EngineFailed
from seatrial.load.crew import Crew, LoadResult
from seatrial.load.job import Batch, LoadJob
from seatrial.load.schedule import make_schedule
from seatrial.prompts.fixed import OnePrompt
from seatrial.testing.reference import ReferenceProcess

from .harness import target

PROMPTS = OnePrompt("hello")


def run(crew: Crew, workload: Workload, url: str) -> tuple[LoadResult, list[Sample]]:
    samples: list[Sample] = []
    result = crew.run(LoadJob(workload, target(url), PROMPTS, seed=3), lambda batch: samples.extend(batch.samples))
    return result, sorted(samples, key=lambda sample: sample.index)


def test_two_processes_keep_one_schedule() -> None:
    workload = Workload("w", Arrivals.POISSON, requests=60, rate_per_s=60, output_tokens=Lengths(4))
    with ReferenceProcess(ttft_s=0.02, itl_s=0.005, tokens=4) as server, Crew(2) as crew:
        result, samples = run(crew, workload, server.url)
    offsets = make_schedule(workload, 3).offsets_ns
    assert offsets is not None
    assert [sample.index for sample in samples] == list(range(60))
    assert [sample.t_intended_ns - result.t0_ns for sample in samples] == offsets.tolist()
    assert {sample.shard for sample in samples} == {0, 1}
    assert (result.planned, result.ended_early) == (60, None)


def test_a_crew_runs_job_after_job_on_kept_connections() -> None:
    workload = Workload("w", requests=4, concurrency=2, output_tokens=Lengths(2))
    with ReferenceProcess(ttft_s=0.01, itl_s=0.001, tokens=2) as server, Crew(1) as crew:
        _, first = run(crew, workload, server.url)
        _, second = run(crew, workload, server.url)
    assert [sample.t_connected_ns is None for sample in first] == [False, False, True, True]
    assert [sample.t_connected_ns for sample in second] == [None] * 4
    assert all(sample.kernel_clock for sample in first + second) or sys.platform != "linux"


def test_stopping_a_crew_keeps_what_was_measured() -> None:
    workload = Workload("w", duration_s=60, concurrency=2, output_tokens=Lengths(2))
    samples: list[Sample] = []
    with ReferenceProcess(ttft_s=0.02, itl_s=0.001, tokens=2) as server, Crew(2) as crew:
        job = LoadJob(workload, target(server.url), PROMPTS, seed=3)
        result = crew.run(job, lambda batch: samples.extend(batch.samples), should_stop=lambda: len(samples) > 20)
    assert result.ended_early == "interrupted"
    assert result.planned == len(samples)
    assert sum(sample.outcome == "ok" for sample in samples) > 10


def test_a_worker_that_is_killed_is_an_error_that_says_so() -> None:
    workload = Workload("w", duration_s=60, concurrency=1, output_tokens=Lengths(2))
    seen: list[Batch] = []
    with ReferenceProcess(ttft_s=0.02, itl_s=0.001, tokens=2) as server, Crew(1) as crew:

        def kill_once_it_works(batch: Batch) -> None:
            seen.append(batch)
            if batch.samples:
                os.kill(crew.pids[0], signal.SIGKILL)

        with pytest.raises(EngineFailed, match="load process"):
            crew.run(LoadJob(workload, target(server.url), PROMPTS, seed=3), kill_once_it_works)
    assert any(batch.samples for batch in seen)


def test_what_a_worker_told_before_it_was_killed_is_kept() -> None:
    workload = Workload("w", duration_s=60, concurrency=1, output_tokens=Lengths(2))
    after: list[Sample] = []
    with ReferenceProcess(ttft_s=0.02, itl_s=0.001, tokens=2) as server, Crew(1) as crew:
        alive = True

        def kill_once_more_waits(batch: Batch) -> None:
            nonlocal alive
            if not alive:
                after.extend(batch.samples)
            elif batch.samples:
                time.sleep(0.5)
                os.kill(crew.pids[0], signal.SIGKILL)
                os.waitid(os.P_PID, crew.pids[0], os.WEXITED | os.WNOWAIT)
                alive = False

        with pytest.raises(EngineFailed, match="load process"):
            crew.run(LoadJob(workload, target(server.url), PROMPTS, seed=3), kill_once_more_waits)
    assert len(after) > 2, "what lay in the pipe"


def test_a_job_after_one_with_more_than_a_thousand_connections() -> None:
    crowd = Workload("w", Arrivals.AT_ONCE, requests=1100, output_tokens=Lengths(1))
    with ReferenceProcess(ttft_s=0.5, itl_s=0.001, tokens=1) as server, Crew(1) as crew:
        _, first = run(crew, crowd, server.url)
        _, second = run(crew, Workload("w", requests=3, output_tokens=Lengths(1)), server.url)
    assert len({sample.outcome for sample in first}) == 1
    assert [sample.outcome.value for sample in second] == ["ok"] * 3


def test_workers_end_when_their_parent_is_killed() -> None:
    code = (
        "from seatrial.load.crew import Crew; import time; c = Crew(2); print(*c.pids, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    gone, alive = psutil.wait_procs(workers, timeout=20)
    assert (len(gone), alive) == (2, [])
