"""Where a server is, out of whatever a user pastes: with or without scheme, `/v1`, a whole endpoint path."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from seatrial.errors import UsageError

_HINT = "write it as http://HOST:PORT"
# a path in front of the API (a gateway's prefix) belongs to the address, the API's own path does not
_API_PATH = re.compile(r"/(v1|api/(chat|generate|tags|ps|version))(/.*)?$")


class Address(NamedTuple):
    """`base` has no trailing slash and no API path; every request path is appended to it."""

    base: str
    host: str
    port: int

    @property
    def is_tls(self) -> bool:
        return self.base.startswith("https://")

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


def parse_endpoint(text: str) -> Address:
    """The address meant by `text`. Without a scheme it is http, or https on port 443.

    Raises UsageError for what is no HTTP address, and for one that carries a password: it would reach logs.
    """
    stripped = text.strip()
    has_scheme = "://" in stripped
    try:
        parts = urlsplit(stripped if has_scheme else f"http://{stripped}")
        port = parts.port
    except ValueError as problem:
        raise UsageError(f'"{stripped}" is not an address: {problem}', _HINT) from None
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"the address of {parts.hostname} carries a user name or password",
            "put the key into an environment variable and name it with --api-key-env",
        )
    scheme = parts.scheme if has_scheme or port != 443 else "https"
    if scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f'"{stripped}" is not an HTTP address', _HINT)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    shown_port = "" if port is None else f":{port}"
    path = _API_PATH.sub("", parts.path.rstrip("/")).rstrip("/")
    return Address(
        f"{scheme}://{host}{shown_port}{path}", parts.hostname, port or (443 if scheme == "https" else 80)
    )
