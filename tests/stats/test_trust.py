from __future__ import annotations

import pytest

from seatrial.domain.sample import ClientSecond, Sample
from seatrial.domain.summary import ArrivalCheck
from seatrial.domain.traffic import Arrivals, Workload
from seatrial.domain.trial import Trust, Verdict
from seatrial.stats.trust import combine, combine_named, judge
from tests.stats.tables import T0_NS, refused, request, second, table_of, unsent

CLOSED = Workload("w", concurrency=2, requests=100)
CAPPED = Workload("w", Arrivals.POISSON, rate_per_s=1.0, concurrency=2)
QUIET = [second(number) for number in range(1, 11)]
GOOD = [request(i, send_s=i * 0.1) for i in range(100)]


def judged(
    samples: list[Sample] = GOOD,
    seconds: list[ClientSecond] = QUIET,
    workload: Workload = CLOSED,
    arrivals: ArrivalCheck | None = None,
    planned: int | None = None,
) -> Trust:
    return judge(table_of(*samples), seconds, workload, arrivals, planned)


def first_chunks_late(count: int, *, lag_s: float) -> list[Sample]:
    """100 requests, `count` of whose first reads held two chunks, read `lag_s` after they came."""
    merged = [request(i, send_s=i * 0.1, lag_s=lag_s, first_read_chunks=2) for i in range(count)]
    return [*merged, *GOOD[count:]]


def test_a_clean_measurement_is_trusted_without_a_word() -> None:
    assert judged() == Trust()


def test_nothing_measured_is_nothing_to_distrust() -> None:
    assert judged([refused(0), unsent(1)], []) == Trust()


def test_requests_must_be_accounted_for() -> None:
    trust = judged(planned=103)
    assert trust.verdict is Verdict.INVALID
    assert "103 requests were planned but 100 are accounted for" in trust.reasons[0]
    assert judged(planned=100).verdict is Verdict.TRUSTED


@pytest.mark.parametrize(("lag_s", "verdict"), [(0.009, Verdict.TRUSTED), (0.011, Verdict.INVALID)])
def test_late_sends_are_held_against_ttft(lag_s: float, verdict: Verdict) -> None:
    # TTFT is 200 ms: 5 % are 10 ms.
    late = [request(i, send_s=i * 0.1 + lag_s, intended_s=i * 0.1) for i in range(100)]
    trust = judged(late)
    assert trust.verdict is verdict
    if verdict is Verdict.INVALID:
        assert "send lag p99 11.0 ms, allowed 10.0 ms" in trust.reasons[0]
        assert "--processes 2" in trust.reasons[0]


def test_with_a_short_ttft_5_ms_of_send_lag_are_allowed() -> None:
    quick = [request(i, (0.02, 0.03), send_s=i * 0.1 + 0.004, intended_s=i * 0.1) for i in range(100)]
    assert judged(quick).verdict is Verdict.TRUSTED


def test_one_late_send_among_few_is_told_and_two_are_too_many() -> None:
    few = [request(i, send_s=i * 0.1) for i in range(20)]
    late = [request(i, send_s=i * 0.1 + 0.03, intended_s=i * 0.1) for i in (20, 21)]
    trust = judged([*few, late[0]])
    assert trust.verdict is Verdict.TRUSTED
    assert trust.notes == ("one request of 21 went out 30.0 ms late",)
    assert judged([*few, *late]).verdict is Verdict.INVALID


def test_a_cap_in_flight_explains_late_sends() -> None:
    late = [request(i, send_s=i * 0.1 + 0.5, intended_s=i * 0.1) for i in range(100)]
    trust = judged(late, workload=CAPPED)
    assert trust.verdict is Verdict.TRUSTED
    assert "cap of 2 in flight" in trust.notes[0]


def test_other_arrivals_than_asked_are_invalid() -> None:
    check = ArrivalCheck("poisson", 200, 5.0, 5.0, 1.0, 1.7, 2.0, -0.3, ("gaps have cv 1.70",))
    trust = judged(arrivals=check)
    assert trust.verdict is Verdict.INVALID
    assert trust.reasons == ("gaps have cv 1.70; the load was not the one asked for",)


@pytest.mark.parametrize(("loop_lag_s", "verdict"), [(0.009, Verdict.TRUSTED), (0.02, Verdict.DOUBTFUL)])
def test_read_times_are_noted_and_doubted_with_a_slow_loop(loop_lag_s: float, verdict: Verdict) -> None:
    unstamped = [request(i, send_s=i * 0.1, kernel_clock=False) for i in range(100)]
    trust = judged(unstamped, [second(n, loop_lag_s=loop_lag_s) for n in range(1, 11)])
    assert trust.verdict is verdict
    assert any("not the kernel's" in note for note in trust.notes)


