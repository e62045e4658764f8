"""An API key reaches the server with every request, and nothing else: no file, no output, no command line."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from seatrial.testing.actions import Action, Send, Sleep
from seatrial.testing.requests import Received
from seatrial.testing.streams import chunked, error_json, openai_stream, sse

from .contract import check_run
from .harness import LIMIT_S, SMALL, Ended, answers, chat_server, seatrial, started, streamed

KEY = "sk-planted-1234567890"
TELLING = KEY[:8]  # what a text that was cut may still hold
NAMED = ("--api-key-env", "MY_KEY")
HAS_KEY = {"MY_KEY": KEY}


def clean(*texts: str) -> bool:
    return not any(TELLING in text for text in texts)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def echo(request: Received) -> list[Action]:
    """Repeats the key by turns: in error bodies (one is cut), an error of the stream, bad JSON, an answer."""
    sent = request.headers.get("authorization", "")
    if not json.loads(request.body).get("stream"):
        return list(answers()(request))  # type: ignore[operator]
    good = openai_stream(["I know ", sent[:12], sent[12:], " now"])
    bad = [
        error_json(500, f"wrong key: {sent}"),
        error_json(401, "x" * 270 + sent),
        [good[0], *map(Send, chunked([sse({"error": {"message": sent}})]))],
        [good[0], *map(Send, chunked([f"data: {{{' ' * 60}{sent}}}\n\n".encode()]))],
    ]
    turn = int(request.headers["x-request-id"].rpartition("-")[2]) % 5
    return [Sleep(0.2), *(good if turn == 4 else bad[turn])]


@pytest.fixture(scope="module")
def spied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Ended, bool]]:
    """A run against a server that repeats the key where it can: its folder, its output, was it clean meanwhile."""
    folder = tmp_path_factory.mktemp("keys")
    store = folder / "store.db"
    with chat_server(echo, names=(f"m-{KEY}",)) as server:
        words = ("run", server.url, *NAMED, "--requests", 10, "--json", *SMALL, "--store", store)
        with started(*words, env=HAS_KEY) as running:
            while len(streamed(server)) < 5:
                assert running.poll() is None
                time.sleep(0.02)
            family = [psutil.Process(running.pid), *psutil.Process(running.pid).children(recursive=True)]
            commands = [" ".join(process.cmdline()) for process in family]
            seen = len(family) == 2 and clean(*commands, everything_in(folder).decode("latin-1"))
            out, err = running.communicate(timeout=LIMIT_S)
        sent = {request.headers.get("authorization") for request in server.requests}
        assert sent == {f"Bearer {KEY}"}, "of the control plane and of the load"
        yield folder, Ended(running.returncode, out, err), seen


def test_the_run_itself_shows_no_key(spied: tuple[Path, Ended, bool]) -> None:
    _, ended, seen_clean = spied
    assert seen_clean, "neither the command line of a process nor the store while it is written"
    check_run(ended.document)
    assert clean(ended.out, ended.err)
    assert ended.document["candidates"][0]["model"] == "m-[key]"
    (workload,) = ended.document["candidates"][0]["workloads"]
    assert workload["requests"]["completed"] == 2
    assert any("wrong key: Bearer [key]" in detail for detail in workload["failure_details"])


def test_the_store_holds_no_key(spied: tuple[Path, Ended, bool]) -> None:
    folder, _, _ = spied
    stored = everything_in(folder)
    assert b"I know Bearer [key] now" in stored
    assert TELLING.encode() not in stored


@pytest.mark.parametrize(
    "words",
    [
        ("report", "--format", "text"),
        ("report", "--format", "md"),
        ("report", "--json"),
        ("runs", "export", "last", "--format", "jsonl"),
        ("runs", "export", "last", "--format", "csv"),
        ("runs", "show", "last"),
    ],
    ids=" ".join,
)
def test_no_report_holds_a_key(words: tuple[str, ...], spied: tuple[Path, Ended, bool]) -> None:
    ended = seatrial(*words, "--store", spied[0] / "store.db")
    assert (ended.code, ended.err) == (0, "")
    assert "[key]" in ended.out or "csv" in words
    assert clean(ended.out)


def test_errors_before_the_load_show_no_key(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    refusal = error_json(418, f"no tea for Bearer {KEY}")
    with chat_server(refusal, names=(f"m-{KEY}", "other")) as server:
        unknown = seatrial("run", server.url, "--model", "none", *NAMED, "--store", store, env=HAS_KEY)
        refused = seatrial("run", server.url, "--model", "other", *NAMED, "--store", store, env=HAS_KEY)
    assert (unknown.code, refused.code) == (3, 3)
    assert 'no model "none"; it has other, m-[key]' in unknown.err
    assert "no tea for Bearer [key]" in refused.err
    assert clean(unknown.err, refused.err, everything_in(tmp_path).decode("latin-1"))


def test_ask_shows_no_key() -> None:
    with chat_server(error_json(500, f"wrong key: {KEY}"), names=(f"m-{KEY}",)) as server:
        text = seatrial("ask", server.url, "hello", *NAMED, env=HAS_KEY)
        document = seatrial("ask", server.url, "hello", "--json", *NAMED, env=HAS_KEY)
        assert {request.headers.get("authorization") for request in server.requests} == {f"Bearer {KEY}"}
    assert (text.code, document.code) == (3, 3)
    assert "wrong key: [key]" in text.out
    assert document.document["answers"][0]["model"] == "m-[key]"
    assert clean(text.out, text.err, document.out, document.err)


def test_a_key_given_in_place_of_its_variable_is_not_repeated() -> None:
    ended = seatrial("ask", "http://127.0.0.1:9", "hello", "--api-key-env", KEY)
    assert (ended.code, ended.out) == (2, "")
    assert "--api-key-env" in ended.err
    assert clean(ended.err)
