from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from seatrial.testing.actions import Send, Sleep
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import script_json
from tests.cli.harness import environment, seatrial, started

PAGE = b"""# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing 3
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 2
"""


def engine(name: str = "llamacpp") -> ScriptedServer:
    """llama.cpp as far as it is looked at."""
    page = [Send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE)]
    return ScriptedServer(
        {
            "/v1/models": script_json(200, {"data": [{"id": "m", "owned_by": name}]}),
            "/metrics": page,
        }
    )


def test_a_pipe_gets_a_line_a_tick_and_the_model_is_not_asked() -> None:
    with engine() as server:
        ended = seatrial("watch", server.url, "--for", "1.2s", "--every", "0.5s")
        asked = {request.path for request in server.requests}

    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert len(lines) in {2, 3}
    assert all(line.startswith("requests running 3, requests waiting 2") for line in lines)
    assert asked <= {"/v1/models", "/metrics", "/"}


def test_json_is_one_document_with_the_history() -> None:
    with engine() as server:
        ended = seatrial("watch", server.url, "--for", "0.9s", "--every", "0.3s", "--json")

    document = ended.document
    running = next(gauge for gauge in document["gauges"] if gauge["name"] == "requests running")
    assert document["schema"] == 1
    assert document["engine"] == "llama.cpp"
    assert set(running["history"]) == {3.0}


def test_it_ends_at_ctrl_c() -> None:
    with engine() as server, started("watch", server.url) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert "Traceback" not in err


def test_an_engine_that_goes_away_is_said_so_and_waited_for() -> None:
    with engine() as server, started("watch", server.url, "--every", "0.3s") as process:
        assert process.stdout is not None
        process.stdout.readline()
        server.stop()
        until = time.monotonic() + 20
        while "not answering" not in (line := process.stdout.readline()):
            assert time.monotonic() < until
        server.start()
        while "requests running 3" not in (line := process.stdout.readline()) or "not answering" in line:
            assert time.monotonic() < until
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def test_an_engine_that_hangs_is_said_so() -> None:
    asked = iter(range(100))
    listing = script_json(200, {"data": [{"id": "m", "owned_by": "vllm"}]})
    with ScriptedServer(
        {"/v1/models": lambda _: listing if next(asked) == 0 else [Sleep(2.5), *listing]}
    ) as server:
        ended = seatrial("watch", server.url, "--for", "1s")

    assert ended.code == 0, ended.err
    assert "did not answer in time" in ended.out


def test_an_engine_that_was_restarted_is_read_as_the_process_it_is_now() -> None:
    port = free_port()
    with reference(port) as first, started("watch", f"http://127.0.0.1:{port}", "--every", "0.3s") as process:
        assert process.stdout is not None
        said_until(process, "engine memory")
        first.kill()
        first.wait()
        said_until(process, "not answering")
        with reference(port) as second:
            assert "engine memory" in said_until(process, "engine memory")
            second.kill()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def said_until(process: subprocess.Popen[str], words: str) -> str:
    """The first of the next lines that holds `words`."""
    assert process.stdout is not None
    until = time.monotonic() + 20
    while words not in (line := process.stdout.readline()):
        assert time.monotonic() < until
    return line


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def reference(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a process of its own, when it answers."""
    command = [sys.executable, "-m", "seatrial.testing.reference", "--port", str(port)]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as served:
        try:
            until = time.monotonic() + 20
            while not answers(port):
                assert time.monotonic() < until
            yield served
        finally:
            served.kill()


def answers(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def test_what_cannot_be_watched_is_refused_in_words() -> None:
    nobody = seatrial("watch", "http://127.0.0.1:9", "--for", "1s")
    unknown = seatrial("watch", "http://127.0.0.1:9", "--engine", "olama")
    never = seatrial("watch", "http://127.0.0.1:9", "--every", "1ms")

    assert (nobody.code, unknown.code, never.code) == (3, 2, 2)
    assert "refuses connections" in nobody.err
    assert 'did you mean "ollama"' in unknown.err
    assert "0.2s is the least" in never.err


def test_no_engine_is_known_at_first_sight_by_json_alone() -> None:
    with ScriptedServer({"/v1/models": script_json(200, {"x": 1})}) as server:
        ended = seatrial("watch", server.url, "--for", "1s")

    assert ended.code == 3
    assert json.dumps("no LLM engine known here")[1:-1] in ended.err
