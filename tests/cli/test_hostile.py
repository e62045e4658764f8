"""A server that says what none should: samples say what was wrong, and nothing breaks or steers the terminal."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatrial.testing.actions import Action, Send
from seatrial.testing.requests import Received
from seatrial.testing.streams import (
    SSE_DONE,
    chunked,
    error_json,
    openai_chunk,
    openai_usage,
    script_json,
    sse,
    stream_head,
)

from .contract import check_run
from .harness import Ended, answers, chat_server, seatrial, streamed

CLEAR = "\x1b[2J\x1b]0;owned\x07\x9b31m"
HUGE = 10**30


def stream(*payloads: bytes) -> list[Action]:
    return [Send(data) for data in (stream_head("text/event-stream"), *chunked([*payloads, SSE_DONE]))]


def said(text: str, **extra: object) -> bytes:
    return sse(openai_chunk(text, chat=True, model="m") | extra)


# name -> what is answered, how it ends
ANSWERS: dict[str, tuple[list[Action], str]] = {
    "escapes": (stream(said(f"{CLEAR}hello\r\n\n")), "ok"),
    "NUL": (stream(said("a\0b")), "ok"),
    "lone surrogate": (stream(b'data: {"choices":[{"delta":{"content":"\\ud800"}}]}\n\n'), "malformed"),
    "not UTF-8": (stream(b'data: {"choices":[{"delta":{"content":"\xff\xfe"}}]}\n\n'), "ok"),
    "huge count": (stream(said("x", usage=openai_usage(7, HUGE))), "malformed"),
    "negative count": (stream(said("x", usage=openai_usage(-1, 1))), "malformed"),
    "shrinking count": (
        stream(said("x", usage=openai_usage(7, 5)), said("y", usage=openai_usage(7, 2))),
        "ok",
    ),
    "endless number": (stream(b'data: {"choices":[],"timings":{"prompt_ms":1e999}}\n\n'), "malformed"),
    "error with escapes": (error_json(500, f"{CLEAR}\n| no |\0 `luck` <script>"), "http_error"),
    "error that is a list": (stream(sse({"error": {"message": ["a", {"b": 1}]}})), "server_error"),
    "never again": (error_json(429, "later", {"Retry-After": "inf"}), "rate_limited"),
    "no number": (error_json(429, "later", {"Retry-After": "nan"}), "rate_limited"),
    "a page": ([Send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")], "empty"),
}
NAMES = list(ANSWERS)


def play(request: Received) -> list[Action]:
    if not json.loads(request.body).get("stream"):
        return list(answers()(request))  # type: ignore[operator]
    turn = int(request.headers["x-request-id"].rpartition("-")[2])
    return ANSWERS[NAMES[turn]][0]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile") / "store.db"


@pytest.fixture(scope="module")
def ended(store: Path) -> Iterator[Ended]:
    """A run in which every request meets another of `ANSWERS`, from a model of an evil name."""
    entry = {"id": f"m{CLEAR}\n2\0", "owned_by": CLEAR, "max_model_len": HUGE}
    models = script_json(200, {"data": [entry]})
    with chat_server(play, others={"/v1/models": models}) as server:
        words = ("run", server.url, "--requests", len(ANSWERS), "--json", "--store", store)
        yield seatrial(*words)
        assert len(streamed(server)) == len(ANSWERS) + 2, "all were sent, after two to warm up"


def steers(text: str) -> bool:
    return any((ord(char) < 32 and char not in "\n\t") or 127 <= ord(char) < 160 for char in text)


def test_every_answer_is_a_sample_with_its_outcome(ended: Ended, store: Path) -> None:
    check_run(ended.document)
    assert ended.code in (0, 4), ended.err
    exported = seatrial("runs", "export", "last", "--store", store)
    samples = [json.loads(line) for line in exported.out.splitlines()]
    assert {name: sample["outcome"] for name, sample in zip(NAMES, samples, strict=True)} == {
        name: outcome for name, (_, outcome) in ANSWERS.items()
    }
    by_name = dict(zip(NAMES, samples, strict=True))
    assert by_name["NUL"]["text"] == "a\0b"
    assert by_name["shrinking count"]["chunk_tokens"] == [5, None]
    assert by_name["never again"]["retry_after_s"] is None
    assert f"Expected `int` <= {2**53}" in by_name["huge count"]["detail"]


def test_progress_stays_one_line_for_each_thing_said(ended: Ended) -> None:
    assert not steers(ended.err)
    assert "Traceback" not in ended.err
    _, engine, *rest = ended.err.splitlines()
    assert engine.startswith("  openai, model m")
    assert all(line.startswith("  ") for line in rest)


@pytest.mark.parametrize("form", ["text", "md"])
def test_reports_hold_nothing_that_steers_a_terminal(form: str, ended: Ended, store: Path) -> None:
    report = seatrial("report", ended.document["run"], "--format", form, "--store", store)
    assert (report.code, report.err) == (0, "")
    assert not steers(report.out)
    assert "http error" in report.out


def test_the_stored_report_is_the_printed_one(ended: Ended, store: Path) -> None:
    assert seatrial("report", "--json", "--store", store).document == ended.document


def test_exports_and_provenance_can_be_read(ended: Ended, store: Path) -> None:
    table = seatrial("runs", "export", "last", "--format", "csv", "--store", store)
    assert len(list(csv.DictReader(io.StringIO(table.out, newline="")))) == len(ANSWERS)
    shown = seatrial("runs", "show", "last", "--store", store)
    assert (shown.code, shown.err) == (0, "")
    assert not steers(shown.out)


def test_ask_shows_an_answer_without_what_steers_the_terminal() -> None:
    with chat_server(stream(said(f"{CLEAR}one\ntwo\t\0three"), said("", usage=openai_usage(7, 4)))) as server:
        ended = seatrial("ask", server.url, "hello")
    assert ended.code == 0
    assert not steers(ended.out)
    assert "one\ntwo\t three" in ended.out


def test_an_error_with_escapes_is_printed_without_them(store: Path) -> None:
    with chat_server(error_json(500, f"{CLEAR}bad luck")) as server:
        ended = seatrial("run", server.url, "--store", store)
    assert (ended.code, ended.out) == (3, "")
    assert "bad luck" in ended.err
    assert not steers(ended.err)
