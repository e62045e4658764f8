from __future__ import annotations

import pytest

from seatrial.domain.record import WorkloadRecord
from seatrial.domain.sample import ColdPhases, Outcome, Sample
from seatrial.domain.traffic import Arrivals, Lengths, State, Workload
from seatrial.stats.cold import concurrency_of, idle_before_first_send_s, summarize_cold, warm_ttft_p50_s
from seatrial.stats.metrics import ttft_s
from seatrial.units import ns
from tests.stats.tables import T0_NS, refused, request, table_of, unsent

COLD = Workload("cold", requests=3, concurrency=1, state=State.COLD)
RESTARTED = ColdPhases("process restarted", T0_NS - ns(2.0), accept_s=0.5, ready_s=1.5)
UNLOADED = ColdPhases("keep_alive 0, /api/ps empty", T0_NS - ns(2.0))


def test_after_a_restart_the_phases_count_from_its_start() -> None:
    table = table_of(request(0, (1.0, 1.1), send_s=0.1, server={"load_s": 0.7}), request(1, (0.1, 0.2), send_s=2.0))
    cold = summarize_cold(RESTARTED, table)
    assert (cold.how, cold.accept_s, cold.ready_s, cold.load_s) == ("process restarted", 0.5, 1.5, 0.7)
    assert cold.ttfb_s == pytest.approx(2.11)
    assert cold.ttft_s == pytest.approx(3.1)
    assert idle_before_first_send_s(RESTARTED, table) == pytest.approx(0.6)


def test_a_server_that_stayed_up_is_cold_from_the_first_request() -> None:
    table = table_of(request(0, (1.0, 1.1), send_s=0.1))
    cold = summarize_cold(UNLOADED, table)
    assert (cold.accept_s, cold.ready_s, cold.load_s) == (None, None, None)
    assert cold.ttft_s == pytest.approx(1.0)
    assert cold.ttfb_s == pytest.approx(0.01)
    assert idle_before_first_send_s(UNLOADED, table) is None


def test_of_requests_at_once_the_first_answer_counts_with_its_load_time() -> None:
    table = table_of(
        request(0, (3.0,), send_s=0.0, server={"load_s": 9.0}),
        request(1, (2.0,), send_s=0.0, server={"load_s": 1.8}),
    )
    cold = summarize_cold(UNLOADED, table)
    assert cold.ttft_s == pytest.approx(2.0)
    assert cold.load_s == 1.8


@pytest.mark.parametrize("samples", [[], [unsent(0)], [refused(0)]])
def test_a_cold_start_without_an_answer_has_no_figures(samples: list[Sample]) -> None:
    for phases in (RESTARTED, UNLOADED):
        cold = summarize_cold(phases, table_of(*samples))
        assert (cold.ttft_s, cold.load_s) == (None, None)


def test_warm_ttft_is_that_of_the_fewest_users_with_the_same_input() -> None:
    failed = request(2, (0.9,), outcome=Outcome.RESET)
    cold = table_of(request(0, (5.0,)), request(1, (0.2,)), failed)
    single = table_of(request(0, (0.4,)))
    crowd = table_of(request(0, (9.0,)))
    longer = table_of(request(0, (0.01,)))
    records = [
        (WorkloadRecord(0, 0, COLD), cold),
        (WorkloadRecord(1, 0, Workload("single", requests=1, concurrency=1)), single),
        (WorkloadRecord(2, 0, Workload("crowd", Arrivals.AT_ONCE, requests=10)), crowd),
        (WorkloadRecord(3, 0, Workload("long", requests=1, concurrency=1, input_tokens=Lengths(999))), longer),
        (WorkloadRecord(4, 0, Workload("skipped", requests=1, concurrency=1), skipped="why"), longer),
    ]
    ttfts = [(record, ttft_s(table)) for record, table in records]
    assert warm_ttft_p50_s(COLD, ttfts) == pytest.approx(0.3)
    assert warm_ttft_p50_s(COLD, ttfts[2:3]) == pytest.approx(9.0)
    assert warm_ttft_p50_s(COLD, ttfts[3:]) is None


@pytest.mark.parametrize(
    ("workload", "expected"),
    [
        (Workload("w"), 1),
        (Workload("w", concurrency=4), 4),
        (Workload("w", Arrivals.AT_ONCE, requests=10), 10),
        (Workload("w", Arrivals.BATCHES, batches=(1, 3, 2)), 3),
        (Workload("w", Arrivals.POISSON, rate_per_s=1.0), None),
        (Workload("w", Arrivals.POISSON, rate_per_s=1.0, concurrency=7), 7),
    ],
)
def test_concurrency(workload: Workload, expected: int | None) -> None:
    assert concurrency_of(workload) == expected
