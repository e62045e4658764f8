"""HTTP/1.1 requests as bytes, and where a URL points. Responses are parsed by httptools in the load loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from seatrial.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_PORTS = {"http": 80, "https": 443}


class Address(NamedTuple):
    """`base_path` has no slash at its end and no `/v1`: API paths are appended to it."""

    tls: bool
    host: str
    port: int
    base_path: str

    @property
    def authority(self) -> str:
        """The Host header: an IPv6 address in brackets, the port unless it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS["https" if self.tls else "http"] else f"{host}:{self.port}"


def parse_url(url: str) -> Address:
    """The address in `http://host:port/base`, with or without scheme, `/v1` and slash at the end.

    Raises UsageError when it is not an http(s) URL.
    """
    text = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as problem:
        raise UsageError(f'"{url}" is not a URL: {problem}', "write http://host:port") from problem
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise UsageError(f'"{url}" is not an http or https URL', "write http://host:port")
    base = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
    return Address(parts.scheme == "https", parts.hostname, port or DEFAULT_PORTS[parts.scheme], base)


def post_head(address: Address, path: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """All of a POST's head but its length: append `post_tail`. One head serves every request of a target."""
    lines = [
        f"POST {address.base_path}{path} HTTP/1.1",
        f"Host: {address.authority}",
        "User-Agent: seatrial",
        "Accept: */*",
        "Content-Type: application/json",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


def post_tail(request_id: str, body: bytes) -> bytes:
    """What completes a POST: its id (echoed by some servers, recorded by the reference server), length, body."""
    return f"X-Request-Id: {request_id}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
