from __future__ import annotations

import heapq
import random
from statistics import mean

import pytest

from seatrial.sizing.speed.queueing import erlang_c, wait_for_server, wait_for_slot

COUNT = 200_000


def waits(rate_per_s: float, services: list[float], servers: int) -> list[float]:
    """Seconds waited by each of `services` on `servers`, first come first served, Poisson arrivals."""
    chance, now = random.Random(2), 0.0
    free = [0.0] * servers
    waited = []
    for service in services:
        now += chance.expovariate(rate_per_s)
        start = max(now, heapq.heappop(free))
        heapq.heappush(free, start + service)
        waited.append(start - now)
    return sorted(waited)


@pytest.mark.parametrize("load", [0.3, 0.6, 0.85])
def test_prompts_of_one_length_wait_as_in_a_simulated_queue(load: float) -> None:
    waited = waits(load, [1.0] * COUNT, 1)
    told = wait_for_server(load, 1.0, 0.0)
    assert told.mean_s == pytest.approx(mean(waited), rel=0.06)
    assert waited[int(0.95 * COUNT)] * 0.95 < told.p95_s < waited[int(0.95 * COUNT)] * 1.25


@pytest.mark.parametrize(("slots", "load"), [(2, 0.7), (16, 0.8), (64, 0.85)])
def test_requests_wait_for_a_slot_as_in_a_simulated_queue(slots: int, load: float) -> None:
    chance = random.Random(3)
    waited = waits(load * slots, [chance.expovariate(1.0) for _ in range(COUNT)], slots)
    told = wait_for_slot(load * slots, 1.0, slots)
    assert told.mean_s == pytest.approx(mean(waited), rel=0.15)
    assert told.p95_s == pytest.approx(waited[int(0.95 * COUNT)], rel=0.15, abs=0.01)


def test_erlang_c_is_the_textbooks() -> None:
    assert erlang_c(1, 0.5) == pytest.approx(0.5)
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)


def test_without_a_steady_state_there_is_no_wait_to_tell() -> None:
    with pytest.raises(ValueError, match=r"load 1\.00"):
        wait_for_server(1.0, 1.0, 0.0)
    with pytest.raises(ValueError, match=r"load 1\.25"):
        wait_for_slot(5.0, 1.0, 4)


def test_nobody_waits_where_nobody_comes() -> None:
    assert wait_for_server(0.0, 1.0, 0.0) == wait_for_slot(0.0, 1.0, 4) == (0.0, 0.0)
