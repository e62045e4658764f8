from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.report.results import results
from tests.report.runs import bake_off, cold, one_skipped, single, warm

if TYPE_CHECKING:
    from seatrial.domain.summary import RunSummary, WorkloadSummary


def alone(*workloads: WorkloadSummary) -> RunSummary:
    """One candidate that ran these."""
    run = single()
    return replace(run, candidates=(replace(run.candidates[0], workloads=workloads),))


def test_groups_get_a_table_and_the_rest_of_a_suite_shares_one() -> None:
    def named(name: str, group: str | None) -> WorkloadSummary:
        return replace(warm(name, 1, 0.2, 43.0), group=group)

    tables = results(
        alone(named("a", None), named("c1", "users"), named("c2", "users"), named("b", "b"), replace(cold(1.0)))
    ).tables
    assert [(table.title, table.columns) for table in tables] == [
        ("quick", (("a",), ("b",))),
        ("quick: users", (("c1",), ("c2",))),
        ("cold-warm: sequential-cold", ((),)),
    ]


def test_own_workloads_without_a_suite() -> None:
    one = replace(warm("mine", 1, 0.2, 43.0), suite=None, group=None)
    assert [table.title for table in results(alone(one)).tables] == ["mine"]
    assert [table.title for table in results(alone(one, replace(one, name="other"))).tables] == ["workloads"]


def test_the_head_says_what_the_title_does_not() -> None:
    together, grouped = results(bake_off()).tables
    assert together.groups == ("sequential-cold", "batched-warm")
    assert together.columns == (("one-slot",), ("four-slots",)) * 2
    assert grouped.groups == ("concurrency-1", "concurrency-4")


def test_a_workload_that_one_candidate_skipped_leaves_its_place_empty() -> None:
    (table,) = results(one_skipped()).tables
    assert {row.cells[3].text for row in table.rows} == {"-"}
    assert "-" not in {row.cells[2].text for row in table.rows}


def test_rows_that_say_nothing_are_left_out_and_the_need_is_said_once() -> None:
    found = results(single())
    labels = [row.label for row in found.tables[0].rows]
    assert "TTFT p99" in labels
    assert "TPOT mean" not in labels
    assert found.bullets == ()
    found = results(bake_off())
    assert not any("p95" in row.label for table in found.tables for row in table.rows)
    assert [bullet.text for bullet in found.bullets] == [
        "p95 and p99 are unknown where fewer than 200 and 1,000 completed requests count"
    ]
