"""The reference server's sockets: one selector, every connection with what it said and what it has not taken yet.

It shares no code with the load generator on purpose: the yardstick shares nothing with what it measures.
"""

from __future__ import annotations

import select
import selectors
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from typing import BinaryIO

READ_BYTES = 65536
IDLE_S = 60.0


@dataclass(slots=True, eq=False)
class Connection:
    """`received` is for the server to take from; `busy` while an answer to it is under way."""

    socket: socket.socket
    received: bytearray = field(default_factory=bytearray)
    unsent: bytearray = field(default_factory=bytearray)
    busy: bool = False
    open: bool = True


class Sockets:
    """Listens on 127.0.0.1:`port` (0: a free one) from the start.

    `leash` is the read end of a pipe held by the parent: `leash_ended` tells that the parent closed it or died.
    `polled_ns` is when the sockets were last looked at, `unpolled_ns` for how long nothing had before.
    """

    def __init__(self, port: int, leash: BinaryIO | None) -> None:
        self._listener = socket.create_server(("127.0.0.1", port), backlog=4096)
        self._listener.setblocking(False)
        self._leash = leash
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        if leash is not None:
            self._selector.register(leash, selectors.EVENT_READ)
        self.port: int = self._listener.getsockname()[1]
        self.leash_ended = False
        self.polled_ns = time.perf_counter_ns()
        self.unpolled_ns = 0

    def poll(self, until_ns: int | None) -> list[Connection]:
        """The connections that said something; waits for one no longer than `until_ns`.

        Selectors wait in whole milliseconds; select() on the selector's own descriptor waits in microseconds.
        """
        before_ns = time.perf_counter_ns()
        wait_s = IDLE_S if until_ns is None else min(IDLE_S, (until_ns - before_ns) / NS_PER_S)
        if wait_s > 0:
            select.select([self._selector.fileno()], [], [], wait_s)
        ready = self._selector.select(0)
        self.unpolled_ns, self.polled_ns = before_ns - self.polled_ns, time.perf_counter_ns()
        heard: list[Connection] = []
        for key, mask in ready:
            if key.fileobj is self._listener:
                heard += self._accept_all()
            elif key.fileobj is self._leash:
                self.leash_ended = True
            else:
                heard += self._attend(key.data, mask)
        return heard

    def send(self, connection: Connection, data: bytes | bytearray) -> None:
        """Sends what the client takes and keeps the rest until it takes more."""
        if not connection.unsent:
            try:
                sent = connection.socket.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.drop(connection)
                return
            if sent == len(data):
                return
            data = data[sent:]
            self._selector.modify(connection.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, connection)
        connection.unsent += data

    def drop(self, connection: Connection) -> None:
        connection.open = False
        self._selector.unregister(connection.socket)
        connection.socket.close()

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            if key.fileobj is not self._leash:
                key.fileobj.close()  # type: ignore[union-attr]  # a socket, as nothing else is registered
        self._selector.close()

    def _accept_all(self) -> list[Connection]:
        """New connections that have spoken already; reading at once keeps `unpolled_ns` true for them."""
        heard: list[Connection] = []
        while True:
            try:
                accepted, _ = self._listener.accept()
            except BlockingIOError:
                return heard
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(accepted)
            self._selector.register(accepted, selectors.EVENT_READ, connection)
            if self._read(connection):
                heard.append(connection)

    def _attend(self, connection: Connection, mask: int) -> list[Connection]:
        if mask & selectors.EVENT_WRITE:
            unsent, connection.unsent = connection.unsent, bytearray()
            self._selector.modify(connection.socket, selectors.EVENT_READ, connection)
            self.send(connection, unsent)
        if mask & selectors.EVENT_READ and connection.open and self._read(connection):
            return [connection]
        return []

    def _read(self, connection: Connection) -> bool:
        try:
            data = connection.socket.recv(READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self.drop(connection)
            return False
        connection.received += data
        return True
