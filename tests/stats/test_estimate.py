from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.stats.estimate import (
    can_publish_quantile,
    distribution,
    effective_n,
    mean,
    quantile,
    quantile_type7,
    wilson,
)
from seatrial.testing.series import SERIES

values_s = st.lists(st.floats(min_value=0, max_value=1e4), min_size=1, max_size=300)


def test_mean_of_six_by_hand() -> None:
    estimate = mean(np.array([1.0, 1.0, 2.0, 2.0, 3.0, 3.0]))
    # Squares of deviations sum to 4: sd sqrt(4 / 5), t for 5 degrees 2.570582
    half = 2.570582 * np.sqrt(4 / 5) / np.sqrt(6)
    assert (estimate.value, estimate.n) == (2.0, 6)
    assert estimate.low == pytest.approx(2 - half)
    assert estimate.high == pytest.approx(2 + half)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_values_or_clusters_have_no_interval(n: int) -> None:
    estimate = mean(np.arange(n, dtype=float))
    assert (estimate.value, estimate.low, estimate.high, estimate.n) == ((n - 1) / 2, None, None, n)
    clustered = mean(np.arange(10.0 * n), np.repeat(np.arange(n), 10))
    assert (clustered.low, clustered.high, clustered.n) == (None, None, 10 * n)


def test_the_mean_of_nothing_is_no_number() -> None:
    with pytest.raises(ValueError, match="no mean"):
        mean(np.array([]))


def test_the_interval_of_a_duration_does_not_begin_below_zero() -> None:
    values = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 9.0])
    free, cut = mean(values), mean(values, least=0.0)
    assert free.low is not None and free.low < 0
    assert (cut.low, cut.high) == (0.0, free.high)
    found = distribution(values)
    assert found is not None and found.mean == cut
    below = mean(np.full(6, -1e-6), least=0.0)
    assert below.low == below.value


def test_absent_values_make_no_distribution_and_no_zero() -> None:
    assert distribution(np.array([])) is None
    assert distribution(np.array([np.nan, np.nan])) is None
    known = distribution(np.array([np.nan, 100.0, np.nan]))
    assert known is not None
    assert (known.mean.value, known.mean.n, known.minimum, known.maximum) == (100.0, 1, 100.0, 100.0)


@pytest.mark.parametrize(
    ("q", "too_few", "enough"), [(0.5, 5, 6), (0.95, 199, 200), (0.99, 999, 1000), (0.9, 99, 100)]
)
def test_quantiles_are_published_from(q: float, too_few: int, enough: int) -> None:
    assert not can_publish_quantile(too_few, q)
    assert can_publish_quantile(enough, q)


def test_a_distribution_hides_what_it_cannot_know() -> None:
    few = distribution(np.arange(5.0))
    assert few is not None
    assert (few.p50, few.p95, few.p99) == (None, None, None)
    some = distribution(np.arange(200.0))
    assert some is not None
    assert some.p50 is not None
    assert some.p95 is not None
    assert some.p99 is None


def test_a_tail_without_an_interval_says_how_many_values_would_give_it_one() -> None:
    """Users in lockstep by eights: 250 requests are worth too few for what lies beyond their p95."""
    rows = SERIES["lockstep of 8"].draw(np.random.default_rng(3), 40, 2000)
    short = [distribution(row[:250], sequence=np.arange(250)) for row in rows]
    needs = [d.needed["p95"] for d in short if d is not None and d.p95 is not None and d.p95.low is None]
    assert len(needs) > 20
    assert 250 < np.median(needs) < 2000
    long = [distribution(row, sequence=np.arange(2000)) for row in rows]
    assert all(d is not None and d.p95 is not None and d.p95.low is not None for d in long)
    assert all(d is not None and "p95" not in d.needed for d in long)


def test_a_median_is_always_given_an_interval_from_the_least_to_the_most_at_worst() -> None:
    rising = distribution(np.arange(30.0), sequence=np.arange(30))
    assert rising is not None and rising.p50 is not None
    assert (rising.p50.low, rising.p50.high) == (0.0, 29.0)


