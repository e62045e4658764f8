"""Money: the cheapest whole machines, by whose price, and what a million tokens come to."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.values import Range
from seatrial.sizing.cost import HOURS_PER_MONTH, Market, cost_of, cost_terms, purchase

from .questions import L4, MARKET, OFFERS, offer
from .shapes import H100


@pytest.mark.parametrize(
    ("replicas", "clouds", "machine", "machines"),
    [
        (1, (), "g2", 1),  # the cheapest anywhere, but for spot
        (1, ("aws",), "L4-1", 1),
        (4, ("aws",), "L4-1", 4),  # USD 4, a machine of four would be 5
    ],
)
def test_the_cheapest_machines_that_hold_the_replicas(
    replicas: int, clouds: tuple[str, ...], machine: str, machines: int
) -> None:
    bought = purchase(replace(MARKET, clouds=clouds), L4, 1, (replicas,))
    assert bought is not None
    assert (bought.offer.instance, bought.machines) == (machine, machines)


def test_a_replica_of_several_gpus_needs_a_machine_of_as_many() -> None:
    bought = purchase(MARKET, H100, 2, (5,))
    assert bought is not None
    assert (bought.offer.gpu_count, bought.machines, bought.usd_per_hour) == (8, 2, 110.0)  # 4 replicas a machine
    assert purchase(MARKET, L4, 8, (1,)) is None


def test_every_region_buys_its_own_machines() -> None:
    bought = purchase(MARKET, H100, 2, (1, 1))
    assert bought is not None
    assert bought.machines == 2


def test_spot_prices_count_when_they_are_asked_for() -> None:
    bought = purchase(replace(MARKET, spot=True), L4, 1, (1,))
    assert bought is not None
    assert (bought.offer.price_kind, bought.usd_per_hour) == ("spot", 0.3)


def test_an_offer_without_a_price_is_none() -> None:
    assert purchase(Market((offer("L4", 1, None),)), L4, 1, (1,)) is None


def test_the_users_price_goes_before_every_offer() -> None:
    for prices, usd in (((("", 2.0),), 4.0), ((("", 9.0), ("L4", 0.1)), 0.2)):
        bought = purchase(replace(MARKET, prices=prices), L4, 2, (1,))
        assert bought is not None
        assert (bought.usd_per_hour, bought.machines, bought.by_user) == (usd, 2, True)
    bought = purchase(replace(MARKET, prices=(("L4-4", 2.0),)), L4, 4, (1,))
    assert bought is not None
    assert (bought.offer.instance, bought.usd_per_hour, bought.by_user) == ("L4-4", 2.0, True)


def test_a_million_tokens_cost_the_hour_divided_by_what_is_made_in_it() -> None:
    bought = purchase(MARKET, H100, 1, (1,))
    assert bought is not None
    cost = cost_of(bought, Range(1000.0, 500.0, 2000.0))
    assert cost.usd_per_month == 7.0 * HOURS_PER_MONTH
    million = cost.usd_per_million_output_tokens
    assert million is not None
    assert (million.value, million.low, million.high) == pytest.approx((7.0 / 3.6, 7.0 / 7.2, 7.0 / 1.8))
    assert [term.value for term in cost_terms(cost, Range.exact(1000.0))] == [7.0, 5110.0, pytest.approx(7.0 / 3.6)]
    assert cost_of(bought, None).usd_per_million_output_tokens is None


@given(st.integers(1, 40), st.sampled_from([1, 2, 4, 8]))
def test_no_purchase_is_too_small_or_beaten(replicas: int, count: int) -> None:
    bought = purchase(MARKET, H100, count, (replicas,))
    assert bought is not None
    held = bought.offer.gpu_count // count
    assert bought.machines * held >= replicas
    for other in OFFERS:
        if other.gpu == "H100 SXM" and other.gpu_count >= count and other.usd_per_hour:
            usd = math.ceil(replicas / (other.gpu_count // count)) * other.usd_per_hour
            assert bought.usd_per_hour <= usd
