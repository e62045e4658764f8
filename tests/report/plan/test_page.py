from __future__ import annotations

import re
from dataclasses import replace

import pytest

from seatrial.report.page.inline import vega_bundle
from seatrial.report.plan.chart_front import front_chart
from seatrial.report.plan.chart_memory import memory_chart
from seatrial.report.plan.page import drawn, proposal_page
from seatrial.report.static import svg
from seatrial.report.view import Chart
from tests.report.page.samples import HOSTILE
from tests.report.plan.proposals import PROPOSALS, pinned, refused, whole
from tests.report.plan.real import proposal_of


def segments(proposal_name: str) -> dict[str, float]:
    """Bar -> where its last part ends, in GiB."""
    (chart,) = memory_chart(PROPOSALS[proposal_name]())
    ends: dict[str, float] = {}
    for row in chart.spec["layer"][0]["data"]["values"]:
        assert row["a"] == pytest.approx(ends.get(row["w"], 0.0))  # parts lie beside each other
        ends[row["w"]] = row["b"]
    return ends


def test_bars_are_as_long_as_what_is_taken() -> None:
    ends = segments("whole")
    assert len(ends) == 5
    best = whole().plans[0].memory
    taken = (best.weights, best.activation, best.non_torch, best.kv_pool)
    assert ends["1. vLLM bf16; 1 x L4"] == pytest.approx(sum(part.value for part in taken) / 2**30, rel=1e-3)


def test_what_does_not_fit_is_shown_with_what_is_missing() -> None:
    (chart,) = memory_chart(refused())
    rows = chart.spec["layer"][0]["data"]["values"]
    assert [row["p"] for row in rows] == [
        "weights",
        "activations",
        "driver and communication",
        "KV cache",
        "missing",
    ]
    assert rows[-1]["t"] == "12.4 GiB"


def test_the_front_is_of_those_that_no_other_beats() -> None:
    (chart,) = front_chart(whole())
    dots = next(layer for layer in chart.spec["layer"] if "color" in layer.get("encoding", {}))
    assert [row["n"] for row in dots["data"]["values"]] == ["1", "2", "3"]  # the fourth has no price
    assert {row["f"] for row in dots["data"]["values"]} == {"on the front"}
    proposal = whole()
    first, second, *_ = proposal.plans
    worse = replace(second, cost=replace(second.cost, usd_per_month=9e9), speed=first.speed)  # type: ignore[type-var]
    (chart,) = front_chart(replace(proposal, plans=(first, worse)))
    dots = next(layer for layer in chart.spec["layer"] if "color" in layer.get("encoding", {}))
    assert [row["f"] for row in dots["data"]["values"]] == ["on the front", "beaten in both by another"]


def test_without_two_prices_there_is_no_front() -> None:
    assert front_chart(pinned()) == ()


@pytest.mark.parametrize("chart", [*memory_chart(whole()), *front_chart(whole()), *memory_chart(refused())])
def test_charts_can_be_drawn(chart: Chart) -> None:
    assert "<path" in svg(chart)


@pytest.mark.parametrize("name", PROPOSALS)
def test_a_page_is_whole_and_loads_nothing(name: str) -> None:
    html = proposal_page(PROPOSALS[name]())
    own = html.replace(vega_bundle(), "")
    assert set(re.findall(r"https?://[^\s\"'<\\]+", own)) <= {"https://vega.github.io/schema/vega-lite/v6.json"}
    assert html == proposal_page(PROPOSALS[name]())


def test_the_page_holds_the_arithmetic_folded() -> None:
    view = drawn(proposal_of("dense"))
    arithmetic = next(section for section in view.sections if section.heading.startswith("Arithmetic"))
    assert all(copyable.long for copyable in arithmetic.copyables)
    assert "2 x 32 layers x 8 KV heads x 128 x 2 bytes" in arithmetic.copyables[0].text


def test_hostile_names_are_never_markup() -> None:
    proposal = whole()
    best = proposal.plans[0]
    gpu = replace(best.layout.gpu, name=HOSTILE)
    plans = (replace(best, layout=replace(best.layout, gpu=gpu), flags=((HOSTILE, HOSTILE),)), *proposal.plans[1:])
    html = proposal_page(replace(proposal, model=replace(proposal.model, name=HOSTILE), plans=plans))
    assert HOSTILE not in html
    assert "<script>window.hit" not in html
