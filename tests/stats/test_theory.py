from __future__ import annotations

import math
from math import comb

import numpy as np
import pytest

from seatrial.stats.theory import fractional_ranks, gamma_as_normal, order_statistic_ranks, student_t, t_975


def student_cdf_by_quadrature(t: float, degrees: int) -> float:
    """P(T <= t) by integrating the density: a way that shares nothing with the closed form or the expansion."""
    x = np.linspace(0.0, t, 200_001)
    log_scale = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2) - 0.5 * math.log(degrees * math.pi)
    density = np.exp(log_scale) * (1 + x**2 / degrees) ** (-(degrees + 1) / 2)
    return 0.5 + float(np.sum((density[1:] + density[:-1]) / 2) * (x[1] - x[0]))


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 30, 100, 5000])
def test_t_quantiles_hold_97_5_percent_below_them(degrees: int) -> None:
    assert student_cdf_by_quadrature(t_975(degrees), degrees) == pytest.approx(0.975, abs=2e-6)


@pytest.mark.parametrize(
    ("degrees", "tail", "point"),
    [  # printed tables
        (1, 0.05, 12.7062),
        (2, 0.01, 9.9248),
        (3, 0.001, 12.9240),
        (4, 0.02, 3.7469),
        (7, 0.01, 3.4995),
        (10, 0.001, 4.5869),
        (30, 0.05, 2.0423),
        (9, 0.005, 3.6897),
        (math.inf, 0.05, 1.95996),
        (math.inf, 0.001, 3.29053),
    ],
)
def test_student_t_is_that_of_the_tables(degrees: float, tail: float, point: float) -> None:
    assert student_t(degrees, tail) == pytest.approx(point, abs=1e-4)


def test_t_needs_a_degree_of_freedom() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        t_975(0)


def binomial_between(n: int, q: float, low: int, high: int) -> float:
    """P(low <= B < high), from whole numbers."""
    return sum(comb(n, k) * q**k * (1 - q) ** (n - k) for k in range(low, high))


@pytest.mark.parametrize(
    ("n", "q"), [(6, 0.5), (7, 0.5), (20, 0.5), (101, 0.5), (200, 0.95), (1000, 0.99), (37, 0.8)]
)
def test_ranks_cover_95_percent_and_are_tight(n: int, q: float) -> None:
    low, high = order_statistic_ranks(n, q)
    assert low is not None
    assert high is not None
    assert binomial_between(n, q, low, high) >= 0.95
    # One rank further in at either end, and that end misses more than 2.5 %.
    assert binomial_between(n, q, 0, low + 1) > 0.025
    assert binomial_between(n, q, high - 1, n + 1) > 0.025


def test_five_samples_cannot_bound_the_median() -> None:
    assert order_statistic_ranks(5, 0.5) == (None, None)


def test_ranks_of_a_million_samples_are_the_normal_ones() -> None:
    low, high = order_statistic_ranks(1_000_000, 0.5)
    assert low == pytest.approx(500_000 - 980, abs=2)
    assert high == pytest.approx(500_000 + 980, abs=2)


@pytest.mark.parametrize(("n", "q"), [(6, 0.5), (20, 0.5), (101, 0.5), (200, 0.95), (1000, 0.99)])
def test_fractional_ranks_lie_within_one_rank_of_the_whole_ones(n: int, q: float) -> None:
    whole, found = order_statistic_ranks(n, q), fractional_ranks(n, q)
    assert found is not None
    assert whole.low is not None and whole.high is not None
    assert whole.low <= found[0] < whole.low + 1
    assert whole.high - 1 < found[1] <= whole.high


def test_fractional_ranks_change_evenly_with_the_number_of_samples() -> None:
    sizes = np.arange(80.0, 120.0, 0.5)
    ranks = np.array([fractional_ranks(n, 0.95) for n in sizes])
    # As shares of the sample the ends draw together as it grows, without jumps.
    reach = (ranks[:, 1] - ranks[:, 0]) / sizes
    assert np.all(np.abs(np.diff(reach)) < 0.02)
    assert reach[-1] < reach[0]


@pytest.mark.parametrize(
    ("n", "q", "given"), [(72.5, 0.95, True), (71.5, 0.95, False), (5.9, 0.5, True), (5, 0.5, False)]
)
def test_a_quantile_at_the_edge_of_the_sample_has_no_ranks(n: float, q: float, given: bool) -> None:
    assert (fractional_ranks(n, q) is not None) is given


def test_gamma_as_normal_matches_simulated_tails() -> None:
    draws = np.random.default_rng(3).gamma(50.0, 1.0, 200_000)
    outside = np.mean([abs(gamma_as_normal(float(draw), 50.0)) > 1.959964 for draw in draws[:20_000]])
    assert outside == pytest.approx(0.05, abs=0.006)
