"""Bad days, made to happen on a real socket: a failed request is a sample with its cause, never an exception."""

from __future__ import annotations

import contextlib
import gzip
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.domain.sample import Sample
from seatrial.domain.traffic import Arrivals, Workload
from seatrial.load.job import Batch, LoadJob
from seatrial.load.loop import Loop
from seatrial.load.poller import make_poller
from seatrial.load.sockets import HAS_KERNEL_CLOCK, Connection, hold_kernel_clock
from seatrial.prompts.fixed import OnePrompt
from seatrial.testing.actions import Action, Close, Hang, Reset, Script, Send, Sleep
from seatrial.testing.requests import Received
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import (
    LAST_CHUNK,
    chunk,
    chunked,
    error_json,
    json_response,
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


def test_tls_connections_tell_when_they_were_up(tmp_path: Path) -> None:
    context, ca_file = tls_context(tmp_path)
    with ScriptedServer(GOOD, tls=context) as server:
        first, kept = load(Workload("w", requests=2), target(server.url, ca_file=str(ca_file))).samples
    assert first.t_connected_ns is not None
    assert first.t_connected_ns > (first.t_send_ns or 0)
    assert kept.t_connected_ns is None


@pytest.mark.parametrize("interim", [b"100 Continue\r\n", b"103 Early Hints\r\nLink: </a>\r\n"])
@pytest.mark.parametrize("apart", [True, False])
def test_interim_answers_are_passed_over(interim: bytes, apart: bool) -> None:
    head = b"HTTP/1.1 " + interim + b"\r\n"
    begin: list[Action] = (
        [Send(head), Sleep(0.05), GOOD[0]] if apart else [Send(head + joined(GOOD[:1])), Sleep(0.05)]
    )
    sample = only([*begin, *GOOD[1:]])
    assert (sample.outcome, sample.status, sample.text) == ("ok", 200, "Once upon a time")


def test_a_protocol_nobody_asked_for() -> None:
    switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    sample = only([Send(switch), Close()])
    assert (sample.outcome, sample.detail) == ("malformed", "the server switched to another protocol, unasked")


def test_a_compressed_answer_is_refused_by_name() -> None:
    body = gzip.compress(b"data: [DONE]\n\n")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    sample = only([Send(head + body)])
    assert (sample.outcome, sample.detail) == ("malformed", "the answer is compressed (gzip), unasked")


@contextlib.contextmanager
def answering_early(answer: bytes, *, close: bool) -> Iterator[str]:
    """A server that answers once the first bytes of a request have come, and reads no more of it."""
    with contextlib.ExitStack() as held, socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                connection, _ = listener.accept()
                if not connection.recv(1000):
                    connection.close()
                    return
                connection.sendall(answer)
                if close:
                    connection.close()  # what is unread makes it a reset
                else:
                    held.enter_context(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        socket.create_connection(listener.getsockname()).close()
        thread.join()


@pytest.mark.parametrize("close", [True, False])
def test_an_answer_before_the_request_is_sent_whole(close: bool) -> None:
    too_large = json_response(413, {"error": {"message": "too large"}})
    with answering_early(too_large, close=close) as url:
        loaded = load(Workload("w", requests=2, timeout_s=10), url, prompt="x" * 8_000_000)
    assert [sample.detail for sample in loaded.samples] == ["HTTP 413: too large"] * 2
    assert all(sample.t_connected_ns for sample in loaded.samples), "one that was not sent whole is not kept alive"


def test_the_next_request_does_not_wait_once_one_has_timed_out() -> None:
    with ScriptedServer([Hang()]) as server:
        samples = load(Workload("w", requests=8, timeout_s=0.06), server.url).samples
    lags_s = [((sample.t_send_ns or 0) - sample.t_intended_ns) / 1e9 for sample in samples]
    assert statistics.median(lags_s) < 0.02, "of a tick of 50 ms"


@pytest.mark.skipif(not HAS_KERNEL_CLOCK, reason="kernel receive times are Linux only")
def test_a_wall_clock_that_is_set_back_makes_no_answer_come_before_its_request() -> None:
    batches: list[Batch] = []
    with ScriptedServer(GOOD) as server, hold_kernel_clock() or contextlib.nullcontext():
        job = LoadJob(ONE, target(server.url), OnePrompt("hello"), seed=1)
        idle: list[Connection] = []
        loop = Loop(job, make_poller(), batches.append, idle=idle)
        loop.prepare()
        loop._offset.ns += 3600 * 10**9  # as it was an hour ahead
        loop.run(time.perf_counter_ns())
        for connection in idle:
            connection.close()
    (sample,) = batches[0].samples
    assert sample.t_send_ns is not None
    assert sample.t_send_ns < (sample.t_headers_ns or 0) <= (sample.t_end_ns or 0)
    assert min(memoryview(sample.chunk_ns).cast("q")) > 0


def test_sends_that_pile_up_do_not_keep_the_loop_from_its_house() -> None:
    with ScriptedServer(GOOD) as server:
        url = server.url
    workload = Workload("w", Arrivals.CONSTANT, requests=20_000, rate_per_s=1e6)
    loaded = load(workload, url, should_stop=lambda: True)
    assert loaded.done.ended_early == "interrupted"
    assert 0 < len(loaded.samples) < 15_000


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


def test_a_door_behind_which_nobody_is_counts_as_dead() -> None:
    with ScriptedServer([Close()]) as server:  # as the proxy of a container that has ended
        loaded = load(Workload("w", duration_s=20.0, concurrency=2), server.url, dead_after_s=0.5)
    assert loaded.done.ended_early == "no server answered for 0.5 s"
    assert set(loaded.outcomes) == {"reset"}
    assert len(loaded.samples) < 40, "users of a dead server do not hammer it"


def test_one_refusal_after_a_quiet_time_does_not_end_the_load() -> None:
    with ScriptedServer(GOOD) as server:
        killer, doctor = threading.Timer(0.5, server.stop), threading.Timer(1.2, server.start)
        killer.start()
        doctor.start()
        workload = Workload("w", Arrivals.CONSTANT, requests=3, rate_per_s=1)
        loaded = load(workload, server.url, dead_after_s=0.4)
        killer.join()
        doctor.join()
    assert loaded.outcomes == ["ok", "refused", "ok"]


def test_a_load_is_not_over_while_a_server_is_at_work() -> None:
    doors: Iterator[list[Action]] = iter([[GOOD[0], Sleep(1.5), *GOOD[1:]]])
    with ScriptedServer(lambda _: next(doors, [Close()])) as server:
        loaded = load(Workload("w", requests=40, concurrency=2), server.url, dead_after_s=0.3)
    assert loaded.outcomes.count("ok") == 1
    assert "interrupted" not in loaded.outcomes


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
