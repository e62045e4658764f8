import socket
import ssl
from pathlib import Path

import httpx
import pytest

from seatrial.testing.actions import Close, Hang, Reset, Send
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import openai_stream, script_json
from seatrial.testing.tls import tls_context

GET = b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_client_that_trusts_the_authority_is_served(tmp_path: Path, host: str) -> None:
    context, ca_file = tls_context(tmp_path)
    trusting = ssl.create_default_context(cafile=ca_file)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT
    with (
        ScriptedServer(openai_stream(["a"]), tls=context) as server,
        httpx.Client(verify=trusting, trust_env=False) as client,
    ):
        assert server.url.startswith("https://127.0.0.1:")
        for _ in range(2):
            assert "[DONE]" in client.get(server.url.replace("127.0.0.1", host)).text
        assert (server.connections, len(server.requests)) == (1, 2)


def test_a_client_that_does_not_is_turned_away_and_the_server_lives_on(tmp_path: Path) -> None:
    context, ca_file = tls_context(tmp_path)
    with ScriptedServer(script_json(200, {}), tls=context) as server:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(server.url)
        assert server.requests == []
        assert httpx.get(server.url, verify=ssl.create_default_context(cafile=ca_file)).status_code == 200


def dial(server: ScriptedServer, ca_file: str) -> ssl.SSLSocket:
    """A client that does not take an abrupt end for an orderly one."""
    plain = socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=10)
    trusting = ssl.create_default_context(cafile=ca_file)
    return trusting.wrap_socket(plain, server_hostname="localhost", suppress_ragged_eofs=False)


def test_close_says_goodbye_in_tls_too(tmp_path: Path) -> None:
    context, ca_file = tls_context(tmp_path)
    with ScriptedServer([Send(b"all"), Close()], tls=context) as server, dial(server, ca_file) as client:
        client.sendall(GET)
        assert (client.recv(10), client.recv(10)) == (b"all", b"")


def test_reset_is_a_reset_of_the_connection_below(tmp_path: Path) -> None:
    context, ca_file = tls_context(tmp_path)
    with ScriptedServer([Send(b"half"), Reset()], tls=context) as server, dial(server, ca_file) as client:
        client.sendall(GET)
        below = iter(lambda: socket.socket.recv(client, 65536), b"")  # OpenSSL would call a reset an end of file
        with pytest.raises(ConnectionResetError):
            list(below)


def test_stopping_ends_a_client_in_mid_handshake_and_one_that_hangs(tmp_path: Path) -> None:
    context, ca_file = tls_context(tmp_path)
    with (
        ScriptedServer([Send(b"a"), Hang()], tls=context) as server,
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=10) as silent,
        dial(server, ca_file) as waiting,
    ):
        waiting.sendall(GET)
        assert waiting.recv(10) == b"a"
        server.stop()
        assert silent.recv(1) == b""
        with pytest.raises(ssl.SSLEOFError):  # a server that dies says no goodbye
            waiting.recv(1)


def test_tls_spoken_to_a_plain_server_is_refused_at_once() -> None:
    with ScriptedServer(script_json(200, {})) as server, pytest.raises(httpx.ConnectError, match="SSL"):
        httpx.get(server.url.replace("http:", "https:"), timeout=10)
