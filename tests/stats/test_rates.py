from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from seatrial.domain.record import WorkloadRecord
from seatrial.domain.sample import Outcome
from seatrial.domain.traffic import Arrivals, Stage, Workload
from seatrial.domain.trial import Objective, Slo
from seatrial.stats import rates
from seatrial.stats.rates import Window
from seatrial.stats.steady import time_order
from seatrial.stats.turns import Events, Turns, turns_of
from seatrial.units import ns
from tests.stats.tables import T0_NS, refused, request, table_of, unsent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seatrial.stats.table import SampleTable

TTFT = Objective("ttft_p95", "ttft_s", "p95", 0.25)
TPOT = Objective("tpot_p95", "tpot_s", "p95", 0.11)
BROKEN: dict[str, Any] = {"outcome": Outcome.RESET, "completion_tokens": None}
SUCCESS = Objective("success", "success", "ratio", 0.99)


def record(workload: Workload, end_s: float | None) -> WorkloadRecord:
    return WorkloadRecord(0, 0, workload, 1, T0_NS, None if end_s is None else T0_NS + ns(end_s))


def events(times: NDArray[np.float64]) -> Events:
    return Events(times, np.ones(len(times)), np.zeros(len(times), dtype=np.int64))


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
        estimate = rates.rate(events(times), Window(0.0, 100.0))
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


def test_what_starts_all_at_once_has_a_rate_without_an_interval() -> None:
    """It is one event: nothing in it says how the next one would differ."""
    times = np.sqrt(np.linspace(0.0, 100.0, 400))
    single = rates.rate(events(times), Window(0.0, 10.0), ordered=False)
    assert (single.value, single.low, single.high, single.n) == (40.0, None, None, 400)


def closed_loop(users: int, rounds: int, took_s: float) -> SampleTable:
    """All users in lockstep, all answers equally long."""
    return table_of(
        *(
            request(i * users + u, (0.1, took_s), send_s=i * took_s + 0.001, intended_s=i * took_s)
            for i in range(rounds)
            for u in range(users)
        )
    )


def turns(workload: Workload, table: SampleTable) -> Turns | None:
    return turns_of(workload, table, np.ones(len(table), dtype=np.bool_), time_order(workload, table))


def test_users_who_all_wait_equally_long_have_a_rate_known_well() -> None:
    """Answers come in bursts of ten: slices of time would say anything from nothing to twice as much."""
    table, window = closed_loop(10, 5, 2.0), Window(0.0, 10.001)
    workload = Workload("w", requests=50, concurrency=10)
    estimate = rates.requests_per_s(table, window, turns(workload, table))
    assert estimate.value == pytest.approx(5.0, rel=1e-3)
    assert estimate.low == pytest.approx(5.0, rel=2e-3)
    assert estimate.high == pytest.approx(5.0, rel=2e-3)


def test_the_end_of_a_time_cuts_a_burst_or_not() -> None:
    """Ten completions more or less: just before a burst the interval says so, amid two it does not."""
    table = closed_loop(10, 6, 2.0)
    workload = Workload("w", duration_s=11.9, concurrency=10)
    before, between = (
        rates.requests_per_s(table, Window(0.0, end_s), turns(workload, table)) for end_s in (11.9, 11.0)
    )
    assert before.low is not None and before.high is not None
    assert between.low is not None and between.high is not None
    # Fifty are counted, and a moment later it is sixty.
    assert before.high > before.value * 55 / 50
    assert between.high - between.low < 0.01 * between.value


def test_failures_take_time_and_yield_nothing() -> None:
    """Every other request of one user breaks off: the rate is half, and still known from the requests."""
    table = table_of(*(request(i, send_s=i * 0.5, **(BROKEN if i % 2 else {})) for i in range(100)))
    estimate = rates.requests_per_s(
        table, Window(0.0, 50.0), turns(Workload("w", requests=100, concurrency=1), table)
    )
    assert estimate.value == pytest.approx(1.0)
    assert estimate.low is not None and estimate.high is not None
    assert estimate.low <= estimate.value <= estimate.high
    assert estimate.high - estimate.low < 0.5


def test_from_fewer_than_six_requests_no_interval() -> None:
    for rounds, given in ((5, False), (6, True)):
        table = closed_loop(1, rounds, 1.0)
        workload = Workload("w", requests=rounds, concurrency=1)
        estimate = rates.output_tokens_per_s(table, Window(0.0, rounds + 0.001), turns(workload, table))
        assert (estimate.low is not None, estimate.high is not None) == (given, given)


def test_constant_arrivals_do_not_alias() -> None:
    rng = np.random.default_rng(11)
    table = table_of(
        *(request(i, (0.2, e2e_s), send_s=i / 20) for i, e2e_s in enumerate(rng.uniform(0.3, 0.6, 300)))
    )
    workload = Workload("w", Arrivals.CONSTANT, requests=300, rate_per_s=20.0)
    end_s = float(table.t_end_s.max())
    estimate = rates.requests_per_s(table, Window(0.0, end_s), turns(workload, table))
    assert estimate.low is not None and estimate.high is not None
    # The last one to end is one of the last few to arrive.
    assert estimate.low <= 300 / (299 / 20 + 0.5) <= estimate.high
    assert estimate.high - estimate.low < 0.05 * estimate.value


def test_what_requests_do_not_make_up_is_told_from_slices() -> None:
    """Stages, and an open load that the server answers more slowly than it comes."""
    table = table_of(*(request(i, (0.1, 0.1 + i * 0.05), send_s=i * 0.1) for i in range(100)))
    assert turns(Workload("w", Arrivals.POISSON, requests=100, rate_per_s=10.0), table) is None
    assert turns(Workload("w", stages=(Stage(1, 4, 10.0),)), table) is None
    assert turns(Workload("w", Arrivals.AT_ONCE, requests=100), table) is None
    assert turns(Workload("w", requests=100, concurrency=4), table) is not None


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
