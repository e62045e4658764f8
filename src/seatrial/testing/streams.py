"""Well-formed answers of the protocols we speak, as bytes and as actions to put pauses and faults between.

openai_stream(["Hello", " world"])                  a whole chat stream
[*openai_stream(tokens)[:3], Reset()]               one that dies after its first token
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING

from seatrial.testing.actions import Action, Send

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MODEL = "scripted"
PROMPT_TOKENS = 7  # what every well-formed answer here says its prompt had
OLLAMA_DURATIONS_NS = {
    "total_duration": 900_000_000,
    "load_duration": 500_000_000,
    "prompt_eval_duration": 100_000_000,
    "eval_duration": 300_000_000,
}
SSE_DONE = b"data: [DONE]\n\n"
LAST_CHUNK = b"0\r\n\r\n"


def response_head(status: int, headers: Mapping[str, str]) -> bytes:
    """Status line and headers, up to and with the empty line."""
    phrase = HTTPStatus(status).phrase
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def stream_head(content_type: str) -> bytes:
    """The head of a chunked answer."""
    return response_head(200, {"Content-Type": content_type, "Transfer-Encoding": "chunked"})


def json_response(status: int, body: object, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole response with `body` as JSON, framed by Content-Length."""
    data = json.dumps(body).encode()
    framing = {"Content-Type": "application/json", "Content-Length": str(len(data))}
    return response_head(status, framing | dict(headers or {})) + data


def chunk(data: bytes) -> bytes:
    """One HTTP chunk around `data`."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def chunked(parts: Iterable[bytes]) -> list[bytes]:
    """Each part as one HTTP chunk, then the chunk that ends the body."""
    return [*map(chunk, parts), LAST_CHUNK]


def sse(event: object) -> bytes:
    """One server-sent event with `event` as JSON."""
    return b"data: %b\n\n" % json.dumps(event, separators=(",", ":")).encode()


def script_json(status: int, body: object, headers: Mapping[str, str] | None = None) -> list[Action]:
    """A script that answers with `body` as JSON; `headers` are added (Retry-After, ...)."""
    return [Send(json_response(status, body, headers))]


def error_json(status: int, message: str, headers: Mapping[str, str] | None = None) -> list[Action]:
    """A script that answers with an error in OpenAI's shape."""
    return script_json(status, error_body(status, message), headers)


def error_body(status: int, message: str) -> dict[str, object]:
    return {"error": {"message": message, "type": "error", "code": status}}


def openai_chunk(
    text: str | None, *, chat: bool, model: str, answer_id: str = "answer-1", finish: str | None = None
) -> dict[str, object]:
    """One stream object with `text` in its only choice; None is the empty delta that carries `finish`."""
    if chat:
        kind = "chat.completion.chunk"
        choice: dict[str, object] = {"index": 0, "delta": {} if text is None else {"content": text}}
    else:
        kind, choice = "text_completion", {"index": 0, "text": text or ""}
    choice["finish_reason"] = finish
    return {"id": answer_id, "object": kind, "created": 1, "model": model, "choices": [choice]}


def openai_usage(prompt_tokens: int, completion_tokens: int) -> dict[str, int]:
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def openai_stream(
    tokens: Sequence[str], *, chat: bool = True, usage: bool = True, done: bool = True, model: str = MODEL
) -> list[Action]:
    """A streamed completion: head, a role-only event (chat), one event per token, finish, usage, [DONE], end.

    Each piece is a `Send` of its own, in that order.
    """
    events = [sse(openai_chunk(token, chat=chat, model=model)) for token in tokens]
    if chat:
        role = openai_chunk("", chat=True, model=model)
        role["choices"] = [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}]
        events.insert(0, sse(role))
    last = openai_chunk(None, chat=chat, model=model, finish="stop")
    events.append(sse(last))
    if usage:
        events.append(sse(last | {"choices": [], "usage": openai_usage(PROMPT_TOKENS, len(tokens))}))
    if done:
        events.append(SSE_DONE)
    return [Send(data) for data in (stream_head("text/event-stream"), *chunked(events))]


def ollama_stream(
    tokens: Sequence[str], *, chat: bool = True, done: bool = True, model: str = MODEL
) -> list[Action]:
    """A streamed Ollama answer: head, one NDJSON line per token, the final line with counts and durations, end.

    The final line's durations are `OLLAMA_DURATIONS_NS`. Each piece is a `Send` of its own, in that order.
    """

    def line(text: str, final: Mapping[str, object] | None = None) -> bytes:
        said = {"message": {"role": "assistant", "content": text}} if chat else {"response": text}
        when = {"model": model, "created_at": "2026-01-01T00:00:00Z"}
        return json.dumps(when | said | {"done": final is not None} | dict(final or {})).encode() + b"\n"

    lines = [line(token) for token in tokens]
    if done:
        counts = {"prompt_eval_count": PROMPT_TOKENS, "eval_count": len(tokens)}
        lines.append(line("", {"done_reason": "stop", **OLLAMA_DURATIONS_NS, **counts}))
    return [Send(data) for data in (stream_head("application/x-ndjson"), *chunked(lines))]
