from __future__ import annotations

import json
import signal
import time

from seatrial.testing.actions import Send
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import script_json
from tests.cli.harness import seatrial, started

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
