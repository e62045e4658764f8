"""Ollama's native /api/chat and /api/generate: NDJSON with the server's own durations. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatrial.units import NS_PER_S
from seatrial.wire.openai import Count  # noqa: TC001  resolved at run time by msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.wire.types import Answer, Ask

# Ollama cannot ignore the end of text, and it breaks a stream off, without its last line, once one token has come
# some 30 times in a row, which small models do at temperature 0. With this value none of 30 answers broke off, with
# 1.1 one, with none four (Ollama 0.33.0, smollm2:135m, 128 tokens, 2026-11-21).
REPEAT_PENALTY = 1.2

CONTENT, REASONING, TOOL = 0, 1, 2  # positions in domain.sample.Channel


class _Message(msgspec.Struct, gc=False):
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[Any] | None = None


class _Line(msgspec.Struct, gc=False):
    """One line of either protocol; durations are nanoseconds."""

    message: _Message | None = None
    response: str | None = None
    thinking: str | None = None
    done: bool = False
    done_reason: str | None = None
    error: Any = None
    prompt_eval_count: Count | None = None
    eval_count: Count | None = None
    total_duration: Count | None = None
    load_duration: Count | None = None
    prompt_eval_duration: Count | None = None
    eval_duration: Count | None = None


_decode: Callable[[bytes], _Line] = msgspec.json.Decoder(_Line).decode
_decode_many: Callable[[bytes], list[_Line]] = msgspec.json.Decoder(list[_Line]).decode

_DURATIONS = {
    "total_duration": "total_s",
    "load_duration": "load_s",
    "prompt_eval_duration": "prompt_eval_s",
    "eval_duration": "eval_s",
}


def encode_chat(ask: Ask) -> bytes:
    """The JSON body for /api/chat."""
    messages = [{"role": role, "content": content} for role, content in ask.messages]
    return msgspec.json.encode({"model": ask.model, "messages": messages, **_common(ask)})


def encode_generate(ask: Ask) -> bytes:
    """The JSON body for /api/generate; a system message goes to `system`, the others make the prompt."""
    system = "\n".join(content for role, content in ask.messages if role == "system")
    prompt = "\n".join(content for role, content in ask.messages if role != "system")
    body: dict[str, object] = {"model": ask.model, "prompt": prompt, **_common(ask)}
    return msgspec.json.encode(body | {"system": system} if system else body)


def _common(ask: Ask) -> dict[str, object]:
    options: dict[str, object] = {"num_predict": ask.max_tokens}
    if ask.temperature is not None:
        options["temperature"] = ask.temperature
    if ask.seed is not None:
        options["seed"] = ask.seed
    if ask.exact_output == "repeat_penalty":
        options["repeat_penalty"] = REPEAT_PENALTY
    return {"stream": ask.stream, "options": options, **ask.extra}


def take(payload: bytes, read: int, answer: Answer) -> None:
    """Adds what one line says to `answer`. Raises msgspec.DecodeError when it is not such a JSON object."""
    _take_line(_decode(payload), read, answer)


def take_many(payloads: list[bytes], reads: list[int], answer: Answer) -> bool:
    """Adds what all lines say, decoded in one go; False, with nothing added, when that cannot be done."""
    try:
        lines = _decode_many(b"[" + b",".join(payloads) + b"]")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    if len(lines) != len(payloads):
        return False
    for line, read in zip(lines, reads, strict=True):
        _take_line(line, read, answer)
    return True


def _take_line(line: _Line, read: int, answer: Answer) -> None:
    if line.error is not None:
        answer.error = str(line.error)
        return
    if line.done and line.eval_count is not None and not answer.reads:
        answer.completion_tokens = line.eval_count  # not streamed: the one chunk holds all tokens
    _take_text(line, read, answer)
    if line.done:
        _take_end(line, answer)


def _take_text(line: _Line, read: int, answer: Answer) -> None:
    if line.message is not None:
        if line.message.thinking:
            answer.add(read, REASONING, line.message.thinking)
        if line.message.content:
            answer.add(read, CONTENT, line.message.content)
        if line.message.tool_calls:
            answer.add(read, TOOL, msgspec.json.encode(line.message.tool_calls).decode())
        return
    if line.thinking:
        answer.add(read, REASONING, line.thinking)
    if line.response:
        answer.add(read, CONTENT, line.response)


def _take_end(line: _Line, answer: Answer) -> None:
    answer.done = True
    answer.finish_reason = line.done_reason
    answer.prompt_tokens = line.prompt_eval_count
    answer.completion_tokens = line.eval_count
    for name, key in _DURATIONS.items():
        value = getattr(line, name)
        if value is not None:
            answer.server[key] = value / NS_PER_S
