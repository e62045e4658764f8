"""The reference server: answers whose timing is known in advance, and a record of what was truly done.

One non-blocking loop. Every answer under way stands in a heap by the time its next send is due. Due times are
first + k * itl in whole nanoseconds, so nothing drifts, and a late send does not move those after it. Between
bursts of due sends the sockets are polled, so that a crowd of answers does not keep new requests waiting.
"""

from __future__ import annotations

import heapq
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import msgspec

from seatrial.testing import reference_wire as wire
from seatrial.testing.reference_sockets import Connection, Sockets
from seatrial.testing.requests import Received, take_request
from seatrial.testing.streams import error_body, json_response
from seatrial.units import ns

if TYPE_CHECKING:
    from typing import BinaryIO

SENDS_PER_ROUND = 256


@dataclass(frozen=True, slots=True)
class Timing:
    """The promise: first token `ttft_s` after the request, then one every `itl_s`; `tokens` unless asked otherwise.

    The first request after POST /unload starts a load of `load_s`; it and those that come meanwhile wait for it.
    """

    ttft_s: float
    itl_s: float
    tokens: int
    load_s: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What was truly done for one request. Times are perf_counter_ns, which processes of one computer share.

    `id` is the request's x-request-id, or else its number. `arrival_ns`: read to its last byte. `first_send_ns` and
    `last_send_ns` are of sends that carried tokens (None: the client left before); `tokens` were sent.
    `worst_late_ns` is the most by which a send was late, or by which the request may have waited unread: a
    large one means that this server, not its client, could not keep up.
    """

    id: str
    arrival_ns: int
    first_send_ns: int | None
    last_send_ns: int | None
    tokens: int
    worst_late_ns: int


@dataclass(slots=True, eq=False)
class Answer:
    """An answer under way: `sends_left` sends of `event`, each of `tokens_per_send`, and `tail` with the last."""

    connection: Connection
    id: str
    arrival_ns: int
    event: bytes
    tail: bytes
    sends_left: int
    tokens_per_send: int
    worst_late_ns: int
    tokens: int = 0
    first_send_ns: int | None = None
    last_send_ns: int | None = None

    def note_send(self, now_ns: int, due_ns: int) -> None:
        if self.first_send_ns is None:
            self.first_send_ns = now_ns
        self.last_send_ns = now_ns
        self.worst_late_ns = max(self.worst_late_ns, now_ns - due_ns)
        self.tokens += self.tokens_per_send
        self.sends_left -= 1

    def truth(self) -> Truth:
        return Truth(
            self.id, self.arrival_ns, self.first_send_ns, self.last_send_ns, self.tokens, self.worst_late_ns
        )


class ReferenceServer:
    """Listens on 127.0.0.1:`port` (0: a free one) from the start; `serve` runs until `leash` ends.

    `leash` is the read end of a pipe whose other end the parent holds: the server ends when the parent does.
    """

    def __init__(self, timing: Timing, port: int, leash: BinaryIO | None = None) -> None:
        self._timing = timing
        self._itl_ns = ns(timing.itl_s)
        self._sockets = Sockets(port, leash)
        self._due: list[tuple[int, int, Answer]] = []  # when, number, what
        self._count = 0
        self._truth: list[Truth] = []
        self._loaded_ns: int | None = 0  # since when the model is loaded; None: it is not
        self.url = f"http://127.0.0.1:{self._sockets.port}"

    def serve(self) -> None:
        while not self._sockets.leash_ended:
            for connection in self._sockets.poll(self._due[0][0] if self._due else None):
                self._answer_received(connection)
            self._send_due()
        self._sockets.close()

    def _send_due(self) -> None:
        """Everything whose time has come, up to a limit."""
        for _ in range(SENDS_PER_ROUND):
            now_ns = time.perf_counter_ns()
            if not self._due or self._due[0][0] > now_ns:
                return
            due_ns, number, answer = self._due[0]
            if not answer.connection.open:
                heapq.heappop(self._due)
                self._truth.append(answer.truth())
                continue
            answer.note_send(now_ns, due_ns)
            if answer.sends_left:
                heapq.heapreplace(self._due, (due_ns + self._itl_ns, number, answer))
                self._sockets.send(answer.connection, answer.event)
            else:
                heapq.heappop(self._due)
                self._end(answer)

    def _end(self, answer: Answer) -> None:
        self._truth.append(answer.truth())
        answer.connection.busy = False
        self._sockets.send(answer.connection, answer.event + answer.tail)
        self._answer_received(answer.connection)

    def _answer_received(self, connection: Connection) -> None:
        """Answers the requests of a connection in order, each when the one before it is done."""
        while connection.open and not connection.busy:
            try:
                request = take_request(connection.received, time.perf_counter_ns())
            except ValueError as problem:
                self._sockets.send(connection, _error(400, str(problem)))
                if connection.open:
                    self._sockets.drop(connection)
                return
            if request is None:
                return
            self._sockets.send(connection, self._response(connection, request))

    def _response(self, connection: Connection, request: Received) -> bytes:
        """What can be said at once: all of it, or the head of a stream, or nothing yet."""
        match request.method, request.path:
            case "POST", "/v1/chat/completions" | "/v1/completions":
                return self._begin(connection, request)
            case "GET", "/health":
                body: object = {"status": "ok"}
            case "GET", "/v1/models":
                body = wire.MODELS
            case "GET", "/truth":
                body = [asdict(truth) for truth in self._truth]
            case "POST", "/truth/reset":
                self._truth.clear()
                body = {}
            case "POST", "/unload":
                self._loaded_ns = None
                body = {}
            case _:
                return _error(404, f"nothing at {request.method} {request.path}")
        return json_response(200, body)

    def _begin(self, connection: Connection, request: Received) -> bytes:
        """Puts the answer into the heap; gives what goes out before the first token."""
        chat = request.path.startswith("/v1/chat")
        try:
            order = wire.read_order(request.body, chat=chat, default_tokens=self._timing.tokens)
        except msgspec.DecodeError as problem:
            return _error(400, str(problem))
        self._count += 1
        answer_id = request.headers.get("x-request-id", str(self._count))
        sends, per_send = (order.tokens, 1) if order.stream else (1, order.tokens)
        answer = Answer(
            connection=connection,
            id=answer_id,
            arrival_ns=request.t_received_ns,
            event=wire.token_event(order, answer_id) if order.stream else wire.whole_answer(order, answer_id),
            tail=wire.stream_tail(order, answer_id) if order.stream else b"",
            sends_left=sends,
            tokens_per_send=per_send,
            worst_late_ns=self._sockets.unpolled_ns + request.t_received_ns - self._sockets.polled_ns,
        )
        connection.busy = True
        first_ns = self._ready_ns(request.t_received_ns) + ns(self._timing.ttft_s)
        due_ns = first_ns + self._itl_ns * (per_send - 1)
        heapq.heappush(self._due, (due_ns, self._count, answer))
        return wire.STREAM_HEAD if order.stream else b""

    def _ready_ns(self, arrival_ns: int) -> int:
        """When work on a request can start: at once, or when the model is loaded."""
        if self._loaded_ns is None:
            self._loaded_ns = arrival_ns + ns(self._timing.load_s)
        return max(arrival_ns, self._loaded_ns)


def _error(status: int, message: str) -> bytes:
    return json_response(status, error_body(status, message))
