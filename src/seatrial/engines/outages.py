"""Why no server answered, in words a user can act on: the one place that knows httpx's errors."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import httpx

from seatrial.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.engines.address import Address


def outside_error(problem: httpx.RequestError, address: Address) -> Unreachable:
    """Why a request to `address` failed: by the operating system's or TLS's word at its root, else by httpx's."""
    known = (_by_cause(cause, address) for cause in _causes(problem))
    return next(filter(None, known), None) or _by_kind(problem, address)


def _by_cause(cause: BaseException, address: Address) -> Unreachable | None:
    if isinstance(cause, socket.gaierror):
        return Unreachable(f"unknown host {address.host}", "check its spelling and the DNS of this computer")
    if isinstance(cause, ConnectionRefusedError):
        return Unreachable(f"{address.place} refuses connections", "start the server there, or check host and port")
    if isinstance(cause, ssl.SSLError):
        return Unreachable(f"TLS with {address.place} failed: {cause.reason or cause}", _tls_hint(cause))
    return None


def _by_kind(problem: httpx.RequestError, address: Address) -> Unreachable:
    place = address.place
    if isinstance(problem, httpx.ConnectTimeout):
        return Unreachable(f"{place} does not answer", "check host and port, and firewalls between here and there")
    if isinstance(problem, httpx.TimeoutException):
        return Unreachable(f"{place} took the request but did not answer in time", "look at the server's log")
    if isinstance(problem, httpx.RemoteProtocolError | httpx.ReadError):
        return Unreachable(f"{place} broke off without an HTTP answer ({problem})", _protocol_hint(address))
    return Unreachable(f"{place} cannot be reached: {problem}", "check host and port")


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    while problem is not None:
        yield problem
        problem = problem.__cause__ or problem.__context__


def _tls_hint(problem: ssl.SSLError) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        return f"{problem.verify_message}; name the CA of its certificate as ca_file"
    return "does it speak TLS at all? if not, write http://"


def _protocol_hint(address: Address) -> str:
    return "look at the server's log" if address.is_tls else "does it speak TLS? then write https://"
