"""Pulling: resumed, checked, never twice, and never at the cost of what was there."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from seatrial.errors import OutsideError, Unauthorized, UsageError
from seatrial.sources.models import fetch
from seatrial.testing.actions import Action, Close, Send
from seatrial.testing.requests import Received
from seatrial.testing.streams import response_head
from seatrial.verbs.modelling.pull import Pulled, pull

from .servers import Fault, Hub, Registry, Repo, cut_after, served, sha256, status, without_ranges

DATA = bytes(range(256)) * 2000
FILES = {"config.json": b"{}", "tokenizer.json": b'{"a": 1}', "model.safetensors": DATA, "README.md": b"hello"}
GGUFS = {"m-Q4_K_M.gguf": DATA, "m-Q8_0.gguf": DATA[::-1], "config.json": b"{}"}
Serve = Callable[[Repo], Hub]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    started = []

    def start(repo: Repo) -> Hub:
        hub = Hub({"org/m": repo})
        hub.start()
        started.append(hub)
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        return hub

    yield start
    for hub in started:
        hub.stop()


def bring(folder: Path, name: str = "hf:org/m", quant: str | None = None) -> Pulled:
    return pull(name, folder=folder, quant=quant, pause_s=0)


def fetched(hub: Hub) -> list[Received]:
    return [request for request in hub.requests if "/resolve/" in request.path]


def test_a_checkpoint_is_brought_with_what_an_engine_reads_beside_it(serve: Serve, tmp_path: Path) -> None:
    serve(Repo(FILES))
    done = bring(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "tokenizer.json", "model.safetensors"}
    assert (tmp_path / "model.safetensors").read_bytes() == DATA
    assert (done.main, done.fetched_bytes) == (tmp_path, len(DATA) + 10)


def test_a_second_pull_fetches_nothing(serve: Serve, tmp_path: Path) -> None:
    hub = serve(Repo(FILES))
    bring(tmp_path)
    before = len(fetched(hub))
    assert bring(tmp_path).fetched_bytes == 0
    assert len(fetched(hub)) == before


def test_one_gguf_of_several_is_brought(serve: Serve, tmp_path: Path) -> None:
    serve(Repo(GGUFS))
    assert bring(tmp_path).main == tmp_path / "m-Q4_K_M.gguf"
    assert bring(tmp_path, quant="q8_0").main.read_bytes() == DATA[::-1]
    assert bring(tmp_path, "hf:org/m:m-Q8_0.gguf").fetched_bytes == 0
    with pytest.raises(UsageError, match="each choose"):
        bring(tmp_path, "hf:org/m:Q8_0", quant="Q8_0")


def test_what_has_come_before_is_not_fetched_again(serve: Serve, tmp_path: Path) -> None:
    hub = serve(Repo(GGUFS))
    (tmp_path / "m-Q4_K_M.gguf.part").write_bytes(DATA[:100_000])
    assert bring(tmp_path).fetched_bytes == len(DATA) - 100_000
    assert fetched(hub)[-1].headers["range"] == "bytes=100000-"
    assert not list(tmp_path.glob("*.part"))


def test_a_connection_that_breaks_is_opened_again_where_it_broke(serve: Serve, tmp_path: Path) -> None:
    hub = serve(Repo(GGUFS, faults={"m-Q4_K_M.gguf": cut_after(150_000)}))
    assert bring(tmp_path).main.read_bytes() == DATA
    assert len(fetched(hub)) == -(-len(DATA) // 150_000)


def test_a_server_that_sends_nothing_is_given_up_and_what_came_is_kept(serve: Serve, tmp_path: Path) -> None:
    def stalls(request: Received, data: bytes) -> Iterable[Action]:
        kept = served(request, data) if "range" not in request.headers else served(request, data)[:0]
        return [Send(kept[:200_000]), Close()]

    serve(Repo(GGUFS, faults={"m-Q4_K_M.gguf": stalls}))
    with pytest.raises(OutsideError):
        bring(tmp_path)
    part = tmp_path / "m-Q4_K_M.gguf.part"
    assert DATA.startswith(part.read_bytes())
    assert part.stat().st_size > 100_000
    assert not (tmp_path / "m-Q4_K_M.gguf").exists()


def test_a_server_without_ranges_starts_again(serve: Serve, tmp_path: Path) -> None:
    serve(Repo(GGUFS, faults={"m-Q4_K_M.gguf": without_ranges}))
    (tmp_path / "m-Q4_K_M.gguf.part").write_bytes(b"something else" * 1000)
    assert bring(tmp_path).main.read_bytes() == DATA


def test_a_wrong_checksum_is_an_error_and_nothing_is_called_by_its_name(serve: Serve, tmp_path: Path) -> None:
    serve(Repo(GGUFS, wrong_sha256="0" * 64))
    with pytest.raises(OutsideError, match="checksum"):
        bring(tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.stat().st_size] == []


def test_the_checksum_of_a_small_file_is_gits(serve: Serve, tmp_path: Path) -> None:
    other: Fault = lambda request, data: [Send(served(request, b"[]"))]  # noqa: E731  as long, but another
    serve(Repo(FILES, faults={"config.json": other}))
    with pytest.raises(OutsideError, match=r"config\.json is not what it should be"):
        bring(tmp_path)


def _announcing(size: int) -> Fault:
    return lambda _request, _data: [Send(response_head(200, {"Content-Length": str(size)}) + b"y" * size), Close()]


@pytest.mark.parametrize("size", [len(DATA) - 1, len(DATA) + 1, 10])
def test_another_length_than_the_index_says_is_an_error(serve: Serve, tmp_path: Path, size: int) -> None:
    serve(Repo(GGUFS, faults={"m-Q4_K_M.gguf": _announcing(size)}))
    with pytest.raises(OutsideError, match="its index says"):
        bring(tmp_path)


def test_more_than_the_index_says_is_an_error(serve: Serve, tmp_path: Path) -> None:
    def endless(_request: Received, data: bytes) -> list[Action]:
        return [Send(response_head(200, {"Connection": "close"}) + data + b"more"), Close()]

    serve(Repo(GGUFS, faults={"m-Q4_K_M.gguf": endless}))
    with pytest.raises(OutsideError, match="more than"):
        bring(tmp_path)


def test_another_file_of_that_name_is_left_alone(serve: Serve, tmp_path: Path) -> None:
    serve(Repo(GGUFS))
    mine = tmp_path / "m-Q4_K_M.gguf"
    mine.write_bytes(b"my own work")
    with pytest.raises(UsageError, match="another file"):
        bring(tmp_path)
    assert mine.read_bytes() == b"my own work"


def test_a_key_that_is_missing_is_asked_for_at_once(serve: Serve, tmp_path: Path) -> None:
    hub = serve(Repo(GGUFS, faults={"m-Q4_K_M.gguf": status(401)}, gated="auto"))
    with pytest.raises(Unauthorized) as caught:
        bring(tmp_path)
    assert "HF_TOKEN" in caught.value.hint
    assert len(fetched(hub)) == 1


def test_a_disk_without_room_is_told_before_anything_is_fetched(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = serve(Repo(GGUFS))
    monkeypatch.setattr(fetch, "_SPARE_BYTES", 2**60)  # as if the disk were nearly full
    with pytest.raises(OutsideError, match="are to come"):
        bring(tmp_path)
    assert not fetched(hub)


def test_two_pulls_at_once_do_not_write_into_one_file(serve: Serve, tmp_path: Path) -> None:
    serve(Repo(GGUFS))
    said: list[str] = []

    def watch(_name: str, _have: int, _size: int) -> None:
        if not said:
            with pytest.raises(UsageError) as caught:
                bring(tmp_path)
            said.append(caught.value.message)

    pull("hf:org/m", folder=tmp_path, watch=watch)
    assert "another pull" in said[0]


def test_an_interruption_keeps_what_has_come(serve: Serve, tmp_path: Path) -> None:
    serve(Repo(GGUFS))

    def interrupt(_name: str, have: int, _size: int) -> None:
        if have > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull("hf:org/m", folder=tmp_path, watch=interrupt)
    part = tmp_path / "m-Q4_K_M.gguf.part"
    came = part.stat().st_size
    assert came > 0
    assert bring(tmp_path).fetched_bytes == len(DATA) - came


def test_a_model_of_ollama_is_brought_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = {"library/tiny:1b": [("model", DATA), ("projector", DATA[:999])]}
    with Registry(layers) as server:
        monkeypatch.setenv("SEATRIAL_OLLAMA_REGISTRY", server.url)
        done = bring(tmp_path, "ollama:tiny:1b")
        assert server.connections <= 2
    assert done.main == tmp_path / "tiny-1b.gguf"
    assert sha256(done.main.read_bytes()) == sha256(DATA)
    assert (tmp_path / "tiny-1b-projector.gguf").stat().st_size == 999


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("llama-3.1-8b-instruct", "hf:meta-llama/Llama-3.1-8B-Instruct"),
        ("hg:org/m", "hf:ORG/NAME"),
        ("nothing", "hf:ORG/NAME"),
        ("hf:", "hf:ORG/NAME"),
    ],
)
def test_what_cannot_be_pulled_is_told_how(tmp_path: Path, name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        bring(tmp_path, name)
    assert hint in caught.value.hint


@pytest.mark.parametrize("name", ["../../evil-Q4_K_M.gguf", "/evil-Q4_K_M.gguf", "..\\evil-Q4_K_M.gguf"])
def test_a_repository_may_not_write_outside_the_folder(serve: Serve, tmp_path: Path, name: str) -> None:
    serve(Repo({name: DATA}))
    with pytest.raises(OutsideError, match="no honest one"):
        bring(tmp_path / "a" / "b")
    assert not list(tmp_path.rglob("*evil*"))
