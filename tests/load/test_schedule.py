"""The schedule is what was asked, in distribution and to the nanosecond."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.traffic import Arrivals, Lengths, Stage, Workload
from seatrial.load.schedule import LengthTable, Schedule, Shift, dealt, make_schedule, user_shifts


def seconds(workload: Workload, seed: int = 1) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    offsets = make_schedule(workload, seed).offsets_ns
    assert offsets is not None
    return offsets / 1e9


def test_constant_arrivals_are_exactly_apart() -> None:
    times = seconds(Workload("w", Arrivals.CONSTANT, duration_s=10, rate_per_s=4))
    assert times.tolist() == [k / 4 for k in range(40)]


@pytest.mark.parametrize(
    ("workload", "cv"),
    [
        (Workload("w", Arrivals.POISSON, requests=20_000, rate_per_s=50), 1.0),
        (Workload("w", Arrivals.GAMMA, cv=2.5, requests=20_000, rate_per_s=50), 2.5),
        (Workload("w", Arrivals.GAMMA, cv=0.5, requests=20_000, rate_per_s=50), 0.5),
    ],
)
def test_random_arrivals_have_the_rate_and_variation_asked(workload: Workload, cv: float) -> None:
    gaps = np.diff(seconds(workload))
    assert gaps.mean() == pytest.approx(0.02, rel=0.06)
    assert gaps.std() / gaps.mean() == pytest.approx(cv, rel=0.06)
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 0.03


def test_the_same_seed_gives_the_same_schedule_and_another_seed_another() -> None:
    workload = Workload("w", Arrivals.POISSON, requests=50, rate_per_s=50)
    assert seconds(workload).tolist() == seconds(workload).tolist()
    assert seconds(workload, 2).tolist() != seconds(workload).tolist()


def test_poisson_by_duration_fills_the_duration() -> None:
    times = seconds(Workload("w", Arrivals.POISSON, duration_s=100, rate_per_s=50))
    assert len(times) == pytest.approx(5000, rel=0.06)
    assert 99 < times[-1] < 100


def test_a_ramp_of_rate_offers_each_stage_its_share() -> None:
    stages = (Stage(0, 20, 10), Stage(20, 20, 10), Stage(20, 0, 10))
    schedule = make_schedule(Workload("w", Arrivals.CONSTANT, stages=stages), 1)
    assert schedule.offsets_ns is not None
    counts = np.bincount([schedule.stage_at(int(offset)) for offset in schedule.offsets_ns])
    assert counts.tolist() == pytest.approx([100, 200, 100], abs=1)
    in_first_half = (schedule.offsets_ns < 5e9).sum()
    assert in_first_half == pytest.approx(25, abs=1), "a quarter of a ramp's arrivals come in its first half"


def test_users_come_and_go_as_the_line_says() -> None:
    shifts = user_shifts((Stage(1, 3, 10), Stage(3, 3, 5), Stage(3, 0, 3)))
    assert shifts == (
        Shift(0, 0, 17_000_000_000),
        Shift(1, 5_000_000_000, 16_000_000_000),
        Shift(2, 10_000_000_000, 15_000_000_000),
    )


def test_a_spike_gives_a_user_two_shifts() -> None:
    shifts = user_shifts((Stage(2, 2, 1), Stage(1, 1, 1), Stage(2, 2, 1)))
    assert [(shift.user, shift.start_ns // 10**9) for shift in shifts] == [(0, 0), (1, 0), (1, 2)]


@given(
    total=st.integers(0, 60),
    hands=st.none() | st.integers(1, 9),
    shards=st.integers(1, 5),
)
def test_every_request_is_dealt_to_one_shard(total: int, hands: int | None, shards: int) -> None:
    schedule = Schedule(total=total, hands=hands)
    hers = [list(dealt(schedule, shard, shards)) for shard in range(shards)]
    assert sorted(index for indices in hers for index in indices) == list(range(total))
    assert all(indices == sorted(indices) for indices in hers)


@given(mean=st.integers(8, 2000), cv=st.floats(0, 1.0), index=st.integers(0, 10_000))
def test_lengths_are_within_bounds_and_repeatable(mean: int, cv: float, index: int) -> None:
    workload = Workload("w", input_tokens=Lengths(mean, cv, low=4, high=4000), output_tokens=Lengths(16))
    one, other = LengthTable(workload, 3), LengthTable(workload, 3)
    assert one(index) == other(index)
    assert 4 <= one(index)[0] <= 4000
    assert one(index)[1] == 16


def test_drawn_lengths_have_the_mean_and_variation_asked() -> None:
    table = LengthTable(Workload("w", input_tokens=Lengths(500, 0.5)), 1)
    drawn = np.array([table(index)[0] for index in range(20_000)])
    assert drawn.mean() == pytest.approx(500, rel=0.02)
    assert drawn.std() / drawn.mean() == pytest.approx(0.5, rel=0.04)
