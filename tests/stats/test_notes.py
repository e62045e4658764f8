from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seatrial.domain.record import WorkloadRecord
from seatrial.domain.sample import ColdPhases, Sample
from seatrial.domain.traffic import Workload
from seatrial.stats.estimate import distribution
from seatrial.stats.notes import notes_on, notes_on_intervals
from seatrial.stats.tally import count_tokens
from seatrial.units import ns
from tests.stats.tables import T0_NS, refused, request, table_of

STREAMED = Workload("w", requests=1)
LENGTHS: dict[str, Any] = {"prompt_tokens": 100, "input_tokens_asked": 100, "output_tokens_asked": 4}


def notes(sample: Sample, workload: Workload = STREAMED, cold: ColdPhases | None = None) -> tuple[str, ...]:
    table = table_of(sample)
    return notes_on(WorkloadRecord(0, 0, workload, 1, T0_NS, T0_NS, cold=cold), table, count_tokens(table))


def test_what_is_as_expected_is_not_worth_a_note_but_the_source_of_input_speed() -> None:
    assert notes(request(0, **LENGTHS)) == (
        "input speed is prompt tokens / TTFT, which includes any wait in a queue",
    )


def test_the_notes_of_the_record_come_first() -> None:
    record = WorkloadRecord(0, 0, STREAMED, notes=("capped at the context",))
    table = table_of(refused(0))
    assert notes_on(record, table, count_tokens(table)) == ("capped at the context",)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"completion_tokens": None}, "the server counts no output tokens"),
        ({"completion_tokens": 10}, "a chunk holds 2.50 tokens on average"),
        ({"completion_tokens": 10}, "the first chunk is assumed to hold 1"),
        ({"first_read_chunks": 3}, "the first read held several chunks in 1 answers"),
        ({"server": {"prompt_eval_s": 0.1}}, "the prompt evaluation time told by the server"),
        ({"prompt_tokens": 96}, "off by -4 tokens"),
        ({"output_tokens_asked": 9}, "answers held 4 tokens on average where 9 were asked for"),
    ],
)
def test_what_a_reader_must_know_is_said(fields: dict[str, Any], said: str) -> None:
    assert any(said in note for note in notes(request(0, **(LENGTHS | fields))))


def test_tokens_told_per_chunk_are_not_assumed() -> None:
    told = notes(request(0, tokens=(1, 3, 3, 3), completion_tokens=10, **LENGTHS))
    assert not any("assumed" in note for note in told)


def test_without_streaming_there_is_no_first_token() -> None:
    whole = notes(request(0, (0.9,), completion_tokens=4, **LENGTHS), Workload("w", requests=1, stream=False))
    assert whole == ("answers came in one piece: there is no first token and no gap between tokens to time",)


def test_time_lost_by_the_client_after_a_cold_start_is_said() -> None:
    cold = ColdPhases("process restarted", T0_NS - ns(2.0), ready_s=1.5)
    assert any("include 500 ms between" in note for note in notes(request(0, **LENGTHS), cold=cold))


@pytest.mark.parametrize(("swing", "said"), [(0.5, True), (0.01, False), (0.0, False)])
def test_intervals_that_are_wide_because_requests_depend_on_each_other_are_told(swing: float, said: bool) -> None:
    """Ten users in lockstep; where times hardly vary the interval is narrow, and nothing needs to be said."""
    times_s = 2.0 + swing * np.repeat([0.0, 1.0, -1.0, 0.5, 1.0, -0.5, -1.0, 0.0, 0.5, -0.5], 10)
    sequence = np.arange(100)
    found = notes_on_intervals(distribution(times_s, sequence=sequence), times_s, sequence)
    assert any("intervals are wide" in note for note in found) is said
    assert notes_on_intervals(distribution(times_s), times_s, None) == ()
