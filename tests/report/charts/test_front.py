from __future__ import annotations

from dataclasses import replace

import vl_convert

from seatrial.domain.answer import LoadPoint, Standing
from seatrial.domain.summary import RunSummary
from seatrial.report.charts.front import front
from seatrial.report.charts.load import load
from seatrial.report.charts.spec import at_width
from tests.report.charts.drawn import around, everything


def with_a_third() -> RunSummary:
    """The run with a candidate that has no price."""
    run = everything()
    assert run.answer is not None
    third = Standing("unpriced", 3, scores={"speed": around(0.5), "cost": None})
    answer = replace(run.answer, standings=(*run.answer.standings, third))
    return replace(run, candidates=(*run.candidates, replace(run.candidates[0], name="unpriced")), answer=answer)


def test_who_has_no_mark_is_not_in_the_legend_and_the_description_says_why() -> None:
    (chart,) = front(with_a_third())
    assert chart.alt.endswith(" Without a cost or a speed, and so not shown: unpriced.")
    drawn = vl_convert.vegalite_to_svg(at_width(chart.spec, 600))
    shown = drawn.replace(chart.alt, "")
    assert "one-slot" in shown
    assert "unpriced" not in shown


def test_where_all_have_a_mark_nothing_is_left_out() -> None:
    (chart,) = front(everything())
    assert "not shown" not in chart.alt


def test_the_time_per_token_has_a_chart_against_load() -> None:
    run = everything()
    assert run.answer is not None
    points = tuple(
        LoadPoint("one-slot", "quick", "concurrency", float(n), "tpot_s", around(0.01 * n)) for n in (1, 2, 4)
    )
    (chart,) = load(replace(run, answer=replace(run.answer, points=points, crossings=())))
    assert chart.title == "Time per token after the first, mean, against load: quick"
