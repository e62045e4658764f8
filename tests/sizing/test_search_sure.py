"""Being sure, a number of GPUs, several quantisations, changes that help, and what the notes say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.catalog.quants import weights_of
from seatrial.sizing.choice.evaluate import Refused, evaluate
from seatrial.sizing.choice.finish import rejection
from seatrial.sizing.choice.layouts import counts_for, layout_of
from seatrial.sizing.choice.objectives import misses
from seatrial.sizing.choice.question import Pins
from seatrial.sizing.choice.search import propose

from .questions import L4, MARKET, demand, question, slo

SLO = slo("ttft_p95=1s", "tpot_p95=60ms")


def test_sure_plans_meet_the_slo_at_the_far_end_and_the_others_are_refused_for_it() -> None:
    asked = question(demand=demand(slo=SLO, rate_per_s=4.0))
    likely, certain = propose(asked), propose(replace(asked, sure=True))
    assert any(misses(plan.speed, asked.demand, sure=True) for plan in likely.plans if plan.speed)
    assert certain.plans
    assert not any(misses(plan.speed, asked.demand, sure=True) for plan in certain.plans if plan.speed)
    one = Pins(replicas=1, quants=("fp8",), tensor_parallel=1)
    tight = replace(asked, sure=True, pins=one, engines=("vllm",), gpus=(L4,))
    speed = propose(replace(tight, demand=demand(rate_per_s=0.1))).plans[0].speed
    assert speed is not None
    between = (speed.tpot_p95_s.value + speed.tpot_p95_s.high) / 2
    met = demand(rate_per_s=0.1, slo=slo(f"tpot_p95={between:.4f}s"))
    assert propose(replace(tight, demand=met, sure=False)).plans
    (refused,) = propose(replace(tight, demand=met)).rejected
    assert "at the slow end of its interval > " in refused.reason
    (fixed,) = propose(replace(tight, demand=met, exact=True)).plans
    assert fixed.failing.startswith("misses the SLO: TPOT p95")


def test_no_plan_takes_more_gpus_than_there_are() -> None:
    two = question(owned=(("L4", 2),), gpus=(L4,), engines=("vllm",))
    assert counts_for(two, L4) == (1, 2)
    for rate in (1.0, 4.0, 8.0):
        for plan in propose(replace(two, demand=demand(rate_per_s=rate))).plans:
            assert plan.replicas * plan.layout.gpu_count <= 2
    (refused,) = propose(replace(two, demand=demand(rate_per_s=60.0))).rejected
    assert "x L4, and there are 2" in refused.reason


def test_every_quantisation_that_was_asked_for_is_listed() -> None:
    asked = question(pins=Pins(quants=("fp8", "bf16")), gpus=(L4,), engines=("vllm",))
    assert {plan.layout.weights.quant for plan in propose(asked).plans} == {"fp8", "bf16"}


def test_a_change_that_only_lets_it_start_is_not_called_help() -> None:
    asked = question(pins=Pins(quants=("bf16",)), gpus=(L4,), engines=("vllm",))
    full = layout_of(asked, "vllm", L4, weights_of(asked.model, (), "bf16", "safetensors"), 1)
    refused = evaluate(asked, replace(full, gpu_memory_utilization=0.74))
    assert isinstance(refused, Refused)
    assert rejection(asked, refused).change is not None
    told = rejection(replace(asked, demand=demand(rate_per_s=2000.0)), refused)
    assert told.change is None
    assert "it would start, but it would take" in told.reason


def test_over_budget_the_cheapest_comes_first() -> None:
    found = propose(question(budget_usd_per_month=100.0))
    dear = [each.usd_per_month for each in found.rejected if each.usd_per_month is not None]
    assert len(dear) > 1
    assert dear == sorted(dear)
    assert found.rejected[0].usd_per_month == dear[0]


def test_without_an_slo_equal_prices_are_told_apart_by_precision() -> None:
    prices = replace(MARKET, prices=(("", 1.0),))
    first, *others = propose(question(market=prices, gpus=(L4,), demand=demand(rate_per_s=0.01))).plans
    assert (first.layout.engine, first.layout.weights.quant) == ("vllm", "bf16")
    assert others


@pytest.mark.parametrize(
    ("changes", "told", "expected"),
    [
        ({"demand": demand(rate_per_s=None, concurrency=8)}, "none of 8 users waits for a slot", True),
        ({"demand": demand(rate_per_s=None, concurrency=8, slo=slo("ttft_p95=9s"))}, "waits for a slot", False),
        ({"demand": demand(rate_per_s=None, concurrency=8, slo=slo("tpot_p95=9s"))}, "waits for a slot", True),
        ({}, "waits for a slot", False),
        ({}, "requests of more than 768 tokens", True),
        ({"engines": ("ollama",)}, "prompt and answer together, are cut", True),
        ({"pins": Pins(settings=(("max_model_len", 4096),))}, "requests of more than", False),
    ],
)
def test_what_the_notes_say(changes: dict[str, object], told: str, *, expected: bool) -> None:
    notes = " ".join(propose(question(gpus=(L4,), explained=False, **changes)).notes)
    assert (told in notes) is expected


def test_weights_made_at_each_start_are_fetched_whole() -> None:
    asked = question(pins=Pins(quants=("fp8",)), gpus=(L4,), engines=("vllm",))
    notes = " ".join(propose(asked).plans[0].notes)
    assert "at each start 15.0 GiB are fetched" in notes
    assert "held on the GPU while loading" in notes
