from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import vl_convert

from seatrial.domain.traces import CandidateTrace, Dots, RunTraces, WorkloadTrace
from seatrial.domain.values import Estimate
from seatrial.report.charts.all import charts
from seatrial.report.charts.spec import at_width
from seatrial.report.charts.theme import theme
from tests.report.charts.drawn import HOSTILE, everything, named, traced
from tests.report.runs import nothing, single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.summary import RunSummary
    from seatrial.report.view import Chart

SECTIONS = (
    "sides", "front", "load", "distributions", "timelines", "cold", "arrivals", "quality", "failures"
)  # fmt: skip
# Where Vega-Lite reads a name or an expression, and never a text to be shown.
CODE = {
    "field",
    "filter",
    "calculate",
    "as",
    "expr",
    "key",
    "lookup",
    "fields",
    "test",
    "labelExpr",
    "signal",
    "name",
}


def drawn(run: RunSummary) -> list[Chart]:
    return [chart for found in charts(run, traced(run, 60)).values() for chart in found]


def code(value: Any, key: str = "") -> Iterator[str]:
    """Every text of a specification that is read as a name or as an expression."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in {"values", "domain", "sort", "labels", "description"}:
                yield from code(inner, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from code(inner, key)
    elif key in CODE:
        yield str(value)


def test_every_section_has_its_charts_and_every_chart_its_own_id() -> None:
    run = everything()
    assert tuple(charts(run, traced(run, 60))) == SECTIONS
    ids = [chart.id for chart in drawn(run)]
    assert len(ids) == len(set(ids))
    assert all(part.isalnum() for chart_id in ids for part in chart_id.split("-"))


def test_every_chart_is_drawn_without_a_warning_whatever_it_names(capfd: pytest.CaptureFixture[str]) -> None:
    for chart in drawn(named(everything(), HOSTILE)):
        svg = vl_convert.vegalite_to_svg(at_width(chart.spec, 640), config=theme(), show_warnings=True)
        assert "<script" not in svg, chart.id
        assert svg.count("<path") > 3, chart.id
    assert capfd.readouterr() == ("", "")


def test_what_users_write_is_never_a_name_or_an_expression() -> None:
    plain, hostile = (drawn(named(everything(), names)) for names in (("one", "other"), HOSTILE))
    for one, other in zip(plain, hostile, strict=True):
        assert list(code(one.spec)) == list(code(other.spec)), one.id
        assert one.id == other.id


def test_names_are_shown_on_one_line_and_stay_apart() -> None:
    run = everything()
    alike = named(run, ("x" * 90 + "1", "x" * 90 + "2"))
    (legend,) = {
        tuple(chart.spec["encoding"]["color"]["scale"]["domain"]) for chart in charts(alike, None)["sides"]
    }
    assert len(set(legend)) == 2
    for chart in drawn(named(run, HOSTILE)):
        assert chart.alt.isprintable() and chart.title.isprintable(), chart.id


def test_a_candidate_has_one_colour_in_all_charts() -> None:
    def ranges(value: Any) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        if isinstance(value, dict):
            if {"domain", "range"} <= value.keys() and list(value["domain"]) == ["one-slot", "four-slots"]:
                yield tuple(value["domain"]), tuple(map(str, value["range"]))
            for inner in value.values():
                yield from ranges(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from ranges(inner)

    found = {ranged for chart in drawn(everything()) for _, ranged in ranges(chart.spec) if ranged[0][0] == "#"}
    assert found == {("#0072B2", "#D55E00")}


@pytest.mark.parametrize(
    ("chart_id", "numbers"),
    [
        ("sides-ttft-s", ("1.90 s [1.86, 1.94] for one-slot against 320 ms [314, 326] for four-slots",)),
        ("sides-output-tokens-per-s", ("102 tokens/s [97, 107]",)),
        (
            "load-1-ttft-s",
            ("100 ms [90, 112] at 1 to 2.20 s", "one-slot is better up to 2 and four-slots from 4 on"),
        ),
        ("cold-starts", ("after 2.00 s", "840 ms until ready")),
        ("quality-by-kind", ("71.0 % [59.0, 81.0] of 100", "from 56.0 % in safety to 80.0 % in facts")),
        ("quality-under-load", ("64.0 % [52.0, 74.0] at 8",)),
        ("failures", ("10 of one-slot server error",)),
        ("front", ("4.00 [3.60, 4.48] USD per million output tokens", "on the front")),
        ("arrivals", ("was offered 60, was sent 60",)),
        ("timeline-1", ("420 requests of one-slot", "KV cache up to 80 %")),
        ("tail-ttft", ("the slowest of",)),
    ],
)
def test_the_words_beside_a_chart_hold_its_numbers(chart_id: str, numbers: tuple[str, ...]) -> None:
    (found,) = [chart for chart in drawn(everything()) if chart.id == chart_id]
    for number in numbers:
        assert number in found.alt
    assert found.spec["description"] == found.alt
    assert len(found.alt) < 900


def test_runs_with_little_to_say_say_little() -> None:
    assert charts(nothing(), None) == {}
    assert charts(nothing(), traced(nothing())) == {}
    alone = charts(single(), traced(single(), 60))
    assert tuple(alone) == ("distributions", "timelines", "arrivals", "failures")
    assert '"legend": {"title": null, "orient": "top", "columns"' not in json.dumps(alone["failures"][0].spec)


def test_what_is_not_known_is_left_out() -> None:
    run = everything()
    nan = Estimate(math.nan, None, None, 0)
    for unknown in (None, nan):
        broken = tuple(
            replace(c, workloads=tuple(replace(w, rates={"output_tokens_per_s": unknown}) for w in c.workloads))
            for c in run.candidates
        )
        found = charts(replace(run, candidates=broken, answer=None), None)["sides"]
        assert [chart.id for chart in found] == ["sides-ttft-s", "sides-tpot-s", "sides-e2e-s"]
    for chart in drawn(run):
        json.dumps(chart.spec, allow_nan=False)


def test_a_run_in_which_all_failed_shows_when_and_of_what(capfd: pytest.CaptureFixture[str]) -> None:
    run = single()
    dots = Dots((1.0, 2.0), (None, None), (0.0, 30.0), ("refused", "timeout"), 2)
    trace = WorkloadTrace("vllm", "ramp", 0.0, 32.0, dots=dots)
    found = charts(run, RunTraces((CandidateTrace("vllm", (trace,)),)))
    assert tuple(found) == ("timelines", "failures")
    (chart,) = found["timelines"]
    assert "none of them completed, 2 drawn as failed" in chart.alt
    vl_convert.vegalite_to_svg(at_width(chart.spec, 640), config=theme(), show_warnings=True)
    assert capfd.readouterr() == ("", "")
