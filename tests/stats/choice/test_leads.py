from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.domain.values import Estimate
from seatrial.stats.choice.leads import is_ahead, leads_of, log_level, together

A, B = Estimate(4.0, 3.0, 5.0, 20), Estimate(2.0, 1.0, 2.5, 30)


def test_a_lead_goes_from_end_to_end() -> None:
    leads = leads_of({"a": A, "b": B}, "ab", more_is_better=True)
    assert leads["a", "b"] == Estimate(2.0, 3.0 / 2.5, 5.0, 20)
    assert leads["b", "a"] == Estimate(0.5, 1.0 / 5.0, 2.5 / 3.0, 20)
    assert is_ahead(leads["a", "b"])
    assert not is_ahead(leads["b", "a"])


def test_of_costs_the_lower_leads() -> None:
    leads = leads_of({"a": A, "b": B}, "ab", more_is_better=False)
    assert leads["b", "a"] == Estimate(2.0, 3.0 / 2.5, 5.0, 20)


def test_intervals_that_touch_tell_nothing_and_neither_does_none() -> None:
    touching = leads_of({"a": A, "b": Estimate(2.0, 1.0, 3.0, 30)}, "ab", more_is_better=True)
    assert not is_ahead(touching["a", "b"])
    bare = leads_of({"a": A, "b": Estimate(2.0, None, None, 3)}, "ab", more_is_better=True)
    assert (bare["a", "b"].value, bare["a", "b"].low, bare["a", "b"].high) == (2.0, None, None)
    assert not is_ahead(bare["a", "b"])


@pytest.mark.parametrize("more_is_better", [True, False])
def test_who_has_nothing_is_behind_who_has_something(more_is_better: bool) -> None:
    leads = leads_of({"a": A}, "axy", more_is_better=more_is_better)
    assert is_ahead(leads["a", "x"])
    assert not is_ahead(leads["x", "a"])
    assert not is_ahead(leads["x", "y"])
    assert log_level(None, more_is_better=more_is_better) == -math.inf


def test_reaches_are_added() -> None:
    both = together([(Estimate(4.0, 2.0, 8.0, 9), 1.0), (Estimate(1.0, 0.5, 2.0, 5), 1.0)])
    assert (both.value, both.low, both.high, both.n) == pytest.approx((2.0, 1.0, 4.0, 5))
    weighed = together([(Estimate(4.0, None, 8.0, 9), 3.0), (Estimate(1.0, 0.5, 2.0, 5), 1.0)])
    assert weighed.value == pytest.approx(4.0**0.75)
    assert weighed.low is None


def test_ahead_and_behind_without_measure_cannot_be_weighed() -> None:
    endless = [Estimate(math.inf, math.inf, math.inf, 0), Estimate(0.0, 0.0, 0.0, 0)]
    assert not is_ahead(together([(lead, 1.0) for lead in endless]))


POSITIVE = st.floats(0.01, 100)


@settings(derandomize=True, deadline=None)
@given(POSITIVE, POSITIVE, POSITIVE, POSITIVE)
def test_who_is_ahead_is_not_behind(a: float, b: float, up: float, down: float) -> None:
    scores = {"a": Estimate(a, a / (1 + down), a * (1 + up), 9), "b": Estimate(b, b / (1 + up), b * (1 + down), 9)}
    leads = leads_of(scores, "ab", more_is_better=True)
    assert leads["a", "b"].value == pytest.approx(1 / leads["b", "a"].value)
    assert not (is_ahead(leads["a", "b"]) and is_ahead(leads["b", "a"]))
