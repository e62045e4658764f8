"""An end to waiting for the head of an answer: whoever drips it byte by byte outlives every timeout of a read."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from functools import partial
from threading import Timer
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

_SOCKETS: WeakKeyDictionary[httpx.Client, socket.socket] = WeakKeyDictionary()
"""The one connection of each client, for it has one at a time."""


@contextmanager
def hurried(client: httpx.Client, deadline_s: float) -> Iterator[dict[str, Any]]:
    """The extensions to ask with: `deadline_s` after the block began its connection is cut, unless it has ended."""
    timer = Timer(deadline_s, _cut, [client])
    timer.daemon = True
    timer.start()
    try:
        yield {"trace": partial(_noted, client)}
    finally:
        timer.cancel()


def _noted(client: httpx.Client, event: str, told: dict[str, Any]) -> None:
    if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
        _SOCKETS[client] = told["return_value"].get_extra_info("socket")


def _cut(client: httpx.Client) -> None:
    known = _SOCKETS.get(client)
    if known is not None:
        with suppress(OSError):
            socket.socket.shutdown(known, socket.SHUT_RDWR)  # wakes the read, which closing would not
