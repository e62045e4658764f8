"""What is told of a plan and what is not: likely ones, layouts that cannot run, wide tables."""

from __future__ import annotations

from dataclasses import replace

from seatrial.report.plan.answer import SURE_ONLY, answer, headline
from seatrial.report.plan.refused import table
from seatrial.report.plan.tables import memory_lines, plans_table
from seatrial.report.view import Role

from .proposals import refused, whole


def test_a_layout_that_cannot_run_says_nothing_of_requests_that_wait() -> None:
    first = refused().rejected[0]
    assert first.memory is not None
    told = " ".join(line.text for line in memory_lines(first.memory, first.layout))
    assert "they wait" not in told
    assert f"there is room for {first.memory.kv_tokens:,} tokens" in told
    none = replace(first.memory, kv_tokens=0)
    assert "room" not in " ".join(line.text for line in memory_lines(none, first.layout))


def test_only_a_plan_that_meets_its_slo_for_sure_is_green() -> None:
    proposal = whole()
    assert headline(proposal).lead.role is Role.WARN  # likely
    assert SURE_ONLY in [line.text for line in answer(proposal).lines]
    for limit, role in ((1000.0, Role.GOOD), (1e-6, Role.BAD)):
        objectives = tuple(replace(each, limit=limit) for each in proposal.demand.slo.objectives)
        asked = replace(
            proposal, demand=replace(proposal.demand, slo=replace(proposal.demand.slo, objectives=objectives))
        )
        assert headline(asked).lead.role is role
        assert SURE_ONLY not in [line.text for line in answer(asked).lines]


def test_the_badge_is_a_figure_that_the_remark_explains() -> None:
    found = headline(whole())
    assert found.trust.text == "TPOT within x 1.2"
    assert found.remark.startswith(
        "Of 10 such predictions of TPOT 8 lie within a factor of 1.2 of what is measured."
    )


def test_a_wide_table_names_the_machines_where_they_may_wrap() -> None:
    found = plans_table(whole().plans, whole().demand, wide=True)
    assert ("machine",) not in found.columns
    assert found.rows[0].label.endswith(" on g2-standard-8")


def test_gpus_that_nobody_offers_are_one_row() -> None:
    first = replace(refused().rejected[0], memory=None, speed=None, change=None)
    other = replace(first.layout, gpu=replace(first.layout.gpu, name="T4"))
    many = [
        replace(first, reason=f"no offer of {each.gpu.name} in azure", layout=each)
        for each in (first.layout, other)
    ]
    (found,) = table(many).tables
    (row,) = found.rows
    assert row.label.endswith("and 1 more")
    assert "Much the same on " in row.cells[0].text