@given(values_s, st.floats(min_value=0, max_value=1))
def test_quantiles_are_type_7_and_inside(values: list[float], q: float) -> None:
    ordered = np.sort(values)
    value = quantile_type7(ordered, q)
    assert ordered[0] <= value <= ordered[-1]
    assert value == pytest.approx(float(np.quantile(ordered, q)), rel=1e-9, abs=1e-9)


@given(values_s, st.floats(min_value=0, max_value=1), st.floats(min_value=0, max_value=1))
def test_quantiles_are_monotone(values: list[float], one: float, other: float) -> None:
    ordered = np.sort(values)
    low, high = min(one, other), max(one, other)
    assert quantile_type7(ordered, low) <= quantile_type7(ordered, high)


@given(st.lists(st.floats(min_value=0, max_value=1e4), min_size=6, max_size=300))
def test_intervals_hold_their_value_and_lie_inside_the_sample(values: list[float]) -> None:
    found = distribution(np.array(values))
    assert found is not None
    assert found.minimum is not None
    assert found.maximum is not None
    for estimate in (found.p50, found.p95, found.p99):
        if estimate is not None:
            low = found.minimum if estimate.low is None else estimate.low
            high = found.maximum if estimate.high is None else estimate.high
            assert found.minimum <= low <= estimate.value <= high <= found.maximum
            assert estimate.n == len(values)
    assert found.mean.low is not None
    assert found.mean.high is not None
    assert found.mean.low <= found.mean.value <= found.mean.high


def coverage_of_p50(rng: np.random.Generator, n: int, runs: int) -> float:
    held = 0
    for _ in range(runs):
        values = rng.exponential(1.0, n)
        estimate = quantile(values, 0.5)
        assert estimate.low is not None
        assert estimate.high is not None
        held += estimate.low <= np.log(2) <= estimate.high
    return held / runs


def test_the_median_of_a_skewed_sample_is_held_as_often_as_promised() -> None:
    # Exact coverage for n = 40 is 0.962; three standard deviations of 2,000 runs are 0.013.
    assert coverage_of_p50(np.random.default_rng(11), 40, 2000) == pytest.approx(0.962, abs=0.014)


def test_clusters_widen_the_mean_to_that_of_their_number() -> None:
    levels = np.random.default_rng(2).normal(10.0, 1.0, 20)
    values, clusters = np.repeat(levels, 50), np.repeat(np.arange(20), 50)
    # Gaps that are all alike within a request are worth one sample per request, less one for their mean.
    assert effective_n(values, clusters) == pytest.approx(19, rel=0.01)
    alone, together = mean(levels), mean(values, clusters)
    assert together.n == 1000
    assert together.low == pytest.approx(alone.low, rel=1e-3)
    assert together.high == pytest.approx(alone.high, rel=1e-3)


def test_clusters_widen_a_quantile() -> None:
    rng = np.random.default_rng(4)
    values = np.repeat(rng.normal(10.0, 1.0, 30), 40) + rng.normal(0.0, 0.05, 1200)
    clusters = np.repeat(np.arange(30), 40)
    blind, aware = quantile(values, 0.5), quantile(values, 0.5, clusters)
    assert blind.low is not None and blind.high is not None
    assert aware.low is not None and aware.high is not None
    assert blind.value == aware.value
    assert aware.high - aware.low > 3 * (blind.high - blind.low)


def test_independent_values_lose_little_by_being_grouped() -> None:
    values = np.random.default_rng(6).normal(0.0, 1.0, 4000)
    worth = effective_n(values, np.repeat(np.arange(400), 10))
    assert worth is not None
    assert worth > 3000


def test_wilson_by_hand() -> None:
    estimate = wilson(8, 10)
    assert estimate is not None
    # Agresti & Coull's worked form: centre (8 + 1.92) / (10 + 3.84)
    assert estimate.value == 0.8
    assert estimate.low == pytest.approx(0.4902, abs=1e-4)
    assert estimate.high == pytest.approx(0.9433, abs=1e-4)
    assert wilson(0, 0) is None


@given(st.integers(min_value=1, max_value=5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_stays_within_0_and_1_around_its_ratio(pair: tuple[int, int]) -> None:
    estimate = wilson(*pair)
    assert estimate is not None
    assert estimate.low is not None and estimate.high is not None
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    assert estimate.low < estimate.high
