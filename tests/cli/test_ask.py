"""`seatrial ask` through the real command line."""

from __future__ import annotations

import os
import signal
import time

import pytest

from seatrial.testing.actions import Hang, Sleep
from seatrial.testing.reference import ReferenceProcess
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import error_json, ollama_stream, openai_stream, script_json

from .harness import LIMIT_S, chat_server, seatrial, started, streamed

ANSWER = openai_stream(["The ", "sea ", "is\n", "salt."])


def test_the_answer_then_one_line_of_timings() -> None:
    with chat_server([*ANSWER[:3], Sleep(0.05), *ANSWER[3:]]) as server:
        ended = seatrial("ask", server.url, "Why is the sea salt?", "--max-tokens", 5)
        (body,) = streamed(server)
    assert (ended.code, ended.err) == (0, "")
    answer, timings = ended.out.split("\n\n")
    assert answer == "The sea is\nsalt."
    assert timings.startswith("TTFT ")
    assert ", 4 tokens, " in timings
    assert " tokens/s, " in timings
    assert timings.endswith(" in all\n")
    assert body["messages"] == [{"role": "user", "content": "Why is the sea salt?"}]
    assert body["max_tokens"] == 5


def test_as_json() -> None:
    with ReferenceProcess(ttft_s=0.05, itl_s=0.01, tokens=3) as server:
        ended = seatrial("ask", server.url, "hello there", "--max-tokens", 3, "--json")
    assert (ended.code, ended.err) == (0, "")
    assert ended.document["schema"] == 1
    (answer,) = ended.document["answers"]
    assert (answer["model"], answer["engine"], answer["outcome"]) == ("reference", "openai", "ok")
    assert (answer["text"], answer["prompt_tokens"], answer["completion_tokens"]) == (" tok tok tok", 2, 3)
    assert answer["ttft_s"] >= 0.049
    assert answer["e2e_s"] > answer["ttft_s"]
    assert answer["tpot_s"] > 0.005


def test_several_models_side_by_side() -> None:
    with chat_server(ANSWER, names=("small", "large")) as server:
        ended = seatrial("ask", server.url, "hello", "--model", "small", "--model", "large")
        assert [body["model"] for body in streamed(server)] == ["small", "large"]
    assert ended.code == 0
    assert ended.out.count("The sea is\nsalt.") == 2
    head, small, large = ended.out.splitlines()[-3:]
    assert head.split() == ["model", "engine", "TTFT", "tokens", "tokens/s", "in", "all", "load"]
    assert small.split()[:2] == ["small", "openai"]
    assert large.split()[:2] == ["large", "openai"]


def test_several_servers_as_json() -> None:
    with chat_server(ANSWER, names=("one",)) as one, chat_server(ANSWER, names=("two",)) as two:
        ended = seatrial("ask", one.url, two.url, "hello", "--json")
    assert [answer["model"] for answer in ended.document["answers"]] == ["one", "two"]


def test_ollama_tells_its_load_time() -> None:
    tags = script_json(200, {"models": [{"name": "m:latest"}]})
    with ScriptedServer({"/api/tags": tags, "/api/chat": ollama_stream(["a", "b"])}) as server:
        ended = seatrial("ask", server.url, "hello", "--engine", "ollama")
    assert ended.code == 0, ended.err
    assert ended.out.endswith(", load 500 ms\n")


@pytest.mark.parametrize("as_json", [False, True])
def test_an_answer_that_fails_is_exit_code_3(as_json: bool) -> None:
    with chat_server(error_json(500, "out of memory")) as server:
        ended = seatrial("ask", server.url, "hello", *(["--json"] if as_json else []))
    assert ended.code == 3
    if as_json:
        (answer,) = ended.document["answers"]
        assert (answer["outcome"], answer["detail"]) == ("http_error", "HTTP 500: out of memory")
        assert (answer["ttft_s"], answer["tpot_s"], answer["e2e_s"]) == (None, None, None)
    else:
        assert "failed: http_error: HTTP 500: out of memory" in ended.out


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["http://127.0.0.1:9", "hello"], 3, "refuses connections"),
        (["just a prompt"], 2, "a URL and a prompt are needed"),
        (["http://h:1", "hello", "--timeout", "20"], 2, "--timeout"),
        (["http://h:1", "hello", "--engine", "olama"], 2, 'did you mean "ollama"?'),
    ],
)
def test_what_cannot_be_asked_is_told(words: list[str], code: int, message: str) -> None:
    ended = seatrial("ask", *words)
    assert (ended.code, ended.out) == (code, "")
    assert message in ended.err


def test_ctrl_c_ends_the_asking() -> None:
    """What came is shown, and nobody else is asked."""
    with chat_server([*ANSWER[:4], Hang()], names=("one", "two")) as server:
        words = ("ask", server.url, "hello", "--model", "one", "--model", "two", "--json")
        with started(*words) as running:
            while not streamed(server):
                assert running.poll() is None
                time.sleep(0.02)
            time.sleep(0.3)
            running.send_signal(signal.SIGINT)
            out, err = running.communicate(timeout=LIMIT_S)
        assert len(streamed(server)) == 1
    assert (running.returncode, err) == (130, "")
    assert '"outcome": "interrupted"' in out
    assert '"text": "The sea "' in out


def test_a_prompt_that_is_no_text_is_refused() -> None:
    ended = seatrial("ask", "http://h:1", os.fsdecode(b"\xff"))
    assert (ended.code, ended.out) == (2, "")
    assert "the prompt is not UTF-8 text" in ended.err
