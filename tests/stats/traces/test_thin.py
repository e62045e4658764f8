from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.domain.traces import Curve
from seatrial.stats.traces.thin import count_line, curve_ranks, pick_dots, thin_curve, thin_line

POINTS = 120
latencies = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=2000)


def curve(values: np.ndarray, points: int = POINTS) -> Curve:
    found = thin_curve("ttft_s", np.asarray(values, dtype=np.float64), points)
    assert found is not None
    return found


@given(latencies, st.integers(16, 200))
@settings(max_examples=150, deadline=None)
def test_a_thinned_curve_tells_the_truth_at_every_point_it_keeps(values: list[float], points: int) -> None:
    found = curve(np.array(values), points)
    ordered = np.sort(values)
    assert (found.values[0], found.values[-1]) == (ordered[0], ordered[-1])
    assert (found.shares[0], found.shares[-1]) == (1 / found.n, 1.0)
    assert list(found.values) == sorted(found.values)
    assert list(found.shares) == sorted(set(found.shares))
    assert len(found.values) <= points + 20
    for value, share in zip(found.values, found.shares, strict=True):
        rank = round(share * found.n)
        assert ordered[rank - 1] == value


@given(st.integers(1, 2_000_000), st.integers(16, 300))
def test_no_gap_between_kept_ranks_is_wide(n: int, points: int) -> None:
    """In the middle at most n / (0.7 points) values are skipped; towards the end ever fewer."""
    ranks = curve_ranks(n, points)
    assert (ranks[0], ranks[-1]) == (0, n - 1)
    assert np.diff(ranks).max(initial=1) <= max(1, 1 + n / (0.7 * points - 1.5))


@pytest.mark.parametrize("n", [1_000, 100_000])
@pytest.mark.parametrize("shape", ["lognormal", "exponential", "two humps"])
def test_quantiles_of_the_thinned_curve_are_within_one_percent(n: int, shape: str) -> None:
    rng = np.random.default_rng(11)
    values = {
        "lognormal": rng.lognormal(-1, 1, n),
        "exponential": 0.05 + rng.exponential(0.4, n),
        "two humps": np.where(rng.random(n) < 0.7, rng.normal(0.2, 0.01, n), rng.normal(3.0, 0.2, n)),
    }[shape]
    found = curve(values, 160)
    for q in (0.1, 0.25, 0.5, 0.9, 0.95, 0.99):
        at = next(value for value, share in zip(found.values, found.shares, strict=True) if share >= q)
        assert at == pytest.approx(np.quantile(values, q, method="inverted_cdf"), rel=0.01)
    for q in rng.uniform(0, 1, 50):  # any other: within 1 % of the requests
        below = (values <= np.interp(q, found.shares, found.values)).mean()
        assert below == pytest.approx(q, abs=0.01)
    assert (min(found.values), max(found.values)) == (values.min(), values.max())


def test_unknown_values_are_no_part_of_a_curve_and_equal_ones_take_two_points() -> None:
    assert thin_curve("e2e_s", np.array([np.nan, np.nan]), 100) is None
    found = curve(np.array([np.nan, *[0.5] * 50, 0.7]))
    assert found.n == 51
    assert found.values == (0.5, 0.5, 0.7)
    assert found.shares == (1 / 51, 50 / 51, 1.0)


def test_a_thinned_line_keeps_its_ends_and_every_peak() -> None:
    t_s = np.arange(5_000) / 10
    values = np.sin(t_s / 9)
    values[1234], values[4321] = 50.0, -50.0
    found = thin_line("waiting", "requests", t_s, values, 200)
    assert found is not None
    assert len(found.values) <= 202
    assert (max(found.values), min(found.values)) == (50.0, -50.0)
    assert (found.t_s[0], found.t_s[-1]) == (0.0, t_s[-1])
    assert list(found.t_s) == sorted(found.t_s)
    assert thin_line("x", "cores", np.empty(0), np.empty(0), 10) is None


def test_dots_keep_the_slowest_and_the_first_failure_of_each_stretch() -> None:
    rng = np.random.default_rng(5)
    n = 20_000
    t_s, took = np.sort(rng.uniform(0, 100, n)), rng.lognormal(0, 0.5, n)
    outcome = np.full(n, "ok", dtype="<U12")
    outcome[7_000], outcome[15_000] = "reset", "timeout"
    took[3], took[19_990] = 500.0, 400.0
    keep = pick_dots(t_s, (took, np.full(n, np.nan)), outcome, 1_000)
    assert len(keep) <= 1_000
    assert {3, 19_990, 7_000, 15_000} <= set(keep.tolist())
    for start in range(0, 100, 10):  # evenly: no tenth of the time is empty
        assert (np.floor(t_s[keep] / 10) * 10 == start).sum() >= 50


def test_few_dots_are_all_kept() -> None:
    outcome = np.array(["ok"] * 5)
    assert pick_dots(np.arange(5.0), (np.arange(5.0),), outcome, 5).tolist() == [0, 1, 2, 3, 4]
    assert pick_dots(np.zeros(50), (np.arange(50.0),), np.array(["ok"] * 50), 10).tolist()[-1] == 49


@given(st.lists(st.floats(0, 1e4, allow_nan=False), min_size=1, max_size=400), st.integers(2, 50))
@settings(max_examples=100, deadline=None)
def test_counts_so_far_rise_to_the_number_there_is(moments_s: list[float], points: int) -> None:
    found = count_line("sent", np.array([*moments_s, np.nan]), points)
    assert found is not None
    assert found.values[-1] == len(moments_s)
    assert list(found.values) == sorted(found.values)
    assert len(found.t_s) <= max(points, min(len(moments_s), points))
    for t_s, value in zip(found.t_s, found.values, strict=True):
        assert value == sum(moment <= t_s for moment in moments_s)
