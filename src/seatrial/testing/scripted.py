r"""A real server on 127.0.0.1 that does to its clients exactly what a script says: any fault, on a real socket.

    def script(request: Received) -> Iterable[Action]:
        yield Send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        yield Reset()

    with ScriptedServer(script) as server:
        ...  # server.url, server.requests, server.connections

One thread accepts, one serves each connection: blocking sockets keep the order of a script the order on the wire.
`stop` wakes them all by shutting their sockets down and joins them, so nothing outlives the context.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Self

from seatrial.testing.actions import Action, Close, Hang, Reset, Script, Send, Sleep
from seatrial.testing.requests import Received, take_request
from seatrial.testing.streams import error_body, error_json, json_response

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable
    from types import TracebackType

READ_BYTES = 65536
LINGER_0_S = struct.pack("ii", 1, 0)  # closing then sends RST instead of FIN


class ScriptedServer:
    """Answers every request by its script: one for all, or one per path (without the query; else 404).

    `requests` holds what came, in order of its last byte, and `connections` how many were accepted; both go on
    over `stop` and `start`. While stopped, the port refuses. When a script ends without Close, Reset or Hang, the
    connection is kept for the next request.
    """

    def __init__(self, script: Script | Mapping[str, Script], tls: ssl.SSLContext | None = None) -> None:
        self._script = script
        self._tls = tls
        self._port = 0
        self._stopped = threading.Event()
        self._stopped.set()
        self._served: list[tuple[threading.Thread, socket.socket]] = []
        self.requests: list[Received] = []
        self.connections = 0

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listens: on a free port the first time, on the same one ever after."""
        self._listener = socket.create_server(("127.0.0.1", self._port), backlog=1024)
        self._port = self._listener.getsockname()[1]
        self._stopped.clear()
        self._acceptor = threading.Thread(target=self._accept_all, name="scripted-accept", daemon=True)
        self._acceptor.start()

    def stop(self) -> None:
        """Closes the port and every connection, as a server that dies; returns when all threads have ended."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=5):
            pass  # wakes the acceptor, which then sees that it is over
        self._acceptor.join()
        self._listener.close()
        for thread, connection in self._served:
            with suppress(OSError):  # the peer may have left
                # not SSLSocket.shutdown, which drops the session that the thread is still using
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
            thread.join()
        self._served.clear()

    def _accept_all(self) -> None:
        while True:
            accepted, _ = self._listener.accept()
            if self._stopped.is_set():
                accepted.close()
                return
            self.connections += 1
            try:
                connection = self._prepared(accepted)
            except OSError:  # reset before it was met
                accepted.close()
                continue
            thread = threading.Thread(target=self._serve, args=(connection,), name="scripted", daemon=True)
            self._served = [pair for pair in self._served if pair[0].is_alive()]
            self._served.append((thread, connection))
            thread.start()

    def _prepared(self, connection: socket.socket) -> socket.socket:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            return connection
        return self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)

    def _serve(self, connection: socket.socket) -> None:
        """The life of one connection. It ends quietly when the peer goes: that is the peer's right."""
        with closing(connection), suppress(OSError):
            if self._tls is not None:
                connection.do_handshake()  # type: ignore[attr-defined]  # an SSLSocket, by _prepared
            buffer = bytearray()
            while (request := _receive(connection, buffer)) is not None:
                self.requests.append(request)
                if not self._play(connection, self._actions_for(request)):
                    break
            _say_goodbye(connection)

    def _actions_for(self, request: Received) -> Iterable[Action]:
        script = self._script
        if isinstance(script, Mapping):
            path = request.path.partition("?")[0]
            script = script.get(path, error_json(404, f"no script for {path}"))
        return script(request) if callable(script) else script

    def _play(self, connection: socket.socket, actions: Iterable[Action]) -> bool:
        """Whether the connection is to be kept for another request."""
        for action in actions:
            match action:
                case Send(data):
                    connection.sendall(data)
                case Sleep(seconds):
                    if self._stopped.wait(seconds):
                        return False
                case Close():
                    return False
                case Reset():
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0_S)
                    connection.close()
                    return False
                case Hang():
                    while connection.recv(READ_BYTES):
                        pass
                    return False
        return True


def _receive(connection: socket.socket, buffer: bytearray) -> Received | None:
    """The next request; None when the peer is done, or sent what is not HTTP."""
    while True:
        try:
            request = take_request(buffer, time.perf_counter_ns())
        except ValueError as problem:
            connection.sendall(json_response(400, error_body(400, str(problem))))
            return None
        if request is not None:
            return request
        data = connection.recv(READ_BYTES)
        if not data:
            return None
        buffer += data


def _say_goodbye(connection: socket.socket) -> None:
    """TLS's own end of stream where there is TLS, then FIN. Raises OSError when closed already."""
    if hasattr(connection, "unwrap"):
        connection.setblocking(False)  # do not wait for the peer's goodbye
        with suppress(OSError):
            connection.unwrap()
    socket.socket.shutdown(connection, socket.SHUT_WR)
