"""Files behind HTTP: parts of them by range request, whole small ones, and what the server says of them.

One client, one connection at a time. Every fault a server or a network can have leaves here as one of our errors.
"""

from __future__ import annotations

import re
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from seatrial.errors import ModelNotFound, OutsideError, Unauthorized, Unreachable, UsageError
from seatrial.sources.models.hurry import hurried
from seatrial.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TIMEOUT_S = 30.0
DEADLINE_S = 60.0
"""For what is read of one file's header, and for one small file: a server that drips never times out by itself."""
MOST_FILE_BYTES = 2**60
"""What is said to be longer is no size: no file is, and no float can tell it apart."""
_LEAST_PER_S = MIB // 16  # what comes faster may take longer
_MOST_SKIPPED_BYTES = 64 * MIB  # of a server that sends the whole file whatever is asked
_TOTAL = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18})")
_LENGTH = re.compile(r"\d{1,18}")  # longer ones are no lengths, and may be too long for Python to read


@dataclass(frozen=True, slots=True)
class Host:
    """Who answers, for messages: `name` in words, the hint for a missing key, and the one for being offline."""

    name: str
    key_hint: str
    offline_hint: str


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file to read or fetch. `sha256` or `git_sha1` as its index says it; headers may hold keys."""

    host: Host
    url: str
    name: str
    size: int | None = None
    sha256: str | None = None
    git_sha1: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def new_client() -> httpx.Client:
    """A client that follows redirects, one connection at a time, and asks for bytes as they lie in the file."""
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    return httpx.Client(
        follow_redirects=True, timeout=TIMEOUT_S, limits=limits, headers={"accept-encoding": "identity"}
    )


class Patience:
    """How long the bytes of one thing may take in all: DEADLINE_S, and longer only where they come fast."""

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self._taken_s = self._bytes = 0.0
        self._began_s = time.monotonic()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Only what passes in such a block counts."""
        self._began_s = time.monotonic()
        try:
            yield
        finally:
            self._taken_s += time.monotonic() - self._began_s

    def came(self, count: int) -> None:
        """Raises OutsideError where so much came too slowly."""
        self._bytes += count
        taken_s = self._taken_s + time.monotonic() - self._began_s
        if taken_s > DEADLINE_S + self._bytes / _LEAST_PER_S:
            raise OutsideError(
                f"{self._file.host.name} sent {self._bytes:,.0f} bytes of {self._file.name} in {taken_s:.0f} s",
                "it is too slow to be waited for; try again later",
            )


class RangeReader:
    """Reads parts of one remote file. `size` is what the server says the whole has."""

    def __init__(self, client: httpx.Client, file: RemoteFile) -> None:
        self._client = client
        self._file = file
        self._patience = Patience(file)
        self.size = self._first_size() if file.size is None else file.size

    def __call__(self, offset: int, length: int) -> bytes:
        """The part; less where the file ends before. Raises OutsideError."""
        if length <= 0:
            return b""
        span = {"range": f"bytes={offset}-{offset + length - 1}"}
        with self._patience.waiting(), answered(self._client, self._file, span) as response:
            skip = part_offset(self._file, response, offset)
            if skip > _MOST_SKIPPED_BYTES:
                raise OutsideError(f"{self._file.host.name} gives no parts of {self._file.name}, only the whole")
            return _taken(response, skip, length, self._patience)

    def _first_size(self) -> int:
        with answered(self._client, self._file, {"range": "bytes=0-0"}) as response:
            total = _TOTAL.match(response.headers.get("content-range", ""))
            said = total[2] if total else response.headers.get("content-length", "")
            if _LENGTH.fullmatch(said) is None:
                raise OutsideError(f"{self._file.host.name} does not say how long {self._file.name} is")
            return int(said)


def whole(client: httpx.Client, file: RemoteFile, most_bytes: int) -> bytes:
    """A small file. Raises OutsideError where it is longer than `most_bytes`."""
    patience = Patience(file)
    with patience.waiting(), answered(client, file, {}) as response:
        data = _taken(response, 0, most_bytes + 1, patience)
    if len(data) > most_bytes:
        raise OutsideError(
            f"{file.name} of {file.host.name} is longer than {most_bytes:,} bytes, so it is no such file"
        )
    return data


@contextmanager
def answered(client: httpx.Client, file: RemoteFile, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
    """A good answer, its body not yet read; closed afterwards, read or not. Raises OutsideError and its kin."""
    with translated(file.host, file.name), ExitStack() as stack:
        with hurried(client, DEADLINE_S) as watched:
            asked = client.stream("GET", file.url, headers={**file.headers, **headers}, extensions=watched)
            response = stack.enter_context(asked)
        check_status(file.host, file.name, response.status_code, response.headers)
        yield response


@contextmanager
def translated(host: Host, name: str) -> Iterator[None]:
    """The one place where httpx's errors become ours."""
    try:
        yield
    except httpx.TimeoutException:
        raise Unreachable(
            f"{host.name} did not answer in {TIMEOUT_S:.0f} s for {name}", host.offline_hint
        ) from None
    except (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol) as problem:
        raise Unreachable(f"{host.name} cannot be reached: {problem}", host.offline_hint) from None
    except httpx.TooManyRedirects:
        raise OutsideError(f"{host.name} redirects {name} in a circle") from None
    except httpx.InvalidURL as problem:
        raise UsageError(f"the address of {host.name} is none: {problem}", host.offline_hint) from None
    except httpx.HTTPError as problem:
        raise OutsideError(f"{host.name} broke off while sending {name}: {problem}", "try again") from None


def check_status(host: Host, name: str, status: int, headers: Mapping[str, str]) -> None:
    """Raises what a status means to the user; 200 and 206 pass."""
    if status in (200, 206):
        return
    if status in (401, 403):
        raise Unauthorized(f"{host.name} does not give {name} to strangers (HTTP {status})", host.key_hint)
    if status in (404, 410):
        raise ModelNotFound(f"{host.name} has no {name}", "check the name; `seatrial models search` finds others")
    if status == 429:
        wait = headers.get("retry-after", "")
        when = f"in {wait} s" if re.fullmatch(r"\d{1,6}", wait) else "in some minutes"
        raise OutsideError(f"{host.name} has had too many requests from here", f"try again {when}")
    raise OutsideError(f"{host.name} answered HTTP {status} for {name}", "try again later")


def part_offset(file: RemoteFile, response: httpx.Response, offset: int) -> int:
    """How many bytes of the answer lie before `offset`: 0 where the server honours ranges, else `offset`.

    Raises OutsideError when it sent another part than was asked for.
    """
    if response.status_code != 206:
        return offset
    said = _TOTAL.match(response.headers.get("content-range", ""))
    if said is None or int(said[1]) != offset:
        raise OutsideError(f"{file.host.name} sent another part of {file.name} than was asked for", "try again")
    return 0


def _taken(response: httpx.Response, skip: int, length: int, patience: Patience) -> bytes:
    taken = bytearray()
    for piece in response.iter_raw():
        patience.came(len(piece))
        dropped = min(skip, len(piece))
        skip -= dropped
        taken += piece[dropped:]
        if len(taken) >= length:
            break
    return bytes(taken[:length])
