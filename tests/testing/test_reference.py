"""The reference server in its own process, held against its own record as http.client sees it."""

import http.client
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from seatrial.testing.reference import MODULE, ReferenceProcess

TTFT_S, ITL_S, TOKENS, LOAD_S = 0.1, 0.01, 10, 0.3
NOISE_S = 5.0  # what a busy shared computer may add to any single time
NS = 1_000_000_000


@pytest.fixture(scope="module")
def process() -> Iterator[ReferenceProcess]:
    with ReferenceProcess(ttft_s=TTFT_S, itl_s=ITL_S, tokens=TOKENS, load_s=LOAD_S) as running:
        yield running


@pytest.fixture
def server(process: ReferenceProcess) -> ReferenceProcess:
    process.reset_truth()
    return process


def client_of(server: ReferenceProcess) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)


def post(
    client: http.client.HTTPConnection, body: object, path: str = "/v1/chat/completions", request_id: str = "r"
) -> http.client.HTTPResponse:
    client.request("POST", path, json.dumps(body), {"x-request-id": request_id})
    return client.getresponse()


def payloads(response: http.client.HTTPResponse) -> list[Any]:
    blocks = [block.removeprefix(b"data: ") for block in response.read().split(b"\n\n") if block]
    assert blocks.pop() == b"[DONE]"
    return [json.loads(block) for block in blocks]


