from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.stats.dependence import independent_spread, serial_spread, t_interval
from seatrial.testing.series import ar1


def test_independent_values_by_hand() -> None:
    spread = independent_spread(np.array([1.0, 2.0, 6.0]))
    # Deviations -2, -1, 3: squares sum to 14, cubes to 18.
    assert spread.variance == pytest.approx(14 / 2 / 3)
    assert (spread.plain, spread.batches) == (spread.variance, 3)
    assert spread.skewness == pytest.approx((18 / 3) / (14 / 3) ** 1.5)
    assert spread.design_effect == 1.0


def test_values_that_do_not_vary_are_known_exactly() -> None:
    for n in (6, 20, 1000):
        spread = serial_spread(np.full(n, 3.25))
        assert not spread.bounded
        assert (spread.variance, spread.design_effect) == (0.0, 1.0)
        assert t_interval(3.25, spread) == (3.25, 3.25)


@pytest.mark.parametrize(("phi", "worth"), [(0.0, 1.0), (0.5, 3.0), (0.9, 19.0)])
def test_a_series_with_memory_is_worth_less_by_the_textbook_factor(phi: float, worth: float) -> None:
    """(1 + phi) / (1 - phi) for AR(1)."""
    rows = ar1(phi).draw(np.random.default_rng(1), 20, 30_000)
    effects = [spread.design_effect for row in rows if not (spread := serial_spread(row)).bounded]
    assert len(effects) >= 19
    assert np.mean(effects) == pytest.approx(worth, rel=0.15)


@pytest.mark.parametrize(("n", "stretches"), [(10, 10), (160, 16), (5000, 8)])
def test_a_series_that_only_rises_is_known_as_well_as_its_stretches_agree(n: int, stretches: int) -> None:
    spread = serial_spread(np.arange(float(n)))
    assert spread.bounded
    assert spread.batches == stretches
    middle = (n - 1) / 2
    # The first stretch and the last lie furthest from the middle.
    reach = (n - n / stretches) / 2
    assert t_interval(middle, spread) == pytest.approx((middle - reach, middle + reach), rel=1e-4)


def test_near_constant_times_that_hang_together_are_known_well() -> None:
    """Eight users in lockstep, all within 1 % of each other: as sure as one can be after 100 requests."""
    times = 2.0 + 0.01 * np.repeat(np.random.default_rng(8).uniform(-1, 1, 13), 8)[:100]
    spread = serial_spread(times)
    assert spread.bounded
    low, high = t_interval(2.0, spread)
    assert 1.98 <= low < 2.0 < high <= 2.02


def test_what_swings_to_and_fro_is_given_an_interval() -> None:
    swinging = serial_spread(np.tile([1.0, 2.0], 10) + np.linspace(0, 0.01, 20))
    assert not swinging.bounded
    long = serial_spread(np.tile([1.0, 2.0], 500) + np.random.default_rng(5).normal(0, 0.1, 1000))
    assert long.design_effect < 0.2


def test_beyond_the_finest_length_neighbours_are_averaged_first() -> None:
    values = np.random.default_rng(6).standard_normal(300_000)
    spread = serial_spread(values)
    assert spread.design_effect == pytest.approx(1.0, abs=0.1)
    assert spread.batches <= 65_536


def test_the_interval_of_a_skewed_mean_reaches_further_up() -> None:
    spread = independent_spread(np.random.default_rng(7).lognormal(0, 1, 100))
    low, high = t_interval(2.0, spread)
    assert high - 2.0 > 1.2 * (2.0 - low)


def test_one_outlier_among_a_few_does_not_bend_the_interval_out_of_all_measure() -> None:
    spread = independent_spread(np.array([*[36.0] * 9, 17.0]))
    low, high = t_interval(34.1, spread)
    half = 2.262157 * spread.variance**0.5
    assert 34.1 - low == pytest.approx(2 * half)
    assert 0 < high - 34.1 < half


@settings(max_examples=50)
@given(
    st.lists(st.floats(0, 100), min_size=6, max_size=200),
    st.floats(0.01, 100),
    st.floats(-1000, 1000),
)
def test_scale_and_offset_do_not_matter(values: list[float], scale: float, offset: float) -> None:
    series = np.round(np.array(values), 3)
    one, other = serial_spread(series), serial_spread(series * scale + offset)
    if not one.bounded and not other.bounded:
        assert other.variance == pytest.approx(one.variance * scale**2, rel=1e-3, abs=1e-9 * scale**2 + 1e-9)
