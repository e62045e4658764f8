from __future__ import annotations

from dataclasses import replace

from seatrial.domain.summary import RunSummary, WorkloadSummary
from seatrial.report.summary import summary
from tests.report.runs import bake_off, batches, one_skipped, single, warm


def of(run: RunSummary, *workloads: WorkloadSummary) -> RunSummary:
    candidates = tuple(replace(c, workloads=workloads) for c in run.candidates)
    return replace(run, candidates=candidates)


def heads(run: RunSummary) -> list[str]:
    (table,) = summary(run).tables
    return [" ".join(column) for column in table.columns[: table.together]]


def test_one_workload_of_one_candidate_is_not_said_twice() -> None:
    assert not summary(single())


def test_what_all_agree_on_has_no_column() -> None:
    trusted = warm("c1", 1, 0.2, 43.0)
    assert heads(of(bake_off(), trusted)) == ["ok", "TTFT p50", "E2E mean", "output tokens/s", "SLO"]
    assert heads(of(bake_off(), replace(trusted, slo=()))) == ["ok", "TTFT p50", "E2E mean", "output tokens/s"]
    assert heads(bake_off())[-1] == "trust"


def test_medians_only_where_all_have_one() -> None:
    few = replace(batches(1.0), metrics={"ttft_s": None})
    assert heads(of(bake_off(), few, warm("c1", 1, 0.2, 43.0)))[1] == "TTFT p50"
    assert heads(bake_off())[1] == "TTFT mean"


def test_a_workload_that_one_candidate_did_not_run_says_so() -> None:
    (table,) = summary(one_skipped()).tables
    assert table.groups == ("one-slot", "four-slots")
    assert [cell.text for cell in table.rows[1].cells[table.together :]] == ["not run", "-", "-", "-", "-"]
