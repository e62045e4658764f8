"""Feeds driven by a fake clock: an hour of load in milliseconds."""

from __future__ import annotations

import pytest

from seatrial.domain.traffic import Arrivals, Stage, Workload
from seatrial.load.feeds import Feed, Launch, make_feed, share_of
from seatrial.load.schedule import make_schedule
from seatrial.testing.clock import FakeClock

SECOND = 1_000_000_000


def play(feed: Feed, service_s: float) -> list[tuple[Launch, int]]:
    """Runs `feed` with a server that takes `service_s` for each request: (launch, when it was sent)."""
    clock = FakeClock()
    in_flight: list[tuple[int, int]] = []
    sent = []
    while not feed.finished or in_flight:
        feed.expire(clock.now_ns())
        due = feed.due_ns()
        if due is not None and (not in_flight or due <= in_flight[0][0]):
            clock.sleep_until_ns(due)
            launch = feed.take()
            sent.append((launch, clock.now_ns()))
            in_flight.append((clock.now_ns() + round(service_s * SECOND), launch.index))
        elif in_flight:
            end_ns, index = in_flight.pop(0)
            clock.sleep_until_ns(end_ns)
            feed.ended(index, clock.now_ns(), 0)
    return sent


def feed_of(workload: Workload, shard: int = 0, shards: int = 1) -> Feed:
    return make_feed(workload, make_schedule(workload, 1), 0, shard, shards)


def test_an_hour_of_poisson_is_sent_when_it_was_intended() -> None:
    workload = Workload("w", Arrivals.POISSON, duration_s=3600, rate_per_s=3)
    sent = play(feed_of(workload), service_s=20)
    assert len(sent) == pytest.approx(10_800, rel=0.05)
    assert all(launch.intended_ns == at for launch, at in sent)


def test_shards_deal_the_same_schedule_by_index() -> None:
    workload = Workload("w", Arrivals.POISSON, requests=101, rate_per_s=10)
    whole = {launch.index: launch.intended_ns for launch, _ in play(feed_of(workload), 1)}
    shards = [play(feed_of(workload, shard, 3), 1) for shard in range(3)]
    dealt = {launch.index: launch.intended_ns for sent in shards for launch, _ in sent}
    assert dealt == whole
    assert [len(sent) for sent in shards] == [34, 34, 33]


def test_a_cap_delays_sends_but_never_intended_times_and_leaves_the_rest_unsent() -> None:
    workload = Workload("w", Arrivals.CONSTANT, duration_s=10, rate_per_s=10, concurrency=2)
    sent = play(feed_of(workload), service_s=1)
    assert len(sent) < 30, "two slots of one second each serve two a second, of 100 offered"
    assert [launch.intended_ns for launch, _ in sent] == [k * SECOND // 10 for k in range(len(sent))]
    assert sent[-1][1] - sent[-1][0].intended_ns > 5 * SECOND


def test_a_closed_loop_sends_at_the_end_of_the_answer_before() -> None:
    sent = play(feed_of(Workload("w", requests=6, concurrency=2)), service_s=1)
    assert [launch.intended_ns for launch, _ in sent] == [0, 0, SECOND, SECOND, 2 * SECOND, 2 * SECOND]


def test_a_closed_loop_by_duration_starts_nothing_after_it() -> None:
    sent = play(feed_of(Workload("w", duration_s=2.5, concurrency=1)), service_s=1)
    assert [launch.intended_ns for launch, _ in sent] == [0, SECOND, 2 * SECOND]


def test_closed_shards_share_users_and_indices() -> None:
    workload = Workload("w", requests=10, concurrency=3)
    indices = [sorted(launch.index for launch, _ in play(feed_of(workload, shard, 2), 1)) for shard in range(2)]
    assert indices == [[0, 2, 3, 5, 6, 8, 9], [1, 4, 7]]


def test_closed_shards_are_done_at_the_same_time() -> None:
    workload = Workload("w", requests=12, concurrency=3)
    rounds = [{launch.intended_ns for launch, _ in play(feed_of(workload, shard, 2), 1)} for shard in range(2)]
    assert rounds == [{0, SECOND, 2 * SECOND, 3 * SECOND}] * 2


def test_capped_shards_have_requests_as_they_have_slots() -> None:
    workload = Workload("w", Arrivals.CONSTANT, requests=9, rate_per_s=9, concurrency=3)
    assert [len(play(feed_of(workload, shard, 4), 0.1)) for shard in range(4)] == [3, 3, 3, 0]


def test_stages_of_users() -> None:
    workload = Workload("w", stages=(Stage(1, 1, 2), Stage(3, 3, 2), Stage(1, 1, 2)))
    sent = play(feed_of(workload), service_s=1)
    assert [launch.stage for launch, _ in sent] == [0] * 2 + [1] * 6 + [2] * 2


def test_batches_wait_for_the_one_before() -> None:
    sent = play(feed_of(Workload("w", Arrivals.BATCHES, batches=(1, 2, 3))), service_s=1)
    assert [(launch.stage, launch.intended_ns) for launch, _ in sent] == [
        (0, 0), (1, SECOND), (1, SECOND), (2, 2 * SECOND), (2, 2 * SECOND), (2, 2 * SECOND),
    ]  # fmt: skip


def test_a_user_pauses_when_told() -> None:
    feed = feed_of(Workload("w", requests=2, concurrency=1))
    feed.take()
    feed.ended(0, 5 * SECOND, 3 * SECOND)
    assert feed.due_ns() == 8 * SECOND


@pytest.mark.parametrize("shards", [1, 2, 3, 7])
def test_shares_add_up(shards: int) -> None:
    assert sum(share_of(10, shard, shards) or 0 for shard in range(shards)) == 10
