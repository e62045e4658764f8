"""The axis of failures counts in whole numbers."""

from __future__ import annotations

import pytest

from seatrial.domain.summary import CandidateSummary, Counts, RunSummary, WorkloadSummary
from seatrial.domain.trial import Trust
from seatrial.report.charts.failures import failures


@pytest.mark.parametrize(("failed", "ticks"), [(1, [0, 1]), (3, [0, 1, 2, 3]), (40, None)])
def test_few_failures_have_a_tick_each(failed: int, ticks: list[int] | None) -> None:
    workload = WorkloadSummary("c1", Counts(90, 90, 90 - failed, failed, 0), failures={"timeout": failed})
    run = RunSummary("r", 1, Trust(), (CandidateSummary("c", "vllm", None, "m", (workload,)),))
    (chart,) = failures(run)
    assert chart.spec["encoding"]["x"]["axis"].get("values") == ticks
