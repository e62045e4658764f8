"""Bad days, made to happen on a real socket: a failed request is a sample with its cause, never an exception."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from seatrial.domain.sample import Sample
from seatrial.domain.traffic import Arrivals, Workload
from seatrial.testing.actions import Action, Close, Hang, Reset, Script, Send, Sleep
from seatrial.testing.requests import Received
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import (
    LAST_CHUNK,
    chunk,
    chunked,
    error_json,
    ollama_stream,
    openai_stream,
    script_json,
    sse,
    stream_head,
)
from seatrial.testing.tls import tls_context

from .harness import Loaded, load, target

TOKENS = ["Once", " upon", " a", " time"]
ONE = Workload("one", requests=1, concurrency=1)
GOOD = openai_stream(TOKENS)


def only(script: Script, workload: Workload = ONE, **fields: object) -> Sample:
    with ScriptedServer(script) as server:
        loaded = load(workload, server.url, **fields)  # type: ignore[arg-type]
    assert len(loaded.samples) == 1
    return loaded.samples[0]


def joined(actions: list[Action]) -> bytes:
    return b"".join(action.data for action in actions if isinstance(action, Send))


def test_a_good_answer_is_recorded_whole() -> None:
    sample = only(GOOD)
    assert sample.outcome == "ok"
    assert sample.text == "Once upon a time"
    assert (sample.prompt_tokens, sample.completion_tokens, sample.status) == (7, 4, 200)
    assert len(sample.chunk_ns) == 4 * 8
    assert sample.t_intended_ns <= (sample.t_send_ns or 0) < (sample.t_headers_ns or 0) <= (sample.t_end_ns or 0)
    assert sample.t_connected_ns is not None


def test_the_connection_is_kept_alive() -> None:
    with ScriptedServer(GOOD) as server:
        loaded = load(Workload("w", requests=3, concurrency=1), server.url)
        assert server.connections == 1
    assert [sample.t_connected_ns is None for sample in loaded.samples] == [False, True, True]


def test_the_kernel_stamps_every_read_on_linux() -> None:
    assert only(GOOD).kernel_clock


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (401, "unauthorized"),
        (403, "unauthorized"),
        (404, "model_not_found"),
        (500, "http_error"),
        (503, "http_error"),
    ],
)
def test_a_status_is_an_outcome_in_the_servers_words(status: int, outcome: str) -> None:
    sample = only(error_json(status, "because so"))
    assert (sample.outcome, sample.status) == (outcome, status)
    assert sample.detail == f"HTTP {status}: because so"


def test_429_keeps_retry_after_and_the_user_waits_for_it() -> None:
    answers = iter([error_json(429, "slow down", {"Retry-After": "0.3"}), GOOD])
    with ScriptedServer(lambda _: next(answers)) as server:
        first, second = load(Workload("w", requests=2, concurrency=1), server.url).samples
    assert (first.outcome, first.retry_after_s, second.outcome) == ("rate_limited", 0.3, "ok")
    assert second.t_intended_ns - (first.t_end_ns or 0) == 300_000_000


def test_reset_in_mid_stream() -> None:
    sample = only([*GOOD[:4], Sleep(0.05), Reset()])
    assert sample.outcome == "reset"
    assert len(sample.chunk_ns) == 2 * 8, "what had come is kept"


def test_closed_in_mid_stream() -> None:
    assert only([*GOOD[:4], Close()]).outcome == "cut_off"


def test_closed_without_a_byte() -> None:
    assert only([Close()]).outcome == "reset"


def test_no_done_mark_but_a_finish_reason_is_complete() -> None:
    assert only(openai_stream(TOKENS, done=False, usage=False)).outcome == "ok"


def test_neither_done_mark_nor_finish_reason_is_cut_off() -> None:
    assert only([GOOD[0], *GOOD[2:5], Send(LAST_CHUNK)]).outcome == "cut_off"


def test_an_answer_without_length_ends_with_the_connection() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    body = b"".join(sse({"choices": [{"delta": {"content": t}}]}) for t in TOKENS) + b"data: [DONE]\n\n"
    sample = only([Send(head + body), Close()])
    assert (sample.outcome, sample.text) == ("ok", "Once upon a time")


def test_a_stall_before_the_first_token_is_a_timeout() -> None:
    sample = only([GOOD[0], Hang()], Workload("w", requests=1, timeout_s=0.2))
    assert sample.outcome == "timeout"
    assert sample.t_headers_ns is not None


def test_a_stall_between_tokens_is_a_token_timeout() -> None:
    sample = only([*GOOD[:3], Hang()], Workload("w", requests=1, timeout_s=30, token_timeout_s=0.2))
    assert sample.outcome == "token_timeout"


def test_frames_split_at_every_byte() -> None:
    whole = joined(GOOD)
    sample = only([Send(whole[i : i + 1]) for i in range(len(whole))])
    assert (sample.outcome, sample.text) == ("ok", "Once upon a time")


def test_a_whole_answer_in_one_read_is_counted_as_merged() -> None:
    sample = only([Send(joined(GOOD))])
    assert sample.outcome == "ok"
    assert sample.first_read_chunks == 4


def test_several_tokens_in_one_chunk_are_one_chunk() -> None:
    sample = only(openai_stream(["Once upon", " a time"]))
    assert len(sample.chunk_ns) == 2 * 8


def test_an_empty_first_chunk_is_not_the_first_token() -> None:
    sample = only([*GOOD[:2], Sleep(0.1), *GOOD[2:]])
    first_token_s = int.from_bytes(sample.chunk_ns[:8], "little") / 1e9
    assert first_token_s > 0.09


def test_text_that_is_not_utf8() -> None:
    bad = b'data: {"choices":[{"delta":{"content":"\xff\xfe"}}]}\n\n'
    sample = only([Send(stream_head("text/event-stream")), *map(Send, chunked([bad, b"data: [DONE]\n\n"]))])
    assert sample.outcome == "ok"
    assert len(sample.chunk_ns) == 8


def test_a_line_of_ten_megabytes() -> None:
    big = sse({"choices": [{"delta": {"content": "x" * 10_000_000}}]})
    sample = only([Send(stream_head("text/event-stream")), *map(Send, chunked([big, b"data: [DONE]\n\n"]))])
    assert sample.outcome == "ok"
    assert sample.bytes_received > 10_000_000


def test_an_endless_answer_is_ended() -> None:
    def forever(_: Received) -> object:
        yield Send(stream_head("text/event-stream"))
        while True:
            yield Send(chunk(sse({"choices": [{"delta": {"content": "x" * 1000}}]})))

    sample = only(forever, max_answer_bytes=200_000)  # type: ignore[arg-type]
    assert sample.outcome == "too_large"


def test_an_endless_slow_answer_times_out() -> None:
    def forever(_: Received) -> object:
        yield Send(stream_head("text/event-stream"))
        while True:
            yield Send(chunk(sse({"choices": [{"delta": {"content": "x"}}]})))
            yield Sleep(0.01)

    sample = only(forever, Workload("w", requests=1, timeout_s=0.3))  # type: ignore[arg-type]
    assert sample.outcome == "timeout"
    assert len(sample.chunk_ns) > 8


def test_what_is_not_http() -> None:
    assert only([Send(b"SSH-2.0-OpenSSH\r\n"), Close()]).outcome == "malformed"


def test_junk_in_the_stream() -> None:
    junk = [Send(stream_head("text/event-stream")), *map(Send, chunked([b"data: {nope\n\n", b"data: [DONE]\n\n"]))]
    sample = only(junk)
    assert sample.outcome == "malformed"
    assert "nope" in (sample.detail or "")


def test_an_error_told_in_the_stream() -> None:
    sample = only([*GOOD[:3], Send(chunk(sse({"error": {"message": "out of memory"}}))), Send(LAST_CHUNK)])
    assert (sample.outcome, sample.detail) == ("server_error", "out of memory")


def test_an_answer_without_tokens() -> None:
    assert only(script_json(200, {"choices": []}), Workload("w", requests=1, stream=False)).outcome == "empty"


def test_not_streamed() -> None:
    body = {
        "choices": [{"message": {"content": "a b"}, "finish_reason": "stop"}],
        "usage": {"completion_tokens": 2},
    }
    sample = only(script_json(200, body), Workload("w", requests=1, stream=False))
    assert (sample.outcome, sample.completion_tokens) == ("ok", 2)


def test_ollama_durations_are_kept() -> None:
    with ScriptedServer(ollama_stream(TOKENS)) as server:
        sample = load(ONE, target(server.url, "ollama-chat")).samples[0]
    assert sample.outcome == "ok"
    assert sample.server["load_s"] == 0.5


def test_nobody_listens() -> None:
    with ScriptedServer(GOOD) as server:
        url = server.url
    sample = load(ONE, url).samples[0]
    assert sample.outcome == "refused"


def test_unknown_host() -> None:
    assert load(ONE, "http://no-such-host.invalid:1").outcomes == ["unknown_host"]


def test_plain_http_where_tls_is_spoken(tmp_path: Path) -> None:
    context, _ = tls_context(tmp_path)
    with ScriptedServer(GOOD, tls=context) as server:
        sample = load(ONE, server.url.replace("https", "http")).samples[0]
    assert sample.outcome in ("malformed", "reset", "http_error")


def test_tls_with_a_stranger_fails_as_tls(tmp_path: Path) -> None:
    context, _ = tls_context(tmp_path)
    with ScriptedServer(GOOD, tls=context) as server:
        sample = load(ONE, server.url).samples[0]
    assert sample.outcome == "tls_failed"
    assert "certificate" in (sample.detail or "")


def test_tls_with_a_friend_has_kernel_times_too(tmp_path: Path) -> None:
    context, ca_file = tls_context(tmp_path)
    with ScriptedServer(GOOD, tls=context) as server:
        loaded = load(Workload("w", requests=3, concurrency=1), target(server.url, ca_file=str(ca_file)))
    assert loaded.outcomes == ["ok"] * 3
    assert all(sample.kernel_clock for sample in loaded.samples)
    assert server.connections == 1, "kept alive"


def test_a_connection_closed_while_idle_is_replaced() -> None:
    with ScriptedServer([*GOOD, Close()]) as server:
        loaded = load(Workload("w", requests=3, concurrency=1), server.url)
        assert loaded.outcomes == ["ok"] * 3
        assert server.connections == 3


def test_a_server_that_dies_and_comes_back() -> None:
    workload = Workload("w", Arrivals.CONSTANT, duration_s=1.5, rate_per_s=40)
    with ScriptedServer([Sleep(0.01), *GOOD]) as server:
        killer = threading.Timer(0.4, server.stop)
        doctor = threading.Timer(0.8, server.start)
        killer.start()
        doctor.start()
        loaded = load(workload, server.url)
        killer.join()
        doctor.join()
    assert loaded.done.ended_early is None
    assert len(loaded.samples) == loaded.done.planned == 60
    assert loaded.outcomes[0] == loaded.outcomes[-1] == "ok"
    assert "refused" in loaded.outcomes


def test_a_server_that_stays_dead_ends_the_load_early_with_what_was_measured() -> None:
    workload = Workload("w", duration_s=60.0, concurrency=2)
    with ScriptedServer([Sleep(0.01), *GOOD]) as server:
        killer = threading.Timer(0.3, server.stop)
        killer.start()
        began = time.monotonic()
        loaded = load(workload, server.url, dead_after_s=0.5)
        killer.join()
    assert time.monotonic() - began < 30
    assert loaded.done.ended_early == "no server answered for 0.5 s"
    assert loaded.outcomes.count("ok") > 3
    assert 0 < loaded.outcomes.count("refused") < 40, "users of a dead server do not hammer it"


def counted(loaded: Loaded) -> tuple[int, int]:
    return loaded.done.planned, len(loaded.samples)


def test_stopping_keeps_everything_and_counts_the_rest_as_never_sent() -> None:
    stop_at = time.monotonic() + 0.5
    with ScriptedServer([GOOD[0], Sleep(0.2), *GOOD[1:]]) as server:
        loaded = load(
            Workload("w", Arrivals.CONSTANT, requests=100, rate_per_s=20),
            server.url,
            should_stop=lambda: time.monotonic() > stop_at,
        )
    planned, recorded = counted(loaded)
    assert planned == 100
    assert 5 < recorded < 20
    assert loaded.outcomes[0] == "ok"
    assert "interrupted" in loaded.outcomes
