"""Requests made ahead: in order, each once, and never more than memory should hold."""

from __future__ import annotations

from seatrial.domain.traffic import Workload
from seatrial.load.job import LoadJob
from seatrial.load.outbox import Outbox
from seatrial.load.schedule import make_schedule
from seatrial.prompts.fixed import OnePrompt

from .harness import target


def outbox(workload: Workload, prompt: str) -> Outbox:
    job = LoadJob(workload, target("http://127.0.0.1:1"), OnePrompt(prompt), seed=1, run_tag="run")
    return Outbox(job, make_schedule(workload, 1))


def test_no_more_is_made_ahead_than_will_be_sent() -> None:
    box = outbox(Workload("w", requests=3), "hello")
    assert [box.make_ahead() for _ in range(4)] == [True, True, True, False]
    assert [b"X-Request-Id: run-%d" % index in box.get(index).data for index in range(3)] == [True] * 3


def test_long_prompts_are_not_heaped_up() -> None:
    box = outbox(Workload("w", duration_s=60), "x" * 2**22)
    made = 0
    while box.make_ahead():
        made += 1
    assert made == 8, "32 MiB of 4 MiB each"
    box.get(0)
    assert box.make_ahead()
    assert not box.make_ahead()
