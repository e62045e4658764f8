"""The climb on the real server, and its arithmetic on numbers made by hand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from seatrial.cli.selftest import selftest as command
from seatrial.domain.sample import ClientSecond, Outcome, Sample
from seatrial.stats.selftest import Level, Limit, Offer, ServerSide, Spread, compare, conclude, limit
from seatrial.stats.table import table_from_samples
from seatrial.units import ns
from seatrial.verbs.selftest import ladder, selftest

if TYPE_CHECKING:
    from seatrial.stats.table import SampleTable

TTFT_S, ITL_S, CHUNKS = 0.2, 0.02, 4
ALLOWED_S = 0.01


def client_side(requests: int, *, added_s: float = 0.0, itl_s: float = ITL_S) -> SampleTable:
    """Requests sent 1 ms late every 10 ms, each with its first token `added_s` after the server says it sent it."""
    chunk_ns = np.array([ns(TTFT_S + added_s + k * itl_s) for k in range(CHUNKS)], "<i8").tobytes()
    samples = [
        Sample(
            index, ns(index / 100), ns(index / 100 + 0.001), outcome=Outcome.OK, completion_tokens=CHUNKS,
            chunk_ns=chunk_ns, chunk_lag_us=bytes(4 * CHUNKS), chunk_tokens=bytes(2 * CHUNKS),
            chunk_channel=bytes(CHUNKS),
        )
        for index in range(requests)
    ]  # fmt: skip
    return table_from_samples(samples, 0)


def server_side(requests: int, *, late_s: float = 0.0) -> ServerSide:
    return ServerSide(np.full(requests, TTFT_S), np.full(requests, ITL_S), np.full(requests, late_s))


def level(table: SampleTable, server: ServerSide, *, requests: int | None = None) -> Level:
    """The comparison in a window from 1 s to 2 s."""
    return compare(Offer(26, requests or len(table), TTFT_S, (1.0, 2.0)), table, server, [])


def test_a_client_that_sees_the_truth_counts() -> None:
    seen = level(client_side(200), server_side(200))

    assert seen.limited_by is None
    assert seen.ttft_error_mean == pytest.approx(0, abs=1e-9)
    assert seen.itl_error == pytest.approx(0, abs=1e-9)
    assert seen.send_lag_s is not None
    assert seen.send_lag_s.max == pytest.approx(0.001)
    assert seen.tokens_per_s == pytest.approx(400, abs=CHUNKS)
    assert (seen.requests, seen.completed) == (200, 200)


def test_added_latency_is_the_clients_when_the_server_was_punctual() -> None:
    seen = level(client_side(200, added_s=0.02), server_side(200))

    assert seen.ttft_error_mean == pytest.approx(0.1)
    assert seen.added_latency_s is not None
    assert seen.added_latency_s.p50 == pytest.approx(0.02)
    assert seen.limited_by is Limit.CLIENT


def test_a_late_server_is_named_even_where_the_numbers_agree() -> None:
    seen = level(client_side(200), server_side(200, late_s=0.011))

    assert seen.ttft_error_mean == pytest.approx(0, abs=1e-9)
    assert seen.limited_by is Limit.SERVER


def test_stretched_gaps_are_an_error_too() -> None:
    assert level(client_side(200, itl_s=0.022), server_side(200)).limited_by is Limit.CLIENT


def test_a_request_without_an_answer_keeps_its_level_from_counting() -> None:
    assert level(client_side(200), server_side(200), requests=201).limited_by is Limit.CLIENT


def test_only_the_window_is_compared() -> None:
    server = server_side(200)
    server.ttft_s[:100] = 0.1

    assert level(client_side(200), server).limited_by is None


def test_what_the_server_does_not_know_is_not_compared() -> None:
    server = server_side(200)
    server.ttft_s[150:] = np.nan

    seen = level(client_side(200), server)

    assert seen.ttft_error_mean == pytest.approx(0, abs=1e-9)


def test_nothing_to_compare_is_no_proof() -> None:
    seen = level(client_side(50), server_side(50))

    assert (seen.ttft_error_mean, seen.added_latency_s) == (None, None)
    assert seen.limited_by is Limit.CLIENT


def test_p99_needs_a_thousand_requests() -> None:
    table, server = client_side(1101), server_side(1101)
    window = Offer(26, 1101, TTFT_S, (1.0, 11.0))

    enough = compare(window, table, server, [])
    too_few = compare(replace(window, window_s=(1.02, 11.0)), table, server, [])

    assert enough.ttft_error_p99 == pytest.approx(0, abs=1e-9)
    assert too_few.ttft_error_p99 is None


def test_client_cpu_is_of_the_busiest_process_under_full_load() -> None:
    def second(end_s: float, shard: int, cpu: float) -> ClientSecond:
        return ClientSecond(ns(end_s), shard, cpu, 0.0, 0.0, 0, 0.0, 0)

    seconds = [
        second(1.4, 0, 1.0),
        second(1.6, 0, 0.2),
        second(1.6, 1, 0.3),
        second(2.4, 0, 0.6),
        second(2.6, 1, 0.9),
    ]
    seen = compare(Offer(26, 200, TTFT_S, (1.0, 2.0)), client_side(200), server_side(200), seconds)

    assert seen.client_cpu == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("errors", "late", "whole", "named"),
    [
        ((0.05, None, -0.05), Spread(0.0, 0.0, 0.0), True, None),
        ((0.051, None, 0.0), Spread(0.001, 0.009, 0.5), True, Limit.CLIENT),
        ((0.051, None, 0.0), Spread(0.001, 0.011, 0.5), True, Limit.SERVER),
        ((0.051, None, 0.0), Spread(0.001, None, 0.011), True, Limit.SERVER),
        ((0.0, 0.0, -0.051), Spread(0.001, None, 0.002), True, Limit.CLIENT),
        ((0.0, 0.0, 0.0), Spread(0.009, 0.5, 0.5), True, None),
        ((0.0, 0.0, 0.0), Spread(0.001, 0.002, 0.002), False, Limit.CLIENT),
        ((None, None, None), None, False, Limit.CLIENT),
    ],
)
def test_who_is_named(
    errors: tuple[float | None, ...], late: Spread | None, whole: bool, named: Limit | None
) -> None:
    assert limit(errors, late, ALLOWED_S, whole=whole) is named


@given(st.floats(-1, 1), st.floats(0, 1), st.booleans())
def test_the_client_is_never_blamed_while_the_server_was_late(error: float, late_s: float, whole: bool) -> None:
    named = limit((error, None, None), Spread(late_s, late_s, late_s), ALLOWED_S, whole=whole)

    assert (named is Limit.SERVER) == (late_s > ALLOWED_S)


def test_the_conclusion_is_of_the_highest_level_that_counts() -> None:
    good = level(client_side(200, added_s=0.001), server_side(200))
    levels = [
        replace(good, streams=10),
        replace(good, streams=50, limited_by=Limit.SERVER),
        replace(good, streams=50),
    ]

    climbed = conclude([*levels, replace(good, streams=100, limited_by=Limit.CLIENT)])
    assert (climbed.highest_streams, climbed.limited_by) == (50, Limit.CLIENT)
    assert climbed.highest_tokens_per_s == good.tokens_per_s
    assert climbed.added_latency_s == good.added_latency_s
    assert conclude(levels).limited_by is Limit.MAX_STREAMS
    assert conclude(levels, interrupted=True).limited_by is Limit.INTERRUPTED


def test_a_first_level_that_fails_leaves_nothing_to_claim() -> None:
    late = level(client_side(200), server_side(200, late_s=0.011))

    climbed = conclude([late])

    assert (climbed.highest_streams, climbed.highest_tokens_per_s, climbed.added_latency_s) == (None, None, None)
    assert climbed.limited_by is Limit.SERVER


@pytest.mark.parametrize(
    ("most", "levels"),
    [(1, [1]), (10, [10]), (60, [10, 50, 60]), (100, [10, 50, 100]), (900, [10, 50, 100, 200, 400, 800, 900])],
)
def test_the_ladder_ends_where_it_is_told(most: int, levels: list[int]) -> None:
    assert ladder(most) == levels


def test_two_small_real_levels() -> None:
    told: list[int] = []

    result = selftest([4, 12], processes=2, seconds=0.6, on_level=told.append)

    assert [level.streams for level in result.levels] == told
    assert told[0] == 4
    for seen in result.levels:
        assert seen.completed <= seen.requests == round(seen.streams / 1.46 * 2.06)
        assert seen.added_latency_s is not None
        assert -0.001 < seen.added_latency_s.p50 < 0.05
        assert seen.itl_error is not None
        assert abs(seen.itl_error) < 0.1
        assert seen.server_late_s is not None
        assert 0 <= seen.server_late_s.p50 <= seen.server_late_s.max
        assert seen.tokens_per_s == pytest.approx(seen.streams * 64 / 1.46, rel=0.5)
        assert seen.client_cpu is None or 0 < seen.client_cpu < 1.5
    assert result.highest_streams in {None, *told}
    assert (result.highest_streams == 12) == (result.limited_by is Limit.MAX_STREAMS)


def test_command_prints_an_aligned_table_and_a_conclusion() -> None:
    result = CliRunner().invoke(command, ["--max-streams=3", "--seconds=0.4"])

    head, row, *_, conclusion = result.stdout.splitlines()
    assert len(head) == len(row)
    assert row.split()[0] == "3"
    assert conclusion.startswith("highest streams and tokens/s within 5 % error: ")
    assert result.exit_code == (4 if "error: none" in conclusion else 0)
    assert result.stderr.startswith("measuring 3 streams ...\n")


def test_ctrl_c_ends_it_with_what_was_done() -> None:
    program = "from seatrial.cli.selftest import selftest; selftest()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "--json", "--max-streams=20", "--seconds=0.3"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "measuring 10 streams ...\n"
        assert process.stderr.readline().startswith("measuring ")
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of its processes
        output, messages = process.communicate(timeout=20)

    document = json.loads(output)
    assert document["schema"] == 1
    assert {"levels", "highest_streams", "highest_tokens_per_s", "limited_by", "added_latency_s"} < set(document)
    assert (document["limited_by"], process.returncode) == ("interrupted", 130)
    assert [level["streams"] for level in document["levels"]] == [10]
    assert set(document["levels"][0]["send_lag_s"]) == {"p50", "p99", "max"}
    assert messages == ""
