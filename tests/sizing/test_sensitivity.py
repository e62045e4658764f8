"""What the answer becomes if a figure is off by a fifth."""

from __future__ import annotations

from dataclasses import replace

from seatrial.sizing.choice.search import propose

from .questions import L4, demand, question, slo


def answers(**changes: object) -> dict[str, str]:
    found = propose(question(engines=("vllm",), gpus=(L4,), **changes))
    return {each.change: each.answer for each in found.sensitivity}


def test_a_small_demand_is_served_by_the_same_plan() -> None:
    told = answers(demand=demand(rate_per_s=0.1))
    assert list(told) == [
        "the price is 20 % higher",
        "the speed is 20 % lower",
        "the speed is 20 % higher",
        "the demand is 20 % greater",
    ]
    assert all(answer.startswith("the same plan") for answer in told.values())
    assert "USD 701 a month" in told["the price is 20 % higher"]  # 0.8 x 1.2 x 730


def test_a_tight_limit_takes_more_replicas_when_slower() -> None:
    """The first number of replicas that one engine needs more of, if it is a fifth slower, is told as such."""
    for rate in (4.0, 8.0, 16.0, 32.0):
        told = answers(demand=demand(rate_per_s=rate, slo=slo("tpot_p95=60ms")))
        if "replicas of the same" in told["the speed is 20 % lower"]:
            return
    raise AssertionError("no rate needed more replicas")


def test_a_budget_that_a_higher_price_breaks() -> None:
    told = answers(demand=demand(rate_per_s=0.1), budget_usd_per_month=600.0)
    assert told["the price is 20 % higher"] == "nothing serves the demand any more"


def test_a_plan_without_a_price_has_no_price_to_be_off() -> None:
    asked = question(demand=demand(rate_per_s=0.1), engines=("vllm",), gpus=(L4,))
    found = propose(replace(asked, market=replace(asked.market, offers=())))
    assert found.sensitivity[0].change == "the speed is 20 % lower"
