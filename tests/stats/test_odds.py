from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.domain.values import Estimate
from seatrial.stats.odds import at_most, share_at_least

LATENCY = Estimate(1.0, 0.9, 1.4, 30)


@pytest.mark.parametrize(
    ("limit", "probability"),
    [
        (1.0, 0.5),
        (1.4, 0.975),  # at the ends of a 95 % interval 2.5 % are left
        (0.9, 0.025),
        (1.2, 0.8365),  # half the upper reach: 0.98 standard errors
        (0.95, 0.1635),
    ],
)
def test_the_side_of_the_interval_towards_the_limit_decides(limit: float, probability: float) -> None:
    assert at_most(LATENCY, limit) == pytest.approx(probability, abs=1e-4)


def test_without_an_end_there_is_no_probability_on_its_side() -> None:
    open_ended = Estimate(1.0, 0.9, None, 30)
    assert at_most(open_ended, 2.0) is None
    assert at_most(open_ended, 0.5) == pytest.approx(0.0, abs=1e-9)


def test_without_any_spread_it_holds_or_not() -> None:
    exact = Estimate(1.0, 1.0, 1.0, 30)
    assert (at_most(exact, 1.0), at_most(exact, 0.999)) == (1.0, 0.0)


def test_a_share_by_the_score_test() -> None:
    # 40 of 40 against 0.99: 0.01 / sqrt(0.99 * 0.01 / 40) = 0.6356 standard errors
    assert share_at_least(40, 40, 0.99) == pytest.approx(0.7375, abs=1e-4)
    assert share_at_least(4000, 4000, 0.99) == pytest.approx(1.0, abs=1e-6)
    assert share_at_least(90, 100, 0.99) == pytest.approx(0.0, abs=1e-6)
    assert share_at_least(0, 0, 0.99) is None


def test_all_or_nothing_has_no_spread() -> None:
    assert (share_at_least(5, 5, 1.0), share_at_least(4, 5, 1.0), share_at_least(0, 5, 0.0)) == (1.0, 0.0, 1.0)


@settings(derandomize=True, deadline=None)
@given(st.floats(0.01, 10), st.floats(0.01, 10))
def test_a_laxer_limit_is_never_less_likely_to_be_kept(one: float, other: float) -> None:
    strict, lax = sorted((one, other))
    below, above = at_most(LATENCY, strict), at_most(LATENCY, lax)
    assert below is not None and above is not None
    assert 0 <= below <= above <= 1
