"""The protocols by name: where to post, how to say it, how to read the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from seatrial.wire import ollama, openai
from seatrial.wire.lines import LineSplitter, Splitter, SseSplitter, WholeBody
from seatrial.wire.types import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.wire.types import Ask


class Api(NamedTuple):
    """`take` reads one payload, `take_many` all of an answer's at once where they are in order."""

    path: str
    encode: Callable[[Ask], bytes]
    take: Callable[[bytes, int, Answer], None]
    take_many: Callable[[list[bytes], list[int], Answer], bool]
    splitter: Callable[[], Splitter]


APIS: dict[str, Api] = {
    "openai-chat": Api("/v1/chat/completions", openai.encode_chat, openai.take, openai.take_many, SseSplitter),
    "openai-completions": Api(
        "/v1/completions", openai.encode_completions, openai.take, openai.take_many, SseSplitter
    ),
    "ollama-chat": Api("/api/chat", ollama.encode_chat, ollama.take, ollama.take_many, LineSplitter),
    "ollama-generate": Api("/api/generate", ollama.encode_generate, ollama.take, ollama.take_many, LineSplitter),
}


class Reader:
    """Reads one answer: `feed` it bytes with the number of the read they came in, then `close` it.

    Payloads are decoded together at `drain` or `close`. Never raises on what a server sends: what cannot be read is
    named in `answer.malformed`, and reading goes on.
    """

    def __init__(self, api: Api, *, stream: bool) -> None:
        self.answer = Answer()
        self._api = api
        self._splitter = api.splitter() if stream else WholeBody()
        self._payloads: list[bytes] = []
        self._reads: list[int] = []
        self._last_read = 0

    def feed(self, data: bytes, read: int) -> None:
        self._last_read = read
        for payload in self._splitter.feed(data):
            self._payloads.append(payload)
            self._reads.append(read)

    def drain(self) -> Answer:
        """The answer as far as whole payloads have come."""
        payloads, reads = self._payloads, self._reads
        self._payloads, self._reads = [], []
        if payloads and not self._api.take_many(payloads, reads, self.answer):
            for payload, read in zip(payloads, reads, strict=True):
                self._take(payload, read)
        return self.answer

    def close(self) -> Answer:
        """The whole answer; an unfinished last payload is read as if it had ended well."""
        for payload in self._splitter.close():
            self._payloads.append(payload)
            self._reads.append(self._last_read)
        return self.drain()

    def _take(self, payload: bytes, read: int) -> None:
        try:
            self._api.take(payload, read, self.answer)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            self._take_repaired(payload, read, problem)

    def _take_repaired(self, payload: bytes, read: int, problem: Exception) -> None:
        """Text that is not UTF-8 still is a token: reads it with replacement characters."""
        repaired = payload.decode("utf-8", "replace").encode()
        try:
            self._api.take(repaired, read, self.answer)
        except msgspec.DecodeError:
            if self.answer.malformed is None:
                shown = repaired[:80].decode("utf-8", "replace")
                self.answer.malformed = f"{problem}: {shown!r}"
