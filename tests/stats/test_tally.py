from __future__ import annotations

from seatrial.domain.sample import Outcome
from seatrial.domain.summary import Counts
from seatrial.stats.tally import count_failures, count_requests, count_tokens
from tests.stats.tables import refused, request, table_of, unsent

TABLE = table_of(
    request(0, prompt_tokens=100, input_tokens_asked=100, output_tokens_asked=4),
    request(1, prompt_tokens=97, input_tokens_asked=100, output_tokens_asked=4, completion_tokens=12),
    request(2, (0.1,), outcome=Outcome.TIMEOUT, prompt_tokens=500, input_tokens_asked=100),
    refused(3),
    refused(4),
    unsent(5),
)


def test_planned_is_completed_failed_and_never_sent() -> None:
    assert count_requests(TABLE.outcome) == Counts(planned=6, sent=5, completed=2, failed=3, never_sent=1)
    assert count_requests(TABLE.outcome, planned=9).planned == 9


def test_failures_by_cause_the_most_frequent_first() -> None:
    assert list(count_failures(TABLE).items()) == [("refused", 2), ("timeout", 1)]


def test_tokens_are_those_of_completed_requests() -> None:
    assert count_tokens(TABLE) == {
        "input_asked": 100.0,
        "input_counted": 98.5,
        "input_cached": None,
        "input_worst_deviation": -3.0,
        "output_asked": 4.0,
        "output_counted": 8.0,
        "tokens_per_chunk": 2.0,
    }


def test_no_requests_no_tokens() -> None:
    assert set(count_tokens(table_of()).values()) == {None}
