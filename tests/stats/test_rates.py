from __future__ import annotations

import numpy as np
import pytest

from seatrial.domain.record import WorkloadRecord
from seatrial.domain.sample import Outcome
from seatrial.domain.traffic import Arrivals, Stage, Workload
from seatrial.domain.trial import Objective, Slo
from seatrial.stats import rates
from seatrial.stats.rates import Window
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
    estimate = rates.output_tokens_per_s(table, Window(0.0, 1.05))
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
    assert rates.requests_per_s(table, Window(0.0, 2.0)).value == pytest.approx(1.0)


def test_a_steady_rate_has_a_narrow_interval_and_a_short_one_none() -> None:
    steady = table_of(*(request(i, send_s=i * 0.1) for i in range(200)))
    estimate = rates.requests_per_s(steady, Window(0.0, 20.0))
    assert estimate.low is not None and estimate.high is not None
    assert estimate.low <= estimate.value <= estimate.high
    assert estimate.high - estimate.low < 0.2 * estimate.value
    short = rates.requests_per_s(table_of(*(request(i, send_s=i * 0.1) for i in range(49))), Window(0.0, 5.0))
    assert (short.low, short.high) == (None, None)


def test_the_interval_of_a_poisson_stream_holds_its_rate() -> None:
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(300):
        times = np.sort(rng.uniform(0, 100.0, rng.poisson(500)))
        estimate = rates.rate(times, Window(0.0, 100.0))
        assert estimate.low is not None and estimate.high is not None
        held += estimate.low <= 5.0 <= estimate.high
    assert held / 300 == pytest.approx(0.94, abs=0.04)


def test_tokens_and_time_are_cut_at_the_same_moments() -> None:
    table = table_of(*(request(i, send_s=i * 0.5) for i in range(40)))
    whole = rates.output_tokens_per_s(table, Window(0.0, 20.0))
    late = rates.output_tokens_per_s(table, Window(10.0, 20.0))
    # Four tokens every half second, throughout; the two requests under way at second 10 lose what came before it.
    assert whole.value == pytest.approx(8.0)
    assert late.value == pytest.approx(8.0, abs=0.2)
    assert late.n == pytest.approx(80, abs=2)


def test_a_single_wave_is_wide_in_order_of_time_and_taken_for_a_few_slices_without() -> None:
    """All at once: what happens over time is one event, whose slices depend on each other as much as can be."""
    times = np.sqrt(np.linspace(0.0, 100.0, 400))
    window = Window(0.0, 10.0)
    ordered, single = rates.rate(times, window), rates.rate(times, window, ordered=False)
    assert ordered.low is not None and ordered.high is not None
    assert single.low is not None and single.high is not None
    # It rises from 0 to 80 events/s.
    assert ordered.high - ordered.low > 60
    assert single.high - single.low < 30


def test_misses_in_a_row_are_worth_less_than_scattered_ones() -> None:
    slo = Slo((TTFT,))
    slow, fast = (0.3, 0.4), (0.2, 0.3)
    rng = np.random.default_rng(9)
    in_a_row = table_of(*(request(i, slow if i // 20 % 3 == 0 else fast) for i in range(600)))
    scattered = table_of(*(request(i, slow if miss else fast) for i, miss in enumerate(rng.random(600) < 1 / 3)))
    sequence = np.arange(600)
    one, other = (rates.attainment(table, 600, slo, sequence=sequence) for table in (scattered, in_a_row))
    assert one is not None and one.low is not None and one.high is not None
    assert one.value == pytest.approx(2 / 3, abs=0.05)
    assert one.high - one.low < 0.1
    # Thirty turns of bad luck, not six hundred independent requests.
    assert other is not None and other.low is not None and other.high is not None
    assert other.high - other.low > 2 * (one.high - one.low)


def test_attainment_counts_what_was_offered_after_the_cut() -> None:
    table = table_of(request(0, (0.3, 0.4)), request(1), request(2), unsent(3, 3.0), unsent(4, 4.0))
    kept = table.t_intended_s >= 1.0
    share = rates.attainment(table, 6, Slo((TTFT,)), kept=kept)
    # Six planned, the first cut away: two good ones of five, the one without a record being missed too.
    assert share is not None
    assert (share.value, share.n) == (0.4, 5)


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
    goodput = rates.goodput_per_s(table, Window(0.0, 4.0), slo)
    assert goodput is not None
    assert goodput.value == pytest.approx(0.5)
    share = rates.attainment(table, 10, slo)
    assert share is not None
    # Over what was offered: errors and those never sent did not meet it.
    assert (share.value, share.n) == (0.2, 10)


def test_goodput_needs_an_slo_and_what_it_limits() -> None:
    uncounted = table_of(request(0, completion_tokens=None))
    assert rates.goodput_per_s(uncounted, Window(0.0, 4.0), Slo()) is None
    assert rates.goodput_per_s(uncounted, Window(0.0, 4.0), Slo((TPOT,))) is None
    assert rates.attainment(uncounted, 1, Slo((TPOT,))) is None
    assert rates.goodput_per_s(uncounted, Window(0.0, 4.0), Slo((TTFT,))) is not None


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
