"""Requests out of received bytes, shared by the test servers: the strict little HTTP/1.1 that clients here send."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came. Header names are lower case; headers may hold keys, so no repr shows them.

    `t_received_ns` is perf_counter_ns when the request had been read to its last byte.
    """

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    body: bytes
    t_received_ns: int


def take_request(buffer: bytearray, now_ns: int) -> Received | None:
    """The first request in `buffer`, removed from it; None while it is not complete.

    Raises ValueError for a head that is not HTTP/1.x or a body without Content-Length framing.
    """
    if buffer and not buffer[:1].isalpha():
        raise ValueError("not HTTP")  # told at once: a TLS hello, say, never brings an empty line
    head_bytes = buffer.find(b"\r\n\r\n")
    if head_bytes < 0:
        return None
    first, *lines = buffer[:head_bytes].decode("latin-1").split("\r\n")
    method, path, version = first.split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError(f"not HTTP/1.x: {version!r}")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "transfer-encoding" in headers:
        raise ValueError("a request body needs Content-Length here")
    start = head_bytes + 4
    end = start + int(headers.get("content-length", "0"))
    if len(buffer) < end:
        return None
    body = bytes(buffer[start:end])
    del buffer[:end]
    return Received(method, path, headers, body, now_ns)
