from __future__ import annotations

import numpy as np
import pytest

from seatrial.stats.ties import spread_of_mean, spread_of_share, ties

RNG_SEED = 3


def test_groups_of_unequal_size_count_by_their_size() -> None:
    values, clusters = np.array([1.0, 1.0, 4.0, 2.0, 0.0, 3.0, 3.0]), np.array([0, 0, 1, 2, 3, 4, 5])
    spread = spread_of_mean(values, ties(7, clusters))
    # Mean 2; sums of deviations -2, 2, 0, -2, 1, 1: their squares sum to 14, variance 14 / 5 of each.
    assert spread is not None
    assert spread.variance == pytest.approx(14 / 5 * 6 / 7**2)
    assert spread.plain == pytest.approx((1 + 1 + 4 + 0 + 4 + 1 + 1) / 6 / 7)


def test_a_share_is_the_mean_of_ones_and_zeros() -> None:
    rng = np.random.default_rng(RNG_SEED)
    hits, clusters = rng.random(600) < 0.2, np.sort(rng.integers(0, 80, 600))
    sequence = rng.permutation(80)
    for tied in (ties(600), ties(600, clusters), ties(600, clusters, sequence), ties(600, None, np.arange(600))):
        share, mean = spread_of_share(hits, tied), spread_of_mean(hits.astype(float), tied)
        assert share is not None
        assert mean is not None
        assert share == pytest.approx(mean)


def test_groups_without_values_are_passed_over() -> None:
    """Requests that failed have a place in the order of time, and no gaps."""
    rng = np.random.default_rng(RNG_SEED)
    clusters = np.repeat(np.arange(0, 200, 2), 3)
    values = rng.random(300)
    with_holes = spread_of_mean(values, ties(300, clusters, np.arange(205)))
    without = spread_of_mean(values, ties(300, clusters // 2, np.arange(100)))
    assert with_holes == without


def test_neighbouring_groups_that_depend_on_each_other_widen() -> None:
    rng = np.random.default_rng(RNG_SEED)
    level = np.cumsum(rng.standard_normal(2000))
    level = level - np.convolve(level, np.ones(50) / 50, "same")
    clusters = np.repeat(np.arange(2000), 4)
    values = np.repeat(level, 4) + rng.standard_normal(8000)
    blind, aware = (
        spread_of_mean(values, ties(8000, clusters)),
        spread_of_mean(values[::-1], ties(8000, clusters[::-1], np.arange(2000))),
    )
    assert blind is not None
    assert aware is not None
    assert aware.plain == pytest.approx(blind.plain)
    assert aware.variance != blind.variance


@pytest.mark.parametrize("n", [1, 5])
def test_too_few_groups_say_nothing(n: int) -> None:
    assert spread_of_mean(np.arange(4.0 * n), ties(4 * n, np.repeat(np.arange(n), 4))) is None
    assert spread_of_share(np.arange(n) > 2, ties(n)) is None
