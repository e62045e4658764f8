from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.domain.summary import CandidateSummary, WorkloadSummary
from seatrial.domain.trial import Trust, Verdict
from seatrial.domain.values import Estimate
from seatrial.stats.choice.cost import price
from tests.stats.choice.bake_offs import MET, MISSED, UNTOLD, candidate, quick, users


def test_without_an_slo_the_best_throughput_sets_the_cost() -> None:
    cost = price([quick("a", {1: 40, 4: 100, 8: 90}, usd_per_hour=3.6)]).costs["a"]
    assert cost.at == "concurrency-4"
    # 3.6 USD/h over 100 tokens/s * 3,600 s = 10 USD per million
    assert cost.good.value == pytest.approx(10.0)
    assert cost.good.low == pytest.approx(10 / 1.02)
    assert cost.good.high == pytest.approx(10 / 0.98)
    assert cost.all_tokens == cost.good


def test_with_an_slo_only_loads_that_meet_it() -> None:
    loads = (users(1, 40, MET), users(4, 100, MET), users(8, 300, MISSED))
    cost = price([candidate("a", *loads, usd_per_hour=3.6)]).costs["a"]
    assert cost.at == "concurrency-4"


def test_a_load_where_it_cannot_be_told_serves_only_if_none_is_shown_to_meet_it() -> None:
    a = candidate("a", users(1, 40, MET), users(8, 300, UNTOLD), usd_per_hour=1.0)
    b = candidate("b", users(1, 40, UNTOLD), users(8, 300, UNTOLD), usd_per_hour=1.0)
    assert {name: cost.at for name, cost in price([a, b]).costs.items()} == {
        "a": "concurrency-1",
        "b": "concurrency-8",
    }


def test_tokens_of_requests_that_miss_the_slo_are_paid_for_and_not_counted() -> None:
    load = users(4, 100, MET)
    rates = load.rates | {
        "goodput_per_s": Estimate(0.8, None, None, 16),
        "requests_per_s": Estimate(1.0, None, None, 20),
    }
    cost = price([candidate("a", replace(load, rates=rates), usd_per_hour=3.6)]).costs["a"]
    assert cost.good.value == pytest.approx(12.5)
    assert cost.all_tokens.value == pytest.approx(10.0)


def test_what_is_missing_is_said() -> None:
    pricing = price([quick("free", {4: 100}), quick("slow", {4: 100}, MISSED, usd_per_hour=1.0)])
    assert not pricing.costs
    assert pricing.missing == {
        "free": "it has no price: add usd_per_hour to its [[candidates]] in the spec",
        "slow": "it has no load with output tokens and without a miss of the SLO to take the cost at",
    }


def test_an_invalid_measurement_sets_no_cost() -> None:
    late = Trust(Verdict.INVALID, ("late sends",))
    loads = (users(1, 40), replace(users(8, 300), trust=late))
    assert price([candidate("a", *loads, usd_per_hour=1.0)]).costs["a"].at == "concurrency-1"


def test_only_loads_of_the_same_lengths_are_held_against_each_other() -> None:
    def asked(load: WorkloadSummary, tokens: float) -> WorkloadSummary:
        return replace(load, tokens={"output_asked": tokens})

    def ran(name: str) -> CandidateSummary:
        return candidate(
            name,
            asked(users(4, 100, name="short"), 64),
            asked(users(2, 500, name="long"), 1024),
            usd_per_hour=1.0,
        )

    assert {cost.at for cost in price([ran("a"), ran("b")]).costs.values()} == {"short"}
