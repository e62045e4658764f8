"""Cutting a byte stream into Server-Sent Events or lines of JSON, at whatever byte the reads were split.

Both splitters are fed reads as they come and hand back whole payloads; what is unfinished waits for the next
read. A line of many megabytes costs one copy: the search goes on where it stopped.
"""

from __future__ import annotations

import re
from typing import Protocol

_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n|\r\n\n")
_LINE_END = re.compile(rb"\r\n|\n|\r")


class Splitter(Protocol):
    def feed(self, data: bytes) -> list[bytes]:
        """The payloads completed by `data`, in order."""
        ...

    def close(self) -> list[bytes]:
        """The payload left without its terminator when the stream ended, if any."""
        ...


class SseSplitter:
    """Payloads are the `data` of each event, its lines joined by newline; comments and other fields are dropped."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._searched = 0

    def feed(self, data: bytes) -> list[bytes]:
        if not self._rest and data[:6] == b"data: " and data[-2:] == b"\n\n" and data.find(b"\n") == len(data) - 2:
            return [data[6:-2]]  # nearly every read of a stream: one event of one line
        self._rest += data
        payloads, start = [], 0
        for match in _BLANK_LINE.finditer(self._rest, max(0, self._searched - 3)):
            if match.start() >= start:
                payloads.append(_payload(bytes(self._rest[start : match.start()])))
                start = match.end()
        del self._rest[:start]
        self._searched = len(self._rest)
        return [payload for payload in payloads if payload]

    def close(self) -> list[bytes]:
        payload = _payload(bytes(self._rest))
        self._rest.clear()
        return [payload] if payload else []


def _payload(block: bytes) -> bytes:
    if block.startswith(b"data: ") and b"\n" not in block and b"\r" not in block:
        return block[6:]
    lines = [line[5:].removeprefix(b" ") for line in _LINE_END.split(block) if line.startswith(b"data:")]
    return b"\n".join(lines)


class LineSplitter:
    """Payloads are the lines that are not empty (NDJSON)."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        head, newline, tail = data.rpartition(b"\n")
        if not newline:
            self._parts.append(data)
            return []
        whole = b"".join(self._parts) + head
        self._parts = [tail] if tail else []
        return [line for line in (piece.strip() for piece in whole.split(b"\n")) if line]

    def close(self) -> list[bytes]:
        line = b"".join(self._parts).strip()
        self._parts = []
        return [line] if line else []


class WholeBody:
    """For answers that are not streamed: one payload, the body."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        self._parts.append(data)
        return []

    def close(self) -> list[bytes]:
        body = b"".join(self._parts).strip()
        self._parts = []
        return [body] if body else []
