"""One workload on one candidate: load offered, samples stored as they come."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seatrial.domain.sample import Outcome, Sample
from seatrial.domain.traffic import Arrivals, Lengths, State, Workload
from seatrial.errors import EngineFailed
from seatrial.load.job import LoadJob
from seatrial.load.schedule import make_schedule
from seatrial.units import NS_PER_MS, NS_PER_S
from seatrial.verbs.events import Listener, Progress, WorkloadEnded

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.record import WorkloadRecord
    from seatrial.domain.sample import ClientSecond
    from seatrial.domain.target import Target
    from seatrial.load.crew import Crew, LoadResult
    from seatrial.load.job import Batch, PromptSource
    from seatrial.load.schedule import Schedule
    from seatrial.store.store import Store

_COMMIT_NS = 300 * NS_PER_MS  # with the workers' ticks: at most half a second of samples is not on disk
_WARM_UP = Workload("warm-up", requests=2, concurrency=2, output_tokens=Lengths(8), timeout_s=60.0)


@dataclass(frozen=True)
class Bench:
    """What every workload of a candidate shares."""

    run_id: str
    store: Store
    crew: Crew
    target: Target
    seed: int
    tell: Listener
    should_stop: Callable[[], bool]


def warm_up(bench: Bench, prompts: PromptSource, workload: Workload) -> str | None:
    """Has a few requests answered, which are not recorded; why the first of them failed, if one did."""
    users = min(4, workload.concurrency or 1)
    job = LoadJob(
        replace(
            _WARM_UP,
            requests=max(2, users),
            concurrency=users,
            stream=workload.stream,
            timeout_s=max(_WARM_UP.timeout_s, workload.timeout_s),
        ),
        bench.target,
        prompts,
        seed=bench.seed,
        run_tag="warm-up",
    )
    failures: list[Sample] = []

    def look(batch: Batch) -> None:
        failures.extend(sample for sample in batch.samples if sample.outcome is not Outcome.OK)

    bench.crew.run(job, look, shards=1, should_stop=bench.should_stop)
    return f"{failures[0].outcome}: {failures[0].detail}" if failures else None


def measure(bench: Bench, prompts: PromptSource, record: WorkloadRecord) -> str | None:
    """Runs the workload of `record` and stores it; why the load ended early, if it did."""
    bench.store.put_workload(bench.run_id, record)
    workload = record.workload
    schedule = make_schedule(workload, bench.seed)  # as every load process makes it
    keeper = _Keeper(bench, record, schedule)
    job = LoadJob(workload, bench.target, prompts, seed=bench.seed, run_tag=f"{bench.run_id}-{record.position}")
    try:
        result = bench.crew.run(
            job, keeper.take, shards=_shards(workload, record.processes), should_stop=bench.should_stop
        )
    except (EngineFailed, KeyboardInterrupt):
        keeper.commit()
        raise
    keeper.commit()
    unsent = _never_sent(schedule, result, keeper.indices)
    bench.store.add_samples(bench.run_id, record.position, unsent)
    notes = record.notes + ((f"the load ended early: {result.ended_early}",) if result.ended_early else ())
    done = replace(
        record,
        planned=result.planned,
        t0_ns=result.t0_ns,
        t_end_ns=_load_end(workload, schedule, result),
        notes=notes,
    )
    bench.store.put_workload(bench.run_id, done)
    bench.tell(
        WorkloadEnded(
            workload,
            len(keeper.indices) - keeper.failed,
            keeper.failed,
            len(unsent),
            (result.t_end_ns - result.t0_ns) / NS_PER_S,
        )
    )
    return result.ended_early


def _shards(workload: Workload, processes: int) -> int:
    """Batches wait for each other, so one process sends them; one without a user or a slot would send nothing."""
    if workload.arrivals is Arrivals.BATCHES:
        return 1
    slots = workload.concurrency
    if workload.arrivals is Arrivals.CLOSED and not workload.stages:
        slots = slots or 1
    return processes if slots is None else min(processes, slots)


def _load_end(workload: Workload, schedule: Schedule, result: LoadResult) -> int:
    """The end of the offered load: of its duration, or of the last answer where requests are counted."""
    if result.ended_early or workload.requests is not None or schedule.end_ns is None:
        return result.t_end_ns
    return result.t0_ns + schedule.end_ns


def _never_sent(schedule: Schedule, result: LoadResult, sent: set[int]) -> list[Sample]:
    """A sample for every planned request that was never sent: nothing that was planned is left out."""
    missing = sorted(set(range(result.planned)) - sent) if len(sent) < result.planned else []
    offsets = schedule.offsets_ns
    return [
        Sample(
            index=index,
            t_intended_ns=result.t_end_ns if offsets is None else result.t0_ns + int(offsets[index]),
            outcome=Outcome.NEVER_SENT,
        )
        for index in missing
    ]


class _Keeper:
    """Stores what the crew hands over, a few times a second, and tells how far it is."""

    def __init__(self, bench: Bench, record: WorkloadRecord, schedule: Schedule) -> None:
        self._bench, self._record = bench, record
        self._samples: list[Sample] = []
        self._seconds: list[ClientSecond] = []
        self._began_ns = self._committed_ns = time.perf_counter_ns()
        self._planned = schedule.total
        self._limit_s = None if schedule.end_ns is None else schedule.end_ns / NS_PER_S
        self.indices: set[int] = set()
        self.failed = 0

    def take(self, batch: Batch) -> None:
        self._samples += batch.samples
        self._seconds += batch.seconds
        self.indices.update(sample.index for sample in batch.samples)
        self.failed += sum(1 for sample in batch.samples if sample.outcome is not Outcome.OK)
        now = time.perf_counter_ns()
        if now - self._committed_ns >= _COMMIT_NS:
            self.commit()
            self._committed_ns = now
            self._bench.tell(
                Progress(
                    self._record.workload,
                    len(self.indices),
                    self.failed,
                    self._planned,
                    (now - self._began_ns) / NS_PER_S,
                    self._limit_s,
                )
            )

    def commit(self) -> None:
        """Puts what was handed over on disk."""
        run_id, position = self._bench.run_id, self._record.position
        if self._samples:
            self._bench.store.add_samples(run_id, position, self._samples)
            self._samples = []
        if self._seconds:
            self._bench.store.add_client_seconds(run_id, position, self._seconds)
            self._seconds = []


def is_cold(workload: Workload) -> bool:
    return workload.state is State.COLD
