from __future__ import annotations

import numpy as np
import pytest

from seatrial.domain.summary import Steady
from seatrial.domain.traffic import Arrivals, Stage, State, Workload
from seatrial.stats.rates import Window
from seatrial.stats.steady import LEAST_COMPLETED, find_steady, kept_rows, mser, time_order
from seatrial.stats.table import SampleTable
from seatrial.testing.series import SERIES
from tests.stats.tables import refused, request, table_of, unsent

CLOSED = Workload("w", requests=300, concurrency=2)
OPEN = Workload("w", Arrivals.POISSON, rate_per_s=10.0, duration_s=30.0)


def table_with(times_s: np.ndarray, every_s: float = 0.1) -> SampleTable:
    return table_of(*(request(i, (0.5 * t, t), send_s=i * every_s) for i, t in enumerate(times_s)))


def noisy(n: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(0.0, 0.3, n)


def steady_of(workload: Workload, table: SampleTable, end_s: float = 30.0) -> Steady:
    found = find_steady(workload, table, Window(0.0, end_s))
    assert found is not None
    return found


@pytest.mark.parametrize(("factor", "word"), [(2.5, "150 % longer"), (0.4, "60 % less time")])
def test_a_warm_up_is_cut_where_it_ends(factor: float, word: str) -> None:
    times = noisy(300)
    times[:40] *= factor
    steady = steady_of(OPEN, table_with(times))
    assert steady.cut_requests == pytest.approx(40, abs=5)
    assert steady.start_s == pytest.approx(steady.cut_requests * 0.1)
    assert steady.end_s == 30.0
    assert steady.reason.startswith(
        f"the first {steady.start_s:.2f} s were cut as warm-up: requests sent then took "
    )
    share, _, rest = steady.reason.partition("took ")[2].partition(" %")
    wanted, _, comparison = word.partition(" %")
    assert float(share) == pytest.approx(float(wanted), abs=25)
    assert rest.startswith(comparison)


def test_nothing_is_cut_where_nothing_changes() -> None:
    cut = [steady_of(CLOSED, table_with(noisy(300, seed))).cut_requests > 0 for seed in range(40)]
    assert sum(cut) <= 1


@pytest.mark.parametrize("name", ["AR(1), 0.5", "AR(1), 0.9", "M/M/1, load 0.5", "M/M/1, load 0.8"])
def test_nor_where_luck_comes_in_runs(name: str) -> None:
    """MSER alone would cut more than a twentieth of a queue, or find none steady, in a third of them."""
    rows = SERIES[name].draw(np.random.default_rng(2), 60, 400)
    found = [steady_of(CLOSED, table_with(row)) for row in rows]
    assert sum(steady.cut_requests > 0 or "no steady state" in steady.reason for steady in found) <= 4


@pytest.mark.parametrize("at", [150, 220])
@pytest.mark.parametrize("factor", [2.0, 0.5])
def test_a_change_in_the_middle_or_later_is_no_warm_up(at: int, factor: float) -> None:
    times = noisy(300)
    times[:at] *= factor
    steady = steady_of(OPEN, table_with(times))
    assert (steady.cut_requests, steady.start_s, steady.found) == (0, 0.0, False)
    assert steady.reason.startswith("no steady state was found")


@pytest.mark.parametrize(("more", "cut"), [(1.02, 0), (1.1, 60)])
def test_a_warm_up_too_small_to_matter_is_not_cut(more: float, cut: int) -> None:
    """Near-constant times show a hundredth; two runs of one server differ by more."""
    times = np.random.default_rng(1).normal(1.0, 0.002, 300)
    times[:60] *= more
    steady = steady_of(OPEN, table_with(times))
    assert steady.cut_requests == pytest.approx(cut, abs=5 if cut else 0)
    assert steady.found
    if not cut:
        assert steady.reason.endswith("differs from the rest by less than 5 % (MSER-5)")


@pytest.mark.parametrize("n", [400, 2000])
def test_what_comes_again_and_again_is_no_warm_up(n: int) -> None:
    rows = SERIES["sawtooth of 30"].draw(np.random.default_rng(4), 30, n)
    noise = np.random.default_rng(5).normal(0, 0.05, rows.shape)
    found = [steady_of(CLOSED, table_with(row - 9 + noise_of)) for row, noise_of in zip(rows, noise, strict=True)]
    assert sum(steady.cut_requests > 0 for steady in found) <= 1


def test_an_overload_drifts() -> None:
    times = 1.0 + 0.02 * np.arange(400) + 0.1 * noisy(400)
    steady = steady_of(OPEN, table_with(times))
    assert steady.cut_requests == 0
    drift = steady.drift
    assert drift is not None
    assert drift.found
    # From 1.1 to 9.1 s in 40 s, of a mean of 5.1: by 235 % of it in a minute.
    assert drift.per_minute.value == pytest.approx(8 / 5.1 / 40 * 60, rel=0.05)
    assert drift.per_minute.low is not None and drift.per_minute.low > 0


@pytest.mark.parametrize("name", ["independent, log-normal", "AR(1), 0.5", "M/M/1, load 0.5"])
def test_the_interval_of_a_drift_that_is_not_there_holds_zero(name: str) -> None:
    rows = SERIES[name].draw(np.random.default_rng(3), 100, 400)
    drifts = [steady_of(CLOSED, table_with(row)).drift for row in rows]
    intervals = [(d.per_minute.low, d.per_minute.high) for d in drifts if d is not None]
    held = [low <= 0 <= high for low, high in intervals if low is not None and high is not None]
    assert len(held) > 60
    assert np.mean(held) >= 0.90
    assert sum(d.found for d in drifts if d is not None) <= 3


def test_a_drift_too_small_to_matter_is_not_found() -> None:
    times = 1.0 + 0.02 * np.linspace(0, 1, 2000) + 0.01 * noisy(2000)
    drift = steady_of(CLOSED, table_with(times)).drift
    assert drift is not None
    assert drift.per_minute.low is not None and drift.per_minute.low > 0
    assert not drift.found


@pytest.mark.parametrize(
    "workload",
    [
        Workload("w", requests=300, concurrency=2, state=State.COLD),
        Workload("w", Arrivals.AT_ONCE, requests=300),
        Workload("w", Arrivals.BATCHES, batches=(100, 200)),
        Workload("w", stages=(Stage(1, 2, 10.0),)),
        Workload("w", Arrivals.POISSON, stages=(Stage(1, 2, 10.0),)),
        Workload("w", requests=300, concurrency=300),
    ],
)
def test_what_is_not_meant_to_settle_is_left_alone(workload: Workload) -> None:
    times = noisy(300)
    times[:40] *= 3
    assert find_steady(workload, table_with(times), Window(0.0, 30.0)) is None


def test_a_small_run_is_not_cut() -> None:
    times = noisy(LEAST_COMPLETED - 1)
    times[:20] *= 3
    steady = steady_of(CLOSED, table_with(times))
    assert (steady.start_s, steady.cut_requests, steady.drift) == (0.0, 0, None)
    assert steady.reason == (
        "nothing was cut: 199 completed requests are too few to tell a warm-up from chance (200 are needed)"
    )


def test_requests_that_start_together_are_not_parted() -> None:
    """The users of a closed loop all begin at once: a cut among their first requests has no moment."""
    times = noisy(300)
    times[:15] *= 4
    samples = [request(i, (0.5 * t, t), send_s=max(0.0, (i - 49) * 0.1)) for i, t in enumerate(times)]
    steady = steady_of(Workload("w", requests=300, concurrency=50), table_of(*samples))
    assert (steady.cut_requests, steady.start_s, steady.found) == (0, 0.0, True)
    assert steady.reason.startswith("nothing was cut")


def test_failed_and_unsent_requests_are_cut_by_when_they_were_meant_to_start() -> None:
    times = noisy(300)
    times[:40] *= 3
    samples = [request(i, (0.5 * t, t), send_s=i * 0.1) for i, t in enumerate(times)]
    table = table_of(*samples, refused(300, 0.05), unsent(301, 29.0))
    steady = steady_of(OPEN, table)
    kept = kept_rows(table, steady)
    assert steady.cut_requests == np.count_nonzero(~kept) == pytest.approx(41, abs=5)
    assert kept.tolist()[-2:] == [False, True]


def test_the_order_of_time_is_that_of_intended_starts() -> None:
    table = table_of(request(0, send_s=2.0), request(1, send_s=1.0), unsent(2, 3.0), refused(3, 0.5))
    order = time_order(CLOSED, table)
    assert order is not None
    assert order.tolist() == [3, 1, 0, 2]
    assert time_order(Workload("w", Arrivals.AT_ONCE, requests=4), table) is None
    assert time_order(Workload("w", requests=4, concurrency=4), table) is None


def test_mser_by_hand() -> None:
    # Batches of five: 10, 1, 1, ...: with the first cut the rest has no variance at all.
    assert mser(np.repeat([10.0, *[1.0, 1.1] * 6], 5)) == 5
    assert mser(np.tile([1.0, 2.0, 3.0], 20)) == 0
    assert mser(np.array([9.0, 1.0, 1.0])) == 0
