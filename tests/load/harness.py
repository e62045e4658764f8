"""Runs the real loop in this process against a real socket, and gives back what it recorded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.target import Target
from seatrial.load.job import Batch, Done, LoadJob
from seatrial.load.loop import Loop
from seatrial.load.poller import Poller, make_poller
from seatrial.load.sockets import Connection, hold_kernel_clock
from seatrial.prompts.fixed import OnePrompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seatrial.domain.sample import ClientSecond, Sample
    from seatrial.domain.traffic import Workload


class Loaded(NamedTuple):
    samples: list[Sample]
    seconds: list[ClientSecond]
    done: Done
    t0_ns: int

    @property
    def outcomes(self) -> list[str]:
        return [sample.outcome.value for sample in self.samples]


def target(url: str, api: str = "openai-chat", **fields: object) -> Target:
    return Target(url=url, api=api, model="scripted", **fields)  # type: ignore[arg-type]


def load(
    workload: Workload,
    to: str | Target,
    *,
    prompt: str = "hello",
    poller: Poller | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    **job_fields: object,
) -> Loaded:
    """Offers `workload` to a URL or target and returns when it has ended."""
    where = target(to) if isinstance(to, str) else to
    job = LoadJob(workload, where, OnePrompt(prompt), seed=1, **job_fields)  # type: ignore[arg-type]
    batches: list[Batch] = []
    idle: list[Connection] = []
    loop = Loop(job, poller or make_poller(), batches.append, idle=idle, should_stop=should_stop)
    loop.prepare()
    kernel_clock = hold_kernel_clock()
    t0_ns = time.perf_counter_ns() + 2_000_000
    done = loop.run(t0_ns)
    for connection in idle:
        connection.close()
    if kernel_clock is not None:
        kernel_clock.close()
    samples = sorted((s for batch in batches for s in batch.samples), key=lambda s: s.index)
    return Loaded(samples, [s for batch in batches for s in batch.seconds], done, t0_ns)


def chunk_times_s(sample: Sample) -> NDArray[np.float64]:
    """Seconds from send to each chunk."""
    return np.frombuffer(sample.chunk_ns, "<i8") / 1e9