def test_a_stream_is_tokens_finish_usage_done(server: ReferenceProcess) -> None:
    body = {
        "messages": [{"role": "user", "content": "three words here"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    with closing(client_of(server)) as client:
        *tokens, finish, usage = payloads(post(client, body))
    assert [token["choices"][0]["delta"]["content"] for token in tokens] == [" tok"] * TOKENS
    assert finish["choices"][0]["finish_reason"] == "length"
    assert usage["usage"] == {"prompt_tokens": 3, "completion_tokens": TOKENS, "total_tokens": 3 + TOKENS}


def test_completions_answer_with_as_many_tokens_as_asked(server: ReferenceProcess) -> None:
    with closing(client_of(server)) as client:
        *tokens, _ = payloads(post(client, {"prompt": "x", "stream": True, "max_tokens": 3}, "/v1/completions"))
    assert [token["choices"][0]["text"] for token in tokens] == [" tok"] * 3


def test_the_record_keeps_the_promise_and_the_client_sees_the_record(server: ReferenceProcess) -> None:
    with closing(client_of(server)) as client:
        before_ns = time.perf_counter_ns()
        response = post(client, {"stream": True}, request_id="seen")
        response.readline()
        first_ns = time.perf_counter_ns()
        response.read()
        after_ns = time.perf_counter_ns()
    (truth,) = server.truth()
    assert (truth.id, truth.tokens) == ("seen", TOKENS)
    assert truth.first_send_ns is not None and truth.last_send_ns is not None
    assert before_ns < truth.arrival_ns < truth.first_send_ns < truth.last_send_ns < after_ns
    assert truth.first_send_ns < first_ns
    late_s = truth.worst_late_ns / NS
    assert 0 <= late_s < NOISE_S
    assert TTFT_S <= (truth.first_send_ns - truth.arrival_ns) / NS <= TTFT_S + late_s
    whole_s = TTFT_S + (TOKENS - 1) * ITL_S
    assert whole_s <= (truth.last_send_ns - truth.arrival_ns) / NS <= whole_s + late_s


def test_without_streaming_all_comes_when_the_last_token_would(server: ReferenceProcess) -> None:
    with closing(client_of(server)) as client:
        answer = json.loads(post(client, {"max_tokens": 4}).read())
    assert answer["choices"][0]["message"]["content"] == " tok" * 4
    assert answer["usage"]["completion_tokens"] == 4
    (truth,) = server.truth()
    assert truth.tokens == 4
    assert truth.first_send_ns == truth.last_send_ns
    assert truth.last_send_ns is not None
    assert (truth.last_send_ns - truth.arrival_ns) / NS >= TTFT_S + 3 * ITL_S


def test_after_an_unload_those_that_come_wait_for_one_load(server: ReferenceProcess) -> None:
    server.unload()
    with closing(client_of(server)) as one, closing(client_of(server)) as other:
        for client, name in ((one, "cold"), (other, "meanwhile")):
            client.request("POST", "/v1/completions", b'{"max_tokens": 1}', {"x-request-id": name})
        for client in (one, other):
            client.getresponse().read()
        post(one, {"max_tokens": 1}, request_id="warm").read()
    by_id = {truth.id: truth for truth in server.truth()}
    cold, meanwhile, warm = (by_id[name] for name in ("cold", "meanwhile", "warm"))
    ready_ns = cold.arrival_ns + int(LOAD_S * NS)
    for waited in (cold, meanwhile):
        assert waited.first_send_ns is not None
        assert (waited.first_send_ns - ready_ns) / NS >= TTFT_S - 1e-6
    assert warm.first_send_ns is not None
    assert (warm.first_send_ns - warm.arrival_ns - warm.worst_late_ns) / NS <= TTFT_S


def test_many_at_once_are_all_recorded(server: ReferenceProcess) -> None:
    clients = [client_of(server) for _ in range(50)]
    for number, client in enumerate(clients):
        client.request("POST", "/v1/chat/completions", b'{"stream": true}', {"x-request-id": str(number)})
    for client in clients:
        assert len(payloads(client.getresponse())) == TOKENS + 1
        client.close()
    truth = server.truth()
    assert sorted(int(one.id) for one in truth) == list(range(50))
    assert {one.tokens for one in truth} == {TOKENS}


def test_a_client_that_leaves_is_recorded_as_far_as_it_was_served(server: ReferenceProcess) -> None:
    with closing(client_of(server)) as client:
        post(client, {"stream": True, "max_tokens": 1000}, request_id="gone").readline()
    deadline_ns = time.perf_counter_ns() + 10 * NS
    while not (truth := server.truth()) and time.perf_counter_ns() < deadline_ns:
        time.sleep(0.01)
    assert truth[0].id == "gone"
    assert 1 <= truth[0].tokens < 1000


def test_a_client_that_does_not_read_gets_everything_later() -> None:
    words = 3_000_000  # far more text than any socket buffer takes
    with ReferenceProcess(ttft_s=0.0, itl_s=0.0, tokens=words) as running, closing(client_of(running)) as slow:
        slow.request("POST", "/v1/completions", b"{}")
        while not running.truth():  # others are served meanwhile
            time.sleep(0.01)
        assert json.loads(slow.getresponse().read())["choices"][0]["text"] == " tok" * words


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/health", None, 200),
        ("GET", "/v1/models", None, 200),
        ("GET", "/nowhere", None, 404),
        ("POST", "/v1/chat/completions", "{", 400),
        ("POST", "/v1/chat/completions", '{"max_tokens": 0}', 400),
    ],
)
def test_the_rest_of_the_api_on_one_connection(
    server: ReferenceProcess, method: str, path: str, body: str | None, status: int
) -> None:
    with closing(client_of(server)) as client:
        for _ in range(2):
            client.request(method, path, body)
            response = client.getresponse()
            assert response.status == status
            json.loads(response.read())


def test_what_is_not_http_is_told_so_and_closed(server: ReferenceProcess) -> None:
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=10) as client:
        client.sendall(b"\x16\x03\x01")
        assert client.recv(65536).startswith(b"HTTP/1.1 400 ")
        assert client.recv(1) == b""


def test_leaving_the_context_ends_the_process() -> None:
    with ReferenceProcess(ttft_s=0.0, itl_s=0.0, tokens=1) as running:
        os.kill(running.pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)


def test_it_ends_when_its_parent_is_killed() -> None:
    program = (
        "import time; from seatrial.testing.reference import ReferenceProcess\n"
        "with ReferenceProcess(ttft_s=0, itl_s=0, tokens=1) as running:\n"
        "    print(running.url, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline().rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            parent.send_signal(signal.SIGKILL)
            assert client.recv(1) == b""  # the orphan closed its sockets


def test_the_command_ends_when_its_standard_input_does() -> None:
    command = [sys.executable, "-m", MODULE, "--ttft-ms", "1", "--itl-ms", "1", "--tokens", "2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        assert not select.select([process.stdout], [], [], 0)[0]  # still serving
        process.stdin.close()
        assert process.wait(30) == 0
