from __future__ import annotations

import pytest

from seatrial.domain.summary import (
    CandidateSummary,
    Counts,
    Drift,
    RunSummary,
    Steady,
    WorkloadSummary,
)
from seatrial.domain.trial import Trust
from seatrial.domain.values import Estimate
from seatrial.report.remarks import failures, notes

CUT = "the first 4.00 s were cut as warm-up"


def told(steady: Steady | None) -> list[str]:
    workload = WorkloadSummary("closed-8", Counts(400, 400, 400, 0, 0), steady=steady, notes=("a note",))
    run = RunSummary("r", 1, Trust(), (CandidateSummary("c", "vllm", None, "m", (workload,)),))
    return [bullet.text.removeprefix("closed-8: ") for bullet in notes(run).bullets]


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 was cut off by the interruption"), (3, "3 were cut off by the interruption")]
)
def test_the_users_own_interruption_is_no_fault_of_the_server(count: int, said: str) -> None:
    workload = WorkloadSummary(
        "closed-8",
        Counts(10, 10, 10 - count, count, 0),
        failures={"interrupted": count},
        failure_details=("interrupted: interrupted",),
    )
    run = RunSummary("r", 1, Trust(), (CandidateSummary("c", "vllm", None, "m", (workload,)),))
    assert [bullet.text for bullet in failures(run).bullets] == [f"closed-8: {said}"]


def test_a_cut_is_told_with_its_size() -> None:
    assert told(Steady(4.0, 40.0, 40, CUT, found=True)) == [f"{CUT}; 40 of 400 requests", "a note"]


def test_that_there_was_no_steady_state_is_told() -> None:
    assert told(Steady(0.0, 40.0, 0, "no steady state was found", found=False))[0] == "no steady state was found"


@pytest.mark.parametrize("found", [True, None])
def test_that_nothing_was_cut_is_not_worth_a_line(found: bool | None) -> None:
    assert told(Steady(0.0, 40.0, 0, "nothing was cut", found=found)) == ["a note"]
    assert told(None) == ["a note"]


@pytest.mark.parametrize(
    ("per_minute", "sentence"),
    [
        (Estimate(0.12, 0.08, 0.16, 300), "grew by 24 % [16, 32] of its mean"),
        (Estimate(-0.12, -0.16, -0.08, 300), "fell by 24 % [16, 32] of its mean"),
    ],
)
def test_a_drift_is_told_over_the_measured_time(per_minute: Estimate, sentence: str) -> None:
    steady = Steady(10.0, 130.0, 0, "nothing was cut", Drift("e2e_s", per_minute, found=True), found=True)
    assert told(steady) == [f"time to complete {sentence} over the 2.0 min measured", "a note"]
    quiet = Steady(10.0, 130.0, 0, "nothing was cut", Drift("e2e_s", per_minute, found=False), found=True)
    assert told(quiet) == ["a note"]
