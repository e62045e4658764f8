from __future__ import annotations

import math

import pytest

from seatrial.domain.values import Estimate
from seatrial.stats.compare.ratio import (
    Logged,
    between_runs,
    estimate_of,
    logged,
    logged_share,
    mean_of,
    over,
)
from seatrial.stats.estimate import wilson
from seatrial.stats.theory import student_t


def test_a_ratio_by_hand() -> None:
    """1.2 / 1.0 where NEW reaches 3 % down and 8 % up, BASE 4 % down and 6 % up, in logarithms."""
    new = Estimate(1.2, 1.2 * math.exp(-0.03), 1.2 * math.exp(0.08), 10_000)
    base = Estimate(1.0, math.exp(-0.04), math.exp(0.06), 10_000)
    found = over(_at_95(new), _at_95(base))
    assert found.value == pytest.approx(math.log(1.2))
    assert found.down == pytest.approx(math.hypot(0.03, 0.06))
    assert found.up == pytest.approx(math.hypot(0.08, 0.04))


def _at_95(estimate: Estimate) -> Logged:
    found = logged(estimate, 0.05)
    assert found is not None
    return found


def test_a_higher_level_widens_by_student_t_and_more_samples_narrow_by_the_root() -> None:
    estimate = Estimate(1.0, math.exp(-0.1), math.exp(0.1), 6)
    wide = logged(estimate, 0.001)
    assert wide is not None
    assert wide.up == pytest.approx(0.1 * student_t(5, 0.001) / student_t(5, 0.05))
    narrow = logged(estimate, 0.05, growth=4)
    assert narrow is not None
    assert narrow.down == pytest.approx(0.05)


def test_an_end_that_is_not_known_reaches_to_infinity_and_back_to_none() -> None:
    open_ended = _at_95(Estimate(1.0, 0.0, None, 9))
    assert (open_ended.down, open_ended.up) == (math.inf, math.inf)
    assert estimate_of(open_ended, 1) == Estimate(1.0, None, None, 1)
    assert logged(Estimate(0.0, 0.0, 0.1, 9), 0.05) is None, "0 has no logarithm"


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_what_is_no_number_is_not_compared(value: float) -> None:
    assert logged(Estimate(value, value, value, 9), 0.05) is None
    assert logged_share(Estimate(value, None, None, 9), 0.05) is None
    assert _at_95(Estimate(1.0, math.nan, math.nan, 9)) == (0.0, math.inf, math.inf)


def test_ends_far_away_are_not_known() -> None:
    assert estimate_of(Logged(0.0, 900.0, 900.0), 1) == Estimate(1.0, None, None, 1)
    assert estimate_of(Logged(1000.0, 1.0, 1000.0), 1).high is None


@pytest.mark.parametrize(("hits", "n"), [(50, 100), (99, 100), (100, 100), (1, 100)])
def test_a_share_has_wilsons_interval(hits: int, n: int) -> None:
    expected = wilson(hits, n)
    assert expected is not None
    found = logged_share(Estimate(hits / n, None, None, n), 0.05)
    assert found is not None
    ends = estimate_of(found, n)
    assert ends.low == pytest.approx(expected.low)
    assert ends.high == pytest.approx(expected.high)


def test_no_hit_counts_as_half_of_one() -> None:
    found = logged_share(Estimate(0.0, None, None, 100), 0.05)
    assert found is not None
    assert math.exp(found.value) == pytest.approx(0.005)
    assert math.exp(found.value + found.up) == pytest.approx(0.0370, abs=1e-4), "Wilson's upper end of 0 of 100"


def test_loads_count_alike_and_errors_combine() -> None:
    found = mean_of([Logged(0.1, 0.03, 0.06), Logged(0.3, 0.04, 0.08)])
    assert found == pytest.approx(Logged(0.2, 0.025, 0.05))


def test_between_runs_by_hand() -> None:
    """Means 0.1 and 0.3; squares 0.02 and 0.02 over 4 degrees: sd 0.1; error 0.1 sqrt(2/3)."""
    found = between_runs([0.0, 0.1, 0.2], [0.2, 0.3, 0.4], 0.05)
    assert found.value == pytest.approx(0.2)
    assert found.up == found.down == pytest.approx(2.776445 * 0.1 * math.sqrt(2 / 3))
