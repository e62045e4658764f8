from __future__ import annotations

import numpy as np
import pytest

from seatrial.domain.traffic import Arrivals, Stage, Workload
from seatrial.stats.arrivals_check import check_arrivals, check_sends, expected_arrivals
from tests.stats.tables import request, table_of, unsent

RATE = 5.0
ASKED = {
    "constant": Workload("w", Arrivals.CONSTANT, rate_per_s=RATE),
    "poisson": Workload("w", Arrivals.POISSON, rate_per_s=RATE),
    "gamma": Workload("w", Arrivals.GAMMA, rate_per_s=RATE, cv=2.0),
    "even gamma": Workload("w", Arrivals.GAMMA, rate_per_s=RATE, cv=0.5),
}


def draw(rng: np.random.Generator, n: int, cv: float) -> np.ndarray:
    """Arrival times of a true gamma process (cv 1: Poisson), by a generator of this test's own."""
    gaps = np.full(n, 1.0) if cv == 0 else rng.gamma(1 / cv**2, cv**2, n)
    return np.cumsum(gaps) / RATE


@pytest.mark.parametrize(
    ("process", "cv"), [("constant", 0.0), ("poisson", 1.0), ("gamma", 2.0), ("even gamma", 0.5)]
)
@pytest.mark.parametrize("n", [20, 60, 200, 1000])
def test_true_processes_raise_a_false_alarm_at_most_once_in_a_hundred(process: str, cv: float, n: int) -> None:
    rng = np.random.default_rng(n)
    runs = 1500
    alarms = sum(bool(check_arrivals(ASKED[process], draw(rng, n, cv)).reasons) for _ in range(runs))
    assert alarms / runs <= 0.01


def test_a_true_process_that_was_sent_with_lag_raises_no_alarm() -> None:
    """A client that sends up to 4 ms late, at gaps of 2 ms: what it adds is known and allowed for."""
    fast = Workload("w", Arrivals.POISSON, rate_per_s=500.0)
    even = Workload("w", Arrivals.CONSTANT, rate_per_s=500.0)
    rng = np.random.default_rng(12)
    alarms = 0
    for _ in range(300):
        lags = rng.uniform(0, 0.004, 2000)
        poisson, constant = np.cumsum(rng.exponential(1 / 500, 2000)), np.arange(2000) / 500
        alarms += bool(check_arrivals(fast, poisson + lags, lags).reasons)
        alarms += bool(check_arrivals(even, constant + lags, lags).reasons)
    assert alarms / 600 <= 0.01


