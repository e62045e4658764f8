"""Each action as plain sockets and http.client see it."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from seatrial.testing.actions import Action, Close, Hang, Reset, Send, Sleep
from seatrial.testing.requests import Received
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import openai_stream, script_json

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def dial(server: ScriptedServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=10)


def client_of(server: ScriptedServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)


def read_to_end(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_bytes_go_out_as_given_and_close_is_an_orderly_end() -> None:
    with ScriptedServer([Send(b"not"), Send(b" http\x00\xff"), Close()]) as server, dial(server) as client:
        client.sendall(GET)
        assert read_to_end(client) == b"not http\x00\xff"


def test_reset_is_a_reset() -> None:
    with ScriptedServer([Reset()]) as server, dial(server) as client:
        client.sendall(GET)
        with pytest.raises(ConnectionResetError):
            client.recv(1)


def test_sleep_lies_between_sends() -> None:
    with ScriptedServer([Send(b"a"), Sleep(0.2), Send(b"b"), Close()]) as server, dial(server) as client:
        client.sendall(GET)
        assert client.recv(10) == b"a"
        start_ns = time.perf_counter_ns()
        assert client.recv(10) == b"b"
        assert time.perf_counter_ns() - start_ns > 100_000_000


def test_hang_is_silent_until_the_server_stops() -> None:
    with ScriptedServer([Send(b"a"), Hang(), Send(b"never")]) as server, dial(server) as client:
        client.sendall(GET)
        assert client.recv(10) == b"a"
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(10)
        client.settimeout(10)
        server.stop()
        assert client.recv(10) == b""


def test_hang_ends_when_the_peer_leaves() -> None:
    ended = threading.Event()

    def script(_: Received) -> Iterator[Action]:
        try:
            yield Hang()
        finally:
            ended.set()

    with ScriptedServer(script) as server:
        with dial(server) as client:
            client.sendall(GET)
        assert ended.wait(10)


def test_a_connection_is_kept_for_the_next_request() -> None:
    with ScriptedServer(openai_stream(["a"])) as server, closing(client_of(server)) as client:
        for path in ("/one", "/two?x=1"):
            client.request("POST", path, b"body", {"X-Case": "Kept"})
            assert b"[DONE]" in client.getresponse().read()
        assert server.connections == 1
        first, second = server.requests
        assert (first.method, first.path, first.body, first.headers["x-case"]) == ("POST", "/one", b"body", "Kept")
        assert second.path == "/two?x=1"
        assert first.t_received_ns < second.t_received_ns < time.perf_counter_ns()


def test_requests_in_one_write_are_answered_in_order() -> None:
    replies = iter([b"1", b"2"])
    with ScriptedServer(lambda _: [Send(next(replies))]) as server, dial(server) as client:
        client.sendall(GET + GET)
        client.shutdown(socket.SHUT_WR)
        assert read_to_end(client) == b"12"
        assert len(server.requests) == 2


def test_scripts_by_path() -> None:
    scripts = {"/health": script_json(200, {"ok": True}), "/silent": ()}
    with ScriptedServer(scripts) as server, closing(client_of(server)) as client:
        client.request("GET", "/health?verbose=1")
        assert client.getresponse().read() == b'{"ok": true}'
        client.request("GET", "/other")
        response = client.getresponse()
        assert (response.status, b"/other" in response.read()) == (404, True)


def test_it_dies_and_comes_back_on_the_same_port() -> None:
    with ScriptedServer(script_json(200, {})) as server:
        url = server.url
        with closing(client_of(server)) as client:
            client.request("GET", "/")
            client.getresponse().read()
            server.stop()
            assert client.sock.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            dial(server)
        server.start()
        with closing(client_of(server)) as client:
            client.request("GET", "/")
            assert client.getresponse().status == 200
        assert (server.url, server.connections, len(server.requests)) == (url, 2, 2)


def test_what_is_not_http_is_told_so() -> None:
    with ScriptedServer([]) as server, dial(server) as client:
        client.sendall(b"\x16\x03\x01")
        assert read_to_end(client).startswith(b"HTTP/1.1 400 ")
        assert server.requests == []


def test_nothing_outlives_the_context() -> None:
    def endless(_: Received) -> Iterator[Action]:
        while True:
            yield Send(b"x" * 65536)

    before = set(threading.enumerate())
    with ScriptedServer({"/endless": endless, "/sleep": [Sleep(3600)], "/hang": [Hang()]}) as server:
        clients = [dial(server) for _ in range(4)]
        for client, path in zip(clients, ("/endless", "/sleep", "/hang"), strict=False):
            client.sendall(f"GET {path} HTTP/1.1\r\n\r\n".encode())
        while len(server.requests) < 3:
            time.sleep(0.01)
    assert set(threading.enumerate()) == before
    for client in clients:
        client.close()


def test_stopping_twice_or_before_the_start_is_nothing() -> None:
    server = ScriptedServer([])
    server.stop()
    with server:
        server.stop()
