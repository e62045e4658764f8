"""OpenAI chat completions and completions, as vLLM, llama.cpp and many others speak them. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.wire.types import Answer, Ask

CONTENT, REASONING, TOOL = 0, 1, 2  # positions in domain.sample.Channel


_NOTHING = msgspec.Raw(b"null")
_EMPTY = (b"null", b"[]", b"{}")


class _Part(msgspec.Struct, gc=False):
    """`delta` of a stream or `message` of a whole answer."""

    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    tool_calls: msgspec.Raw = _NOTHING
    function_call: msgspec.Raw = _NOTHING


class _Choice(msgspec.Struct, gc=False):
    delta: _Part | None = None
    message: _Part | None = None
    text: str | None = None
    finish_reason: str | None = None


Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A number of tokens that a server may claim; anything else is malformed."""


class _Details(msgspec.Struct, gc=False):
    cached_tokens: Count | None = None


class _Usage(msgspec.Struct, gc=False):
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    prompt_tokens_details: _Details | None = None


class _Timings(msgspec.Struct, gc=False):
    """llama.cpp's own durations, milliseconds."""

    prompt_ms: float | None = None
    predicted_ms: float | None = None


class _Chunk(msgspec.Struct, gc=False):
    choices: tuple[_Choice, ...] = ()
    usage: _Usage | None = None
    timings: _Timings | None = None
    error: Any = None
    object: str | None = None
    message: Any = None


_decode: Callable[[bytes], _Chunk] = msgspec.json.Decoder(_Chunk).decode
_decode_many: Callable[[bytes], list[_Chunk]] = msgspec.json.Decoder(list[_Chunk]).decode
_DONE = b"[DONE]"


def encode_chat(ask: Ask) -> bytes:
    """The JSON body for /v1/chat/completions."""
    messages = [{"role": role, "content": content} for role, content in ask.messages]
    return msgspec.json.encode({"model": ask.model, "messages": messages, **_common(ask)})


def encode_completions(ask: Ask) -> bytes:
    """The JSON body for /v1/completions; the contents of the messages make the prompt."""
    prompt = "\n".join(content for _, content in ask.messages)
    return msgspec.json.encode({"model": ask.model, "prompt": prompt, **_common(ask)})


def _common(ask: Ask) -> dict[str, object]:
    body: dict[str, object] = {"max_tokens": ask.max_tokens, "stream": ask.stream}
    if ask.stream:
        body["stream_options"] = {"include_usage": True}
        if ask.chunk_usage:
            body["stream_options"] = {"include_usage": True, "continuous_usage_stats": True}
    if ask.temperature is not None:
        body["temperature"] = ask.temperature
    if ask.seed is not None:
        body["seed"] = ask.seed
    if ask.exact_output == "ignore_eos":
        body |= {"ignore_eos": True, "min_tokens": ask.max_tokens}
    return body | ask.extra


def take(payload: bytes, read: int, answer: Answer) -> None:
    """Adds what one payload says to `answer`. Raises msgspec.DecodeError when it is not such a JSON object."""
    if payload == _DONE:
        answer.done = True
    else:
        _take_chunk(_decode(payload), read, answer)


def take_many(payloads: list[bytes], reads: list[int], answer: Answer) -> bool:
    """Adds what all payloads say, decoded in one go; False, with nothing added, when that cannot be done."""
    ends = payloads[-1] == _DONE
    bodies = payloads[:-1] if ends else payloads
    try:
        chunks = _decode_many(b"[" + b",".join(bodies) + b"]")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    if len(chunks) != len(bodies):
        return False
    for chunk, read in zip(chunks, reads, strict=False):
        _take_chunk(chunk, read, answer)
    answer.done = answer.done or ends
    return True


def _take_chunk(chunk: _Chunk, read: int, answer: Answer) -> None:
    if chunk.error is not None or chunk.object == "error":
        answer.error = error_message(chunk.error if chunk.error is not None else chunk.message)
        return
    if chunk.usage is not None:
        _take_usage(chunk.usage, answer)
    if chunk.timings is not None:
        _take_timings(chunk.timings, answer)
    for choice in chunk.choices:
        _take_choice(choice, read, answer)


def _take_choice(choice: _Choice, read: int, answer: Answer) -> None:
    if choice.finish_reason is not None:
        answer.finish_reason = choice.finish_reason
    if choice.text:
        answer.add(read, CONTENT, choice.text)
        return
    part = choice.delta or choice.message
    if part is None:
        return
    if part.content:
        answer.add(read, CONTENT, part.content)
    elif thought := part.reasoning_content or part.reasoning:
        answer.add(read, REASONING, thought)
    else:
        for call in (bytes(part.tool_calls), bytes(part.function_call)):
            if call not in _EMPTY:
                answer.add(read, TOOL, call.decode())


def _take_usage(usage: _Usage, answer: Answer) -> None:
    if usage.prompt_tokens is not None:
        answer.prompt_tokens = usage.prompt_tokens
    if usage.prompt_tokens_details is not None:
        answer.cached_tokens = usage.prompt_tokens_details.cached_tokens
    if usage.completion_tokens is not None:
        answer.completion_tokens = usage.completion_tokens


def _take_timings(timings: _Timings, answer: Answer) -> None:
    if timings.prompt_ms is not None:
        answer.server["prompt_eval_s"] = timings.prompt_ms / 1e3
    if timings.predicted_ms is not None:
        answer.server["eval_s"] = timings.predicted_ms / 1e3


def error_message(error: object) -> str:
    """The text in an OpenAI error object, whatever its shape."""
    if isinstance(error, dict):
        return str(error.get("message") or error)
    return str(error)
