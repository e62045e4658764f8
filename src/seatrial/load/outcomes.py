"""What a failure is called: from errno, TLS errors and HTTP status to an Outcome, in one place."""

from __future__ import annotations

import errno
import math
import socket
import ssl

import msgspec

from seatrial.domain.sample import Outcome
from seatrial.wire.openai import error_message

_DETAIL_CHARS = 300

_BY_ERRNO = {
    errno.ECONNREFUSED: Outcome.REFUSED,
    errno.EHOSTUNREACH: Outcome.REFUSED,
    errno.ENETUNREACH: Outcome.REFUSED,
    errno.EADDRNOTAVAIL: Outcome.REFUSED,
    errno.ECONNRESET: Outcome.RESET,
    errno.EPIPE: Outcome.RESET,
    errno.ECONNABORTED: Outcome.RESET,
    errno.ETIMEDOUT: Outcome.TIMEOUT,
}

_BY_STATUS = {
    401: Outcome.UNAUTHORIZED,
    403: Outcome.UNAUTHORIZED,
    404: Outcome.MODEL_NOT_FOUND,
    429: Outcome.RATE_LIMITED,
}

OUTAGE = frozenset({Outcome.REFUSED, Outcome.UNKNOWN_HOST, Outcome.TLS, Outcome.RESET})
"""Outcomes that, before any byte came, say nobody is there: when only these come, the load ends early."""


def of_error(error: OSError) -> Outcome:
    """The outcome of a socket that failed."""
    if isinstance(error, ssl.SSLError):
        return Outcome.TLS
    if isinstance(error, socket.gaierror):
        return Outcome.UNKNOWN_HOST
    return _BY_ERRNO.get(error.errno or 0, Outcome.RESET)


def of_status(status: int) -> Outcome:
    """The outcome of a response that is not 200."""
    return _BY_STATUS.get(status, Outcome.HTTP_ERROR)


def of_body(status: int, body: bytes) -> str:
    """The server's own words about a failure, shortened."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = body.decode("utf-8", "replace").strip()
    if isinstance(said, dict):
        said = error_message(said.get("error", said))
    return f"HTTP {status}: {said}"[:_DETAIL_CHARS]


def retry_after_s(header: str | None) -> float | None:
    """Seconds in a Retry-After header; None when absent, given as a date or not finite."""
    try:
        seconds = float(header or "")
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
