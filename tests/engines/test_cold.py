"""Restarts by the user's command, with a real process that listens late and is ready later still."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from seatrial.domain.trial import Candidate
from seatrial.engines.base import Engine
from seatrial.engines.factory import open_engine
from seatrial.errors import ColdNotPossible, EngineFailed
from tests.engines.harness import candidate, free_port, models, serving

SLOW_SERVER = """
import http.server, sys, time
port, listen_after_s, ready_after_s = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
time.sleep(listen_after_s)
ready_at = time.monotonic() + ready_after_s
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ok = time.monotonic() >= ready_at
        body = b'{"data": [{"id": "m", "owned_by": "vllm"}]}' if ok else b'{}'
        self.send_response(200 if ok else 503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
while True:
    try:
        server = Server(("127.0.0.1", port), Handler)
        break
    except OSError:
        time.sleep(0.01)  # the one before is still being killed
open(sys.argv[4], "w").close()
server.serve_forever()
"""
LISTEN_AFTER_S, READY_AFTER_S = 0.1, 0.5


class Slow:
    """The server's files, and the commands a user would write to handle it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.pid_file = folder / "pid"
        script = folder / "server.py"
        script.write_text(SLOW_SERVER)
        run = f"{sys.executable} {script} {self.port}"
        listens = folder / "listens"
        self.stop = f"kill -9 $(cat {self.pid_file}); rm {listens};"
        self.start = f"{run} {LISTEN_AFTER_S} {READY_AFTER_S} {listens} & echo $! > {self.pid_file};"
        self.start_at_once = f"{run} 0 0 {listens} & echo $! > {self.pid_file};"
        self.wait = f"until test -e {listens}; do sleep 0.01; done;"

    def opened(self, cold_command: str, **fields: float | str) -> Engine:
        endpoint = f"http://127.0.0.1:{self.port}"
        fields.setdefault("ready_timeout_s", 30.0)
        return open_engine(Candidate("c", "m", endpoint=endpoint, cold_command=cold_command, **fields))  # type: ignore[arg-type]


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Slow]:
    server = Slow(tmp_path)
    subprocess.run(f"{server.start_at_once} {server.wait}", shell=True, check=True)
    yield server
    with suppress(ProcessLookupError):
        os.kill(int(server.pid_file.read_text()), signal.SIGKILL)


def test_a_restart_is_seen_in_its_phases(slow: Slow) -> None:
    engine = slow.opened(f"{slow.stop} {slow.start}")
    before_ns = time.perf_counter_ns()
    phases = engine.force_cold()
    engine.close()
    assert phases.how == "cold_command, server seen down"
    assert phases.t_start_ns >= before_ns
    assert phases.accept_s is not None
    assert phases.ready_s is not None
    assert phases.accept_s >= LISTEN_AFTER_S
    assert phases.ready_s >= LISTEN_AFTER_S + READY_AFTER_S


def test_a_blocking_restart_is_seen_while_it_happens(slow: Slow) -> None:
    """The command returns long after the server accepts: the moment it did is what counts."""
    engine = slow.opened(f"{slow.stop} {slow.start} {slow.wait} sleep 1")
    phases = engine.force_cold()
    engine.close()
    assert phases.accept_s is not None
    assert phases.ready_s is not None
    assert phases.accept_s + 0.5 <= phases.ready_s


@pytest.mark.parametrize("kind", ["url", "command"])
def test_own_ready(slow: Slow, kind: str, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{slow.port}/anything"
    marker = tmp_path / "marker"
    ready = url if kind == "url" else f"test -e {marker}"
    wait = f"(sleep 0.6; touch {marker}) >/dev/null &"
    engine = slow.opened(f"rm -f {marker}; {slow.stop} {slow.start} {wait}", ready=ready)
    phases = engine.force_cold()
    engine.close()
    assert phases.ready_s is not None
    assert phases.ready_s >= (0.25 if kind == "url" else 0.6)


def test_a_server_that_never_went_away_is_not_cold() -> None:
    with serving({"/v1/models": models("m", owner="vllm"), "/health": {}}) as server:
        engine = open_engine(candidate(server, cold_command="true"))
        with pytest.raises(ColdNotPossible, match="never went away"):
            engine.force_cold()
        engine.close()


def test_the_users_own_check_vouches_for_a_server_that_stays_up() -> None:
    with serving({"/v1/models": models("m", owner="vllm"), "/cold": {}}) as server:
        engine = open_engine(candidate(server, cold_command="true", ready=f"{server.url}/cold"))
        assert engine.force_cold().how == "cold_command (the server was not seen down)"
        engine.close()


def test_a_ready_url_is_asked_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-planted")
    with serving({"/v1/models": models("m", owner="vllm")}) as server, serving({"/": {}}) as other:
        engine = open_engine(candidate(server, cold_command="true", ready=f"{other.url}/", api_key_env="MY_KEY"))
        engine.force_cold()
        engine.close()
        assert [request.headers.get("authorization") for request in other.requests] == [None, None]


def test_a_command_that_fails_shows_its_last_words() -> None:
    with serving({"/v1/models": models("m", owner="vllm")}) as server:
        engine = open_engine(candidate(server, cold_command="echo no such unit >&2; exit 3"))
        with pytest.raises(ColdNotPossible, match="exit code 3: no such unit"):
            engine.force_cold()
        engine.close()


def test_a_command_that_does_not_return_is_ended(tmp_path: Path) -> None:
    late = tmp_path / "late"
    with serving({"/v1/models": models("m", owner="vllm")}) as server:
        command = f"sleep 1; touch {late}"
        engine = open_engine(candidate(server, cold_command=command, ready_timeout_s=0.2))
        with pytest.raises(ColdNotPossible, match="did not return in time") as error:
            engine.force_cold()
        engine.close()
    assert "must return" in error.value.hint
    time.sleep(1.1)
    assert not late.exists()


def test_not_ready_in_time(slow: Slow) -> None:
    engine = slow.opened(slow.stop, ready_timeout_s=0.5)
    with pytest.raises(EngineFailed, match="is not ready"):
        engine.force_cold()
    engine.close()
