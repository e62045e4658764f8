"""What the reference server is asked and says, without I/O: every byte of an answer is known before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from seatrial.testing.streams import (
    LAST_CHUNK,
    SSE_DONE,
    chunk,
    json_response,
    openai_chunk,
    openai_usage,
    sse,
    stream_head,
)

MODEL = "reference"
WORD = " tok"
MODELS = {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 1, "owned_by": "seatrial"}]}
STREAM_HEAD = stream_head("text/event-stream")

_Count = Annotated[int, msgspec.Meta(ge=1)]


@dataclass(frozen=True, slots=True)
class Order:
    """One completion as asked for. A prompt token is a word between spaces."""

    chat: bool
    stream: bool
    usage: bool
    tokens: int
    prompt_tokens: int


class _Message(msgspec.Struct):
    content: Any = ""


class _StreamOptions(msgspec.Struct):
    include_usage: bool = False


class _Body(msgspec.Struct):
    messages: list[_Message] = []
    prompt: Any = ""
    stream: bool = False
    stream_options: _StreamOptions | None = None
    max_tokens: _Count | None = None
    max_completion_tokens: _Count | None = None


def read_order(body: bytes, *, chat: bool, default_tokens: int) -> Order:
    """What `body` asks for. Raises msgspec.DecodeError saying what is wrong with it."""
    asked = msgspec.json.decode(body, type=_Body)
    prompts = [message.content for message in asked.messages] if chat else [asked.prompt]
    return Order(
        chat=chat,
        stream=asked.stream,
        usage=asked.stream_options is not None and asked.stream_options.include_usage,
        tokens=asked.max_completion_tokens or asked.max_tokens or default_tokens,
        prompt_tokens=sum(len(str(prompt).split()) for prompt in prompts),
    )


def token_event(order: Order, answer_id: str) -> bytes:
    """The framed event of one token; all tokens of an answer are alike."""
    return chunk(sse(openai_chunk(WORD, chat=order.chat, model=MODEL, answer_id=answer_id)))


def stream_tail(order: Order, answer_id: str) -> bytes:
    """What follows the last token at once: finish, usage where asked for, [DONE], end of the body."""
    last = openai_chunk(None, chat=order.chat, model=MODEL, answer_id=answer_id, finish="length")
    tail = chunk(sse(last))
    if order.usage:
        tail += chunk(sse(last | {"choices": [], "usage": openai_usage(order.prompt_tokens, order.tokens)}))
    return tail + chunk(SSE_DONE) + LAST_CHUNK


def whole_answer(order: Order, answer_id: str) -> bytes:
    """The response to a request that does not stream."""
    text = WORD * order.tokens
    choice = {"message": {"role": "assistant", "content": text}} if order.chat else {"text": text}
    answer = {
        "id": answer_id,
        "object": "chat.completion" if order.chat else "text_completion",
        "created": 1,
        "model": MODEL,
        "choices": [{"index": 0, **choice, "finish_reason": "length"}],
        "usage": openai_usage(order.prompt_tokens, order.tokens),
    }
    return json_response(200, answer)
