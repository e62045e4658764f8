"""Files, folders and servers that no honest person would make: a clear word in a bounded time, never a hang."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.errors import OutsideError, SeatrialError, UsageError
from seatrial.sources.models import arriving, hub_limits, remote
from seatrial.sources.models.find import find
from seatrial.testing.actions import Action, Send, Sleep
from seatrial.testing.requests import Received
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import json_response, response_head
from seatrial.verbs.modelling.pull import pull
from seatrial.verbs.modelling.search import search_models

from .servers import COMMIT, Fault, Hub, Repo

CONFIG = {
    "model_type": "llama",
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "vocab_size": 10,
    "max_position_embeddings": 64,
}
CONFIG_BYTES = json.dumps(CONFIG).encode()
GGUF = bytes(1000)
Serve = Callable[[ScriptedServer], ScriptedServer]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    started = []

    def start(server: ScriptedServer) -> ScriptedServer:
        server.start()
        started.append(server)
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.mark.parametrize("name", ["model.safetensors", "m.gguf", "config.json", "model.safetensors.index.json"])
def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path, name: str) -> None:
    if name != "config.json" and not name.endswith("gguf"):
        (tmp_path / "config.json").write_bytes(CONFIG_BYTES)
    os.mkfifo(tmp_path / name)
    if (tmp_path / "config.json").is_file():
        assert find(str(tmp_path)).files[0].bytes > 0
    else:
        with pytest.raises(UsageError, match=r"no config\.json and no GGUF"):
            find(str(tmp_path))


def test_an_index_without_end_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(CONFIG_BYTES)
    with (tmp_path / "model.safetensors.index.json").open("wb") as index:
        index.truncate(65 * 2**20)
    with pytest.raises(UsageError, match="longer than any"):
        find(str(tmp_path))


@pytest.mark.parametrize("name", ["/" + "a" * 5000, "~nosuch-user/x.gguf", "a" * 5000, "./x\0.gguf", "a\0b"])
def test_names_that_no_file_can_have(name: str) -> None:
    with pytest.raises(UsageError):
        find(name)


def test_what_is_damaged_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(CONFIG_BYTES)
    for name in ("m.gguf", "model.safetensors"):
        (tmp_path / name).write_bytes(b"GGUF" + bytes(9))
        with pytest.raises(UsageError) as caught:
            find(str(tmp_path / name) if name.endswith("gguf") else str(tmp_path))
        assert name in caught.value.message


def test_a_head_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(_request: Received) -> Iterable[Action]:
        yield Send(b"HTTP/1.1 200 OK\r\nx-a: ")
        for _ in range(400):
            yield Sleep(0.05)
            yield Send(b"a")

    monkeypatch.setattr(remote, "DEADLINE_S", 0.4)
    with ScriptedServer(slowly) as server:
        monkeypatch.setenv("SEATRIAL_OLLAMA_REGISTRY", server.url)
        begun_s = time.monotonic()
        with pytest.raises(OutsideError):
            find("ollama:m:x")
        assert time.monotonic() - begun_s < 8


@pytest.mark.parametrize("name", ["m.gguf", "model.safetensors", "config.json"])
def test_what_is_damaged_on_the_hub_is_the_outsides_fault(serve: Serve, name: str) -> None:
    serve(Hub({"org/tiny": Repo({"config.json": CONFIG_BYTES, name: b"{" * 100})}))
    with pytest.raises(OutsideError) as caught:
        find("hf:org/tiny" + (":m.gguf" if name == "m.gguf" else ""))
    assert "org/tiny" in caught.value.message
    assert name in caught.value.message


def test_a_server_that_sends_empty_parts_is_given_up(serve: Serve, tmp_path: Path) -> None:
    def empty(_request: Received, _data: bytes) -> list[Action]:
        return [Send(response_head(206, {"Content-Range": f"bytes 0-0/{len(GGUF)}", "Content-Length": "0"}))]

    hub = serve(Hub({"org/m": Repo({"m.gguf": GGUF}, faults={"m.gguf": empty})}))
    with pytest.raises(OutsideError, match=r"sends no more of m\.gguf"):
        pull("hf:org/m", folder=tmp_path, pause_s=0)
    assert len([one for one in hub.requests if "/resolve/" in one.path]) == 5


def dripping(request: Received, data: bytes) -> Iterable[Action]:
    yield Send(response_head(200, {"Content-Length": str(len(data))}))
    for place in range(len(data)):
        yield Sleep(0.05)
        yield Send(data[place : place + 1])


def test_servers_that_drip_are_not_waited_for(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "DEADLINE_S", 0.3)
    monkeypatch.setattr(remote, "_LEAST_PER_S", 1000)
    monkeypatch.setattr(arriving, "WINDOW_S", 0.2)
    faults: dict[str, Fault] = {"m.gguf": dripping, "config.json": dripping}
    serve(Hub({"org/m": Repo({"m.gguf": GGUF, "config.json": CONFIG_BYTES}, faults=faults)}))
    begun_s = time.monotonic()
    for name in ("hf:org/m", "hf:org/m:m.gguf"):
        with pytest.raises(OutsideError, match=r"bytes of (config.json|m.gguf) in"):
            find(name)
    with pytest.raises(OutsideError, match=r"bytes of m\.gguf in"):
        pull("hf:org/m", folder=tmp_path, pause_s=0)
    assert time.monotonic() - begun_s < 20


def test_a_hub_that_drips_or_never_ends_is_not_waited_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_limits, "DEADLINE_S", 0.3)
    serve(ScriptedServer(lambda request: dripping(request, b" " * 500)))
    with pytest.raises(OutsideError, match="to answer"):
        find("hf:org/m")
    monkeypatch.setattr(hub_limits, "MOST_BYTES", 100)
    serve(ScriptedServer(lambda _request: [Send(json_response(200, {"id": "x" * 200}))]))
    with pytest.raises(OutsideError, match="more than 100 bytes"):
        find("hf:org/m")


def about(**sibling: Any) -> dict[str, Any]:
    return {"id": "org/m", "sha": COMMIT, "tags": [], "siblings": [{"rfilename": "m.gguf", **sibling}]}


@pytest.mark.parametrize(
    "answer",
    [
        about(size=-1),
        about(size="many"),
        about(size=1e300),
        about(size=10**400),
        about(size=True),
        {**about(), "createdAt": 7},
        {**about(), "siblings": 7},
        ["no object"],
    ],
)
def test_a_hub_that_says_what_cannot_be_is_an_error(serve: Serve, answer: object) -> None:
    serve(ScriptedServer(lambda _request: [Send(json_response(200, answer))]))
    for command in (find, pull):
        with pytest.raises(OutsideError):
            command("hf:org/m")


def test_lists_in_lists_are_an_error(serve: Serve) -> None:
    body = b"[" * 200_000
    head = response_head(200, {"Content-Length": str(len(body)), "Content-Type": "application/json"})
    serve(ScriptedServer(lambda _request: [Send(head + body)]))
    with pytest.raises(OutsideError):
        find("hf:org/m")


def test_counts_that_cannot_be_are_absent(serve: Serve) -> None:
    said = [float("nan"), float("inf"), "many", -1, 10**400, True]
    rows = [{"id": f"org/m{i}", "downloads": bad, "likes": bad, "pipeline_tag": 7} for i, bad in enumerate(said)]
    serve(Hub({}, [rows]))
    found = search_models("m")
    assert len(found) == len(said)
    assert {(hit.downloads, hit.likes, hit.task) for hit in found} == {(None, None, None)}


@pytest.mark.parametrize("endpoint", ["not an address", "http://", "ftp://h", "http://[::1", "http://h:99999999"])
def test_an_endpoint_that_is_no_address(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    for command in (lambda: find("hf:org/m"), lambda: search_models("m")):
        with pytest.raises(SeatrialError):
            command()


def test_a_text_without_end_is_not_searched_for() -> None:
    with pytest.raises(UsageError, match="characters"):
        search_models("x" * 201)


def test_a_manifest_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for layers in (7, [7], None, [{"mediaType": "application/vnd.ollama.image.model", "size": 10**300}]):
        with ScriptedServer(lambda _request, said=layers: [Send(json_response(200, {"layers": said}))]) as server:
            monkeypatch.setenv("SEATRIAL_OLLAMA_REGISTRY", server.url)
            with pytest.raises(OutsideError):
                find("ollama:m:x")
