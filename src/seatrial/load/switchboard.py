"""Which exchange is on which connection: kept-alive ones are used again, new ones opened, all are watched."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from seatrial.load.poller import READ, URGENT, WRITE, Poller
from seatrial.load.sockets import Connection, Endpoint, resolve, tls_context
from seatrial.wire.http import parse_url

if TYPE_CHECKING:
    from seatrial.domain.target import Target
    from seatrial.load.exchange import Exchange


class Switchboard:
    """`busy` maps the file descriptor of every connection in use to it and its exchange.

    `idle` are open connections to the same target, taken over from before and left behind for later.
    """

    def __init__(self, target: Target, poller: Poller, idle: list[Connection]) -> None:
        self._target, self._poller, self._idle = target, poller, idle
        self._endpoint: Endpoint | None = None
        self._unresolved: OSError = OSError("not resolved")
        self._interest: dict[int, int] = {}
        self.busy: dict[int, tuple[Connection, Exchange]] = {}

    def resolve(self) -> None:
        """Looks the host up and reads the certificates; a failure is raised by every `send`."""
        address, target = parse_url(self._target.url), self._target
        try:
            tls = tls_context(target.ca_file, insecure=target.insecure) if address.tls else None
            self._endpoint = resolve(address.host, address.port, tls)
        except OSError as error:  # also gaierror, and a CA file that cannot be read
            self._unresolved = error

    def send(self, exchange: Exchange, *, fresh: bool = False) -> None:
        """Puts `exchange` on a connection, kept alive unless `fresh`, and sends its request.

        Raises OSError, the connection released, when that fails at once.
        """
        if self._endpoint is None:
            raise self._unresolved
        connection = (None if fresh else self._kept()) or Connection(self._endpoint)
        self.busy[connection.fd] = connection, exchange
        try:
            connection.write(exchange.prepared.data)
        except OSError:
            self.release(connection)
            if not connection.used:
                raise
            self.send(exchange, fresh=True)
            return
        self._after_sending(connection, exchange)

    def go_on(self, connection: Connection, exchange: Exchange) -> None:
        """Goes on connecting, shaking hands and sending as far as the socket allows now. Raises OSError."""
        connection.flush()
        self._after_sending(connection, exchange)

    def _after_sending(self, connection: Connection, exchange: Exchange) -> None:
        if connection.connected and not connection.used and exchange.t_connected_ns is None:
            exchange.t_connected_ns = time.perf_counter_ns()
        self.watch(connection, urgent=not exchange.flowing)

    def anyone_there(self) -> bool:
        """A request in flight has found somebody, who may be at work on it."""
        return any(connection.connected for connection, _ in self.busy.values())

    def watch(self, connection: Connection, *, urgent: bool) -> None:
        """Has the poller look for what the connection waits for; before others if `urgent`."""
        interest = (READ | WRITE if connection.wants_write else READ) | (URGENT if urgent else 0)
        before = self._interest.get(connection.fd, 0)
        if interest != before:
            self._poller.set(connection.fd, interest, before)
            self._interest[connection.fd] = interest

    def release(self, connection: Connection, *, keep: bool = False) -> None:
        """Takes the connection out of use; with `keep` it waits for another request, else it is closed.

        One whose request was answered before it was sent whole is closed, too.
        """
        self.busy.pop(connection.fd, None)
        before = self._interest.pop(connection.fd, 0)
        if before:
            self._poller.drop(connection.fd, before)
        if keep and not connection.wants_write:
            connection.used = True
            self._idle.append(connection)
        else:
            connection.close()

    def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_stale():
                return connection
            connection.close()
        return None