def test_receive_lag_is_only_a_note_under_the_kernels_clock() -> None:
    trust = judged([request(i, send_s=i * 0.1, lag_s=0.03) for i in range(100)])
    assert trust.verdict is Verdict.TRUSTED
    assert any("over 5 ms after they had come" in note for note in trust.notes)


@pytest.mark.parametrize(
    ("count", "verdict"),
    [(1, Verdict.TRUSTED), (2, Verdict.DOUBTFUL), (10, Verdict.DOUBTFUL), (11, Verdict.INVALID)],
)
def test_merged_first_reads_of_a_late_client(count: int, verdict: Verdict) -> None:
    trust = judged(first_chunks_late(count, lag_s=0.002))
    assert trust.verdict is verdict


def test_a_server_that_sends_chunks_together_is_not_the_clients_fault() -> None:
    assert judged(first_chunks_late(50, lag_s=0.0001)).verdict is Verdict.TRUSTED


def test_a_loop_that_was_away_makes_merged_first_reads_its_own() -> None:
    # The first ten requests get their first chunks in the first two seconds, and the loop was away in the first.
    seconds = [second(1, loop_lag_s=0.02), *QUIET[1:]]
    assert judged(first_chunks_late(10, lag_s=0.0001), seconds).verdict is Verdict.DOUBTFUL
    away_later = [*QUIET[:8], second(9, loop_lag_s=0.02)]
    assert judged(first_chunks_late(10, lag_s=0.0001), away_later).verdict is Verdict.TRUSTED


def test_a_busy_load_process_is_doubted_even_beside_an_idle_one() -> None:
    busy = [second(number, shard=1, cpu=0.95 if number <= 2 else 0.3) for number in range(1, 11)]
    trust = judged(seconds=[*QUIET, *busy])
    assert trust.verdict is Verdict.DOUBTFUL
    assert "for 20% of its time" in trust.reasons[0]
    one_in_ten = [second(1, shard=1, cpu=0.95), *busy[2:]]
    assert judged(seconds=[*QUIET, *one_in_ten, second(2, shard=1)]).verdict is Verdict.TRUSTED


def test_a_busy_moment_at_the_end_is_not_a_busy_second() -> None:
    tail = ClientSecond(T0_NS + 5_050_000_000, 0, 0.99, 0.0, 0.0, 3, 0.0, 0)
    assert judged(seconds=[*QUIET[:5], tail]).verdict is Verdict.TRUSTED


@pytest.mark.parametrize(
    ("gc_s", "verdict"),
    [((0.019,) * 10, Verdict.TRUSTED), ((0.03,) * 10, Verdict.DOUBTFUL), ((0.06,), Verdict.DOUBTFUL)],
)
def test_garbage_collection(gc_s: tuple[float, ...], verdict: Verdict) -> None:
    stopped = [second(number, gc_s=pause) for number, pause in enumerate(gc_s, 1)]
    assert judged(seconds=[*stopped, *QUIET[len(stopped) :]]).verdict is verdict


@pytest.mark.parametrize(("step_s", "verdict"), [(0.0009, Verdict.TRUSTED), (-0.002, Verdict.DOUBTFUL)])
def test_a_step_of_the_clock(step_s: float, verdict: Verdict) -> None:
    assert judged(seconds=[*QUIET, second(11, clock_step_s=step_s)]).verdict is verdict


def test_combine_keeps_the_lowest_verdict_and_every_reason_once() -> None:
    doubtful = Trust(Verdict.DOUBTFUL, ("slow",), ("read times",))
    invalid = Trust(Verdict.INVALID, ("late", "slow"), ("read times",))
    assert combine([Trust(), doubtful, invalid]) == Trust(Verdict.INVALID, ("slow", "late"), ("read times",))
    assert combine([]) == Trust()


def test_named_sentences_say_whose_they_are() -> None:
    doubtful = Trust(Verdict.DOUBTFUL, ("slow",), ("read times",))
    quiet = Trust(notes=("read times",))
    combined = combine_named({"a": doubtful, "b": doubtful, "c": doubtful, "d": quiet})
    assert combined == Trust(Verdict.DOUBTFUL, ("a; b and 1 more: slow",), ("all workloads: read times",))
