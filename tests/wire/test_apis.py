"""Answers of each protocol, read whole and in pieces."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.wire.apis import APIS, Reader
from seatrial.wire.types import Answer, Ask

ASK = Ask("m", (("system", "be brief"), ("user", "hello")), max_tokens=9, seed=3)


def sse(*events: object) -> bytes:
    return b"".join(b"data: %b\n\n" % (e if isinstance(e, bytes) else json.dumps(e).encode()) for e in events)


def delta(finish: str | None = None, usage: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    event: dict[str, Any] = {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}
    return event | ({"usage": usage} if usage else {})


def read(api: str, data: bytes, cuts: tuple[int, ...] = (), *, stream: bool = True) -> Answer:
    reader = Reader(APIS[api], stream=stream)
    edges = [0, *sorted(cuts), len(data)]
    for number, (a, b) in enumerate(zip(edges, edges[1:], strict=False)):
        reader.feed(data[a:b], number)
    return reader.close()


CHAT = sse(
    delta(role="assistant", content=""),
    delta(reasoning_content="hm"),
    delta(content="Hel"),
    delta(content=""),
    delta(content="lo"),
    delta(finish="stop"),
    {
        "choices": [],
        "usage": {"prompt_tokens": 5, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 2}},
    },
    b"[DONE]",
)


@given(st.lists(st.integers(0, len(CHAT)), max_size=8))
def test_chat_is_read_the_same_however_it_was_cut(cuts: list[int]) -> None:
    answer = read("openai-chat", CHAT, tuple(cuts))
    assert answer.texts == ["hm", "Hel", "lo"], "role-only, empty and usage-only chunks count for nothing"
    assert answer.channels == [1, 0, 0]
    assert (answer.prompt_tokens, answer.completion_tokens, answer.cached_tokens) == (5, 4, 2)
    assert answer.done
    assert answer.finish_reason == "stop"
    assert not answer.counts_chunks
    assert answer.malformed is None


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_both_reasoning_fields_are_the_reasoning_channel(field: str) -> None:
    assert read("openai-chat", sse({"choices": [{"delta": {field: "so"}}]})).channels == [1]


def test_tool_calls_are_tokens_and_empty_ones_are_not() -> None:
    answer = read("openai-chat", sse(delta(tool_calls=[]), delta(tool_calls=[{"id": "c"}]), delta(tool_calls=None)))
    assert answer.channels == [2]


def test_usage_in_every_chunk_gives_tokens_per_chunk() -> None:
    def usage(n: int) -> dict[str, int]:
        return {"prompt_tokens": 5, "completion_tokens": n}

    answer = read(
        "openai-chat",
        sse(
            delta(content="a b", usage=usage(2)),
            delta(content="", usage=usage(3)),
            delta(content="c", usage=usage(4)),
        ),
    )
    assert answer.counts_chunks
    assert answer.tokens == [2, 2], "a token without text belongs to the next chunk that has some"


def test_chunks_carry_the_number_of_the_read_that_completed_them() -> None:
    data = sse(delta(content="a"), delta(content="b"), delta(content="c"))
    one = len(sse(delta(content="a")))
    assert read("openai-chat", data, (one + 10, 2 * one)).reads == [0, 1, 2]
    assert read("openai-chat", data).reads == [0, 0, 0]


def test_completions_stream_text() -> None:
    answer = read("openai-completions", sse({"choices": [{"text": "a"}]}, {"choices": [{"text": ""}]}))
    assert answer.texts == ["a"]


def test_text_that_is_not_utf8_still_is_a_token() -> None:
    answer = read(
        "openai-chat", b'data: {"choices":[{"delta":{"content":"\xff\xfe"}}]}\n\n' + sse(delta(content="b"))
    )
    assert len(answer.texts) == 2
    assert answer.malformed is None


@pytest.mark.parametrize(
    "junk",
    [
        b"not json",
        b"[1]",
        b'{"choices": 3}',
        b'{"choices":[{"delta":{"content":7}}]}',
        b'{"usage":{"completion_tokens":99999999999999999999}}',
    ],
)
def test_junk_is_named_and_reading_goes_on(junk: bytes) -> None:
    answer = read("openai-chat", sse(delta(content="a"), junk, delta(content="b"), b"[DONE]"))
    assert answer.texts == ["a", "b"]
    assert answer.malformed is not None
    assert answer.done


def test_payloads_that_would_only_be_json_together_are_junk() -> None:
    answer = read("openai-chat", sse(b'{"choices":[]}, {"choices":[]}', b"{}"))
    assert answer.malformed is not None


@pytest.mark.parametrize(
    "event",
    [
        {"error": {"message": "out of memory"}},
        {"object": "error", "message": "out of memory"},
        {"error": "out of memory"},
    ],
)
def test_an_error_in_the_stream_is_told(event: dict[str, Any]) -> None:
    assert read("openai-chat", sse(delta(content="a"), event)).error == "out of memory"


OLLAMA = b"".join(
    json.dumps(line).encode() + b"\n"
    for line in (
        {"message": {"role": "assistant", "content": "", "thinking": "hm"}, "done": False},
        {"message": {"role": "assistant", "content": "Hi"}, "done": False},
        {
            "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
            "total_duration": 3_000_000_000, "load_duration": 1_000_000_000, "prompt_eval_count": 11,
            "prompt_eval_duration": 500_000_000, "eval_count": 2, "eval_duration": 1_500_000_000,
        },
    )
)  # fmt: skip


@given(st.lists(st.integers(0, len(OLLAMA)), max_size=8))
def test_ollama_chat_is_read_the_same_however_it_was_cut(cuts: list[int]) -> None:
    answer = read("ollama-chat", OLLAMA, tuple(cuts))
    assert (answer.texts, answer.channels) == (["hm", "Hi"], [1, 0])
    assert (answer.prompt_tokens, answer.completion_tokens) == (11, 2)
    assert answer.server == {"total_s": 3.0, "load_s": 1.0, "prompt_eval_s": 0.5, "eval_s": 1.5}
    assert answer.done
    assert answer.finish_reason == "stop"


def test_ollama_generate_streams_response_and_thinking() -> None:
    answer = read("ollama-generate", b'{"thinking":"a"}\n{"response":"b"}\n{"error":"boom"}\n')
    assert answer.texts == ["a", "b"]
    assert answer.error == "boom"


def test_an_answer_that_is_not_streamed_is_one_chunk_with_all_tokens() -> None:
    body = {
        "choices": [{"message": {"content": "a b c"}, "finish_reason": "stop"}],
        "usage": {"completion_tokens": 3},
    }
    answer = read("openai-chat", json.dumps(body).encode(), stream=False)
    assert (answer.texts, answer.tokens) == (["a b c"], [3])
    whole = {"message": {"content": "a b"}, "done": True, "eval_count": 2}
    assert read("ollama-chat", json.dumps(whole).encode(), stream=False).tokens == [2]


def test_bodies_say_what_was_asked() -> None:
    chat = json.loads(APIS["openai-chat"].encode(ASK))
    assert chat["messages"][1] == {"role": "user", "content": "hello"}
    assert chat["stream_options"] == {"include_usage": True}
    assert (chat["max_tokens"], chat["seed"], chat["temperature"]) == (9, 3, 0.0)
    exact = Ask("m", ASK.messages, 9, exact_output="ignore_eos", chunk_usage=True)
    body = json.loads(APIS["openai-completions"].encode(exact))
    assert (body["ignore_eos"], body["min_tokens"], body["prompt"]) == (True, 9, "be brief\nhello")
    assert body["stream_options"]["continuous_usage_stats"] is True
    ollama = json.loads(APIS["ollama-generate"].encode(ASK))
    assert ollama["system"] == "be brief"
    assert ollama["options"] == {"num_predict": 9, "temperature": 0.0, "seed": 3}


def test_reasoning_is_set_off_in_the_text() -> None:
    answer = Answer()
    for channel, text in ((1, "h"), (1, "m"), (0, "Hi"), (0, "!"), (1, "wait"), (2, "{}"), (1, "end")):
        answer.add(0, channel, text)
    assert answer.text == "<think>hm</think>Hi!<think>wait</think>{}<think>end</think>"
    assert Answer().text == ""
