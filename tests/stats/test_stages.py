from __future__ import annotations

import pytest

from seatrial.domain.summary import Counts
from seatrial.domain.traffic import Arrivals, Stage, Workload
from seatrial.stats.stages import stage_summaries
from tests.stats.tables import request, table_of, unsent

RAMP = Workload("w", Arrivals.CONSTANT, stages=(Stage(1, 1, 4.0), Stage(1, 3, 2.0), Stage(3, 3, 10.0)))


def test_offered_and_achieved_differ_where_answers_come_late() -> None:
    # Four requests sent in the first stage, two of them answered in the second, where one is never sent.
    table = table_of(
        request(0, send_s=0.0),
        request(1, send_s=1.0),
        request(2, (4.0,), send_s=1.5),
        request(3, (2.0,), send_s=3.0),
        request(4, send_s=5.0, stage=1),
        unsent(5, 5.5),
    )
    first, second, third = stage_summaries(RAMP, table, window=6.0)
    assert (first.label, second.label) == ("1/s, 4 s", "1 to 3/s, 2 s")
    assert (first.offered_per_s, first.achieved_per_s) == (1.0, 0.5)
    assert (second.offered_per_s, second.achieved_per_s) == (1.0, 1.5)
    assert (first.kind, first.concurrency) == ("stage", None)
    assert first.output_tokens_per_s == pytest.approx(8 / 4)
    assert second.output_tokens_per_s == pytest.approx(6 / 2)
    assert second.counts == Counts(planned=2, sent=1, completed=1, failed=0, never_sent=1)
    assert first.ttft_s is not None
    assert first.ttft_s.mean.value == pytest.approx((0.2 + 0.2 + 4.0 + 2.0) / 4)
    # The load ended before the third stage: nothing is known of it.
    assert (third.offered_per_s, third.achieved_per_s, third.output_tokens_per_s) == (None, None, None)
    assert third.counts == Counts(0, 0, 0, 0, 0)


def test_users_offer_no_rate() -> None:
    users = Workload("w", stages=(Stage(2, 2, 4.0),))
    (stage,) = stage_summaries(users, table_of(request(0), request(1)), window=4.0)
    assert (stage.label, stage.offered_per_s, stage.achieved_per_s) == ("2 users, 4 s", None, 0.5)
    assert (stage.kind, stage.concurrency) == ("stage", 2)


def test_batches_follow_each_other() -> None:
    batches = Workload("w", Arrivals.BATCHES, batches=(1, 2, 2))
    table = table_of(
        request(0, send_s=0.0),
        request(1, send_s=0.5, stage=1),
        request(2, (0.2, 1.0), send_s=0.5, stage=1),
        unsent(3, 9.0),
        unsent(4, 9.0),
    )
    one, two, never = stage_summaries(batches, table, window=1.5)
    assert [stage.label for stage in (one, two, never)] == ["batch of 1", "batch of 2", "batch of 2"]
    assert [(stage.kind, stage.concurrency) for stage in (one, two)] == [("batch", 1), ("batch", 2)]
    assert (one.offered_per_s, one.achieved_per_s) == (None, 2.0)
    assert two.achieved_per_s == pytest.approx(2.0)
    assert two.e2e_s is not None
    assert two.e2e_s.maximum == pytest.approx(1.0)
    assert never.counts == Counts(planned=2, sent=0, completed=0, failed=0, never_sent=2)
    assert (never.achieved_per_s, never.e2e_s) == (None, None)


def test_a_plain_workload_has_no_stages() -> None:
    assert stage_summaries(Workload("w", requests=1), table_of(request(0)), 1.0) == ()
