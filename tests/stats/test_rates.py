from __future__ import annotations

import numpy as np
import pytest

from seatrial.domain.record import WorkloadRecord
from seatrial.domain.sample import Outcome
from seatrial.domain.traffic import Arrivals, Stage, Workload
from seatrial.domain.trial import Objective, Slo
from seatrial.stats import rates
from seatrial.units import ns
from tests.stats.tables import T0_NS, refused, request, table_of, unsent

TTFT = Objective("ttft_p95", "ttft_s", "p95", 0.25)
TPOT = Objective("tpot_p95", "tpot_s", "p95", 0.11)
SUCCESS = Objective("success", "success", "ratio", 0.99)


def record(workload: Workload, end_s: float | None) -> WorkloadRecord:
    return WorkloadRecord(0, 0, workload, 1, T0_NS, None if end_s is None else T0_NS + ns(end_s))


def test_tokens_count_where_they_arrive_not_where_they_finish() -> None:
    # Four tokens of each request; the second one has two of them after the window, the third never ends well.
    table = table_of(
        request(0, send_s=0.0),
        request(1, send_s=0.7),
        request(2, (0.2, 0.3), send_s=0.0, outcome=Outcome.RESET, completion_tokens=None),
    )
    estimate = rates.output_tokens_per_s(table, 1.05)
    assert estimate.value == pytest.approx((4 + 2 + 2) / 1.05)
    assert (estimate.low, estimate.high, estimate.n) == (None, None, 8)


def test_tokens_of_chunks_by_usage_by_share_or_by_the_usual_number() -> None:
    table = table_of(
        request(0, (0.1, 0.2), tokens=(1, 5), completion_tokens=6),
        request(1, (0.1, 0.2), completion_tokens=10),
        request(2, (0.1, 0.2), tokens=(1, 0), completion_tokens=8),
        request(3, (0.1,), outcome=Outcome.RESET, completion_tokens=None),
        refused(4),
    )
    # The usual number: 24 tokens in 6 chunks.
    assert rates.chunk_tokens(table) == pytest.approx([1, 5, 5, 5, 4, 4, 4])


def test_an_end_mark_that_is_counted_but_in_no_chunk_is_not_lost() -> None:
    table = table_of(request(0, (0.1, 0.2, 0.3), tokens=(1, 1, 1), completion_tokens=4))
    assert rates.chunk_tokens(table).sum() == pytest.approx(4)


def test_without_any_count_a_chunk_is_a_token() -> None:
    table = table_of(request(0, (0.1, 0.2, 0.3), completion_tokens=None))
    assert rates.chunk_tokens(table).tolist() == [1, 1, 1]


def test_completions_inside_the_window() -> None:
    table = table_of(request(0), request(1), refused(2, 1.0), request(3), unsent(4))
    assert rates.requests_per_s(table, 2.0).value == pytest.approx(1.0)


def test_a_steady_rate_has_a_narrow_interval_and_a_short_one_none() -> None:
    steady = table_of(*(request(i, send_s=i * 0.1) for i in range(200)))
    estimate = rates.requests_per_s(steady, 20.0)
    assert estimate.low is not None and estimate.high is not None
    assert estimate.low <= estimate.value <= estimate.high
    assert estimate.high - estimate.low < 0.2 * estimate.value
    short = rates.requests_per_s(table_of(*(request(i, send_s=i * 0.1) for i in range(49))), 5.0)
    assert (short.low, short.high) == (None, None)


def test_the_interval_of_a_poisson_stream_holds_its_rate() -> None:
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(300):
        times = np.sort(rng.uniform(0, 100.0, rng.poisson(500)))
        estimate = rates._rate(times, np.ones(len(times)), 100.0)
        assert estimate.low is not None and estimate.high is not None
        held += estimate.low <= 5.0 <= estimate.high
    assert held / 300 == pytest.approx(0.95, abs=0.04)


def test_goodput_counts_requests_that_meet_every_latency_objective() -> None:
    table = table_of(
        request(0, send_s=0.0),  # TTFT 0.2, TPOT 0.1: good
        request(1, (0.3, 0.4), send_s=0.0),  # TTFT too long
        request(2, (0.2, 0.4), send_s=0.0),  # TPOT too long
        request(3, (0.2,), send_s=0.0),  # one token: no TPOT to miss
        refused(4),
        unsent(5),
    )
    slo = Slo((TTFT, TPOT, SUCCESS))
    assert rates.conforming(table, slo).tolist() == [True, False, False, True, False, False]  # type: ignore[union-attr]
    goodput = rates.goodput_per_s(table, 4.0, slo)
    assert goodput is not None
    assert goodput.value == pytest.approx(0.5)
    share = rates.attainment(table, 10, slo)
    assert share is not None
    # Over what was offered: errors and those never sent did not meet it.
    assert (share.value, share.n) == (0.2, 10)


def test_goodput_needs_an_slo_and_what_it_limits() -> None:
    uncounted = table_of(request(0, completion_tokens=None))
    assert rates.goodput_per_s(uncounted, 4.0, Slo()) is None
    assert rates.goodput_per_s(uncounted, 4.0, Slo((TPOT,))) is None
    assert rates.attainment(uncounted, 1, Slo((TPOT,))) is None
    assert rates.goodput_per_s(uncounted, 4.0, Slo((TTFT,))) is not None


def test_windows() -> None:
    table = table_of(request(0, send_s=0.0), request(1, send_s=9.8))
    by_requests = Workload("w", requests=2)
    assert rates.window_s(record(by_requests, 11.0), table) == pytest.approx(10.3)
    by_duration = Workload("w", Arrivals.POISSON, rate_per_s=1.0, duration_s=10.0)
    assert rates.window_s(record(by_duration, 10.6), table) == pytest.approx(10.0)
    assert rates.window_s(record(by_duration, 6.0), table) == pytest.approx(6.0)
    by_stages = Workload("w", stages=(Stage(1, 1, 4.0), Stage(2, 2, 5.0)))
    assert rates.window_s(record(by_stages, 11.0), table) == pytest.approx(9.0)
    assert rates.window_s(record(by_stages, None), table) == pytest.approx(9.0)
    assert rates.window_s(record(by_requests, 1.0), table_of(unsent(0))) is None
