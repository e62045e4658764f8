"""The streams are read back by an independent client (httpx), from a real server."""

import json
from typing import Any

import httpx
import pytest

from seatrial.testing.actions import Action, Send
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import (
    OLLAMA_DURATIONS_NS,
    PROMPT_TOKENS,
    chunked,
    error_json,
    ollama_stream,
    openai_stream,
    script_json,
    sse,
)


def fetch(script: list[Action]) -> httpx.Response:
    with ScriptedServer(script) as server:
        return httpx.get(server.url)


def events(response: httpx.Response) -> list[Any]:
    """The JSON of every SSE event; the text where it is not JSON."""
    payloads = [block.removeprefix("data: ") for block in response.text.split("\n\n") if block]
    return [payload if payload == "[DONE]" else json.loads(payload) for payload in payloads]


def test_a_chat_stream_is_role_tokens_finish_usage_done() -> None:
    response = fetch(openai_stream(["a", "é"], model="m"))
    role, first, second, finish, usage, done = events(response)
    assert response.headers["content-type"] == "text/event-stream"
    assert role["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert [event["choices"][0]["delta"] for event in (first, second)] == [{"content": "a"}, {"content": "é"}]
    assert (finish["choices"][0]["delta"], finish["choices"][0]["finish_reason"]) == ({}, "stop")
    assert usage["choices"] == []
    assert usage["usage"]["prompt_tokens"] == PROMPT_TOKENS
    assert usage["usage"]["completion_tokens"] == 2
    assert done == "[DONE]"
    assert {event["model"] for event in (role, first, usage)} == {"m"}


def test_a_completions_stream_has_texts_and_no_role() -> None:
    said = events(fetch(openai_stream(["a", "b"], chat=False)))
    assert [event["choices"][0]["text"] for event in said[:3]] == ["a", "b", ""]


def test_usage_and_done_can_be_missing() -> None:
    said = events(fetch(openai_stream(["a"], usage=False, done=False)))
    assert len(said) == 3
    assert said[-1]["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("chat", [True, False])
def test_an_ollama_stream_is_lines_with_final_durations(chat: bool) -> None:
    response = fetch(ollama_stream(["a", "b"], chat=chat))
    *tokens, final = map(json.loads, response.text.splitlines())
    assert response.headers["content-type"] == "application/x-ndjson"
    assert [line["message"]["content"] if chat else line["response"] for line in tokens] == ["a", "b"]
    assert [line["done"] for line in (*tokens, final)] == [False, False, True]
    assert (final["prompt_eval_count"], final["eval_count"]) == (PROMPT_TOKENS, 2)
    assert {name: final[name] for name in OLLAMA_DURATIONS_NS} == OLLAMA_DURATIONS_NS


def test_an_ollama_stream_can_end_early() -> None:
    last = fetch(ollama_stream(["a"], done=False)).text.splitlines()[-1]
    assert json.loads(last)["done"] is False


def test_json_answers_carry_status_and_headers() -> None:
    response = fetch(script_json(429, {"slow": "down"}, headers={"Retry-After": "3"}))
    assert (response.status_code, response.reason_phrase) == (429, "Too Many Requests")
    assert (response.json(), response.headers["retry-after"]) == ({"slow": "down"}, "3")


def test_errors_have_openais_shape() -> None:
    response = fetch(error_json(404, "no such model"))
    assert (response.status_code, response.json()["error"]["message"]) == (404, "no such model")


def test_chunks_are_framed_and_ended() -> None:
    assert chunked([b"0123456789abcdef", b"x"]) == [b"10\r\n0123456789abcdef\r\n", b"1\r\nx\r\n", b"0\r\n\r\n"]


def test_an_event_is_one_line_of_json() -> None:
    assert sse({"text": "two\nlines"}) == b'data: {"text":"two\\nlines"}\n\n'


def test_a_stream_can_be_cut_into_a_fault() -> None:
    head, role, *_ = openai_stream(["a"])
    assert isinstance(head, Send) and head.data.endswith(b"\r\n\r\n")
    assert isinstance(role, Send) and b"assistant" in role.data