@pytest.mark.parametrize("n", [200, 400, 5000])
def test_a_poisson_process_of_two_workers_with_one_seed_is_caught(n: int) -> None:
    for seed in range(100):
        one_worker = np.cumsum(np.random.default_rng(seed).exponential(2 / RATE, n // 2))
        check = check_arrivals(ASKED["poisson"], np.repeat(one_worker, 2))
        assert check.reasons, seed
        assert check.dispersion is not None
        assert check.cv is not None
    assert check.dispersion == pytest.approx(2.0, abs=1.0)
    assert check.cv == pytest.approx(3**0.5, abs=0.5)


def test_twin_workers_are_caught_though_their_sends_are_a_little_apart() -> None:
    rng = np.random.default_rng(0)
    intended = np.repeat(np.cumsum(rng.exponential(2 / RATE, 200)), 2)
    lags = rng.uniform(0, 0.002, 400)
    assert check_arrivals(ASKED["poisson"], intended + lags, lags).reasons


@pytest.mark.parametrize("n", [200, 5000])
def test_an_exponential_constant_is_caught(n: int) -> None:
    for seed in range(100):
        check = check_arrivals(ASKED["constant"], draw(np.random.default_rng(seed), n, 1.0))
        assert any("cv" in reason for reason in check.reasons), seed


def test_a_constant_poisson_and_a_wrong_rate_are_caught() -> None:
    rng = np.random.default_rng(1)
    assert check_arrivals(ASKED["poisson"], draw(rng, 200, 0.0)).reasons
    half = check_arrivals(ASKED["poisson"], draw(rng, 400, 1.0) * 2)
    assert any("rate" in reason for reason in half.reasons)
    assert half.rate_per_s == pytest.approx(RATE / 2, rel=0.2)
    slow = check_arrivals(ASKED["constant"], draw(rng, 200, 0.0) * 1.05)
    assert any("rate" in reason for reason in slow.reasons)


def test_a_correlated_process_is_caught() -> None:
    rng = np.random.default_rng(3)
    slow_wave = 1 + 0.8 * np.sin(np.arange(1000) / 40)
    check = check_arrivals(ASKED["poisson"], np.cumsum(rng.exponential(1, 1000) * slow_wave) / RATE)
    assert any("correlated" in reason for reason in check.reasons)


def test_figures_of_a_constant_process_by_hand() -> None:
    check = check_arrivals(ASKED["constant"], np.arange(100) / RATE)
    assert (check.process, check.n, check.asked_rate_per_s, check.asked_cv) == ("constant", 100, RATE, 0.0)
    assert check.rate_per_s == pytest.approx(RATE)
    assert check.cv == pytest.approx(0.0, abs=1e-9)
    assert check.dispersion == pytest.approx(0.0, abs=0.05)
    assert check.lag1 is None
    assert check.reasons == ()


@pytest.mark.parametrize("n", [0, 1, 2, 19])
def test_few_arrivals_say_nothing(n: int) -> None:
    check = check_arrivals(ASKED["poisson"], np.linspace(0, 1, n))
    assert check.n == n
    assert check.reasons == ()
    assert (check.dispersion, check.lag1) == (None, None)
    assert (check.rate_per_s is None) == (n < 2)


def test_all_at_one_moment_has_no_rate() -> None:
    check = check_arrivals(ASKED["poisson"], np.zeros(50))
    assert (check.rate_per_s, check.cv) == (None, None)


def test_expected_arrivals_follow_the_stages() -> None:
    stages = (Stage(0.0, 4.0, 2.0), Stage(4.0, 4.0, 1.0))
    ramp = Workload("w", Arrivals.POISSON, stages=stages)
    # 0 to 4/s over 2 s: t squared; then 4 more; then on at 4/s.
    expected = expected_arrivals(ramp, np.array([0.0, 1.0, 2.0, 2.5, 3.0, 4.0]))
    assert expected == pytest.approx([0.0, 1.0, 4.0, 6.0, 8.0, 12.0])


def test_a_ramp_is_checked_in_its_own_time() -> None:
    stages = (Stage(0.0, 100.0, 10.0), Stage(100.0, 0.0, 10.0))
    units = np.arange(1000.0)
    # The constant process on this ramp: t such that 5 t**2 = k going up, mirrored going down.
    up = np.sqrt(units[units <= 500] / 5)
    times = np.concatenate((up, 20 - np.sqrt((1000 - units[units > 500]) / 5)))
    asked = Workload("w", Arrivals.CONSTANT, stages=stages)
    check = check_arrivals(asked, times)
    assert check.reasons == ()
    assert check.rate_per_s == pytest.approx(50.0)
    assert check_arrivals(Workload("w", Arrivals.CONSTANT, rate_per_s=50.0), times).reasons


def test_sends_are_checked_unless_a_cap_holds_them_back() -> None:
    late = [request(i, send_s=i / RATE + (i // 50) * 3.0, intended_s=i / RATE) for i in range(200)]
    table = table_of(*late, unsent(200, 200 / RATE))
    sent = check_sends(ASKED["constant"], table)
    assert sent is not None
    assert sent.n == 200
    assert sent.rate_per_s == pytest.approx(199 / (199 / RATE + 9))
    capped = check_sends(Workload("w", Arrivals.CONSTANT, rate_per_s=RATE, concurrency=4), table)
    assert capped is not None
    assert (capped.n, capped.reasons) == (201, ())
    assert check_sends(Workload("w", concurrency=4), table) is None
