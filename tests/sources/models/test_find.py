"""Every way to name a model, against files and against servers that answer as the real ones do."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.errors import ModelNotFound, OutsideError, Unauthorized, Unreachable, UsageError
from seatrial.formats.gguf import read_gguf
from seatrial.sources.models.find import find
from seatrial.sources.models.found import Found, with_bytes
from seatrial.sources.smollm import smollm_file, smollm_is_here
from tests.formats.gguf_files import LLAMA_FILE, LLAMA_KEYS, gguf, layer

from .servers import COMMIT, Fault, Hub, Registry, Repo, cut_after, safetensors, status, without_ranges

CONFIG: dict[str, Any] = {
    "model_type": "llama",
    "architectures": ["LlamaForCausalLM"],
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "vocab_size": 10,
    "max_position_embeddings": 64,
    "tie_word_embeddings": True,
    "torch_dtype": "bfloat16",
}
EMBEDDING = {"model.embed_tokens.weight": ("BF16", [10, 8])}
REST = {
    "model.layers.0.mlp.up_proj.weight": ("BF16", [16, 8]),
    "lm_head.weight": ("BF16", [10, 8]),  # a copy of the tied matrix, which no engine loads
    "model.layers.1.mlp.up_proj.weight": ("BF16", [16, 8]),  # a draft layer
}
LOADED_BYTES = 2 * (80 + 128)
INDEX = {"weight_map": {**dict.fromkeys(EMBEDDING, "a.safetensors"), **dict.fromkeys(REST, "b.safetensors")}}
SHARDS = {"a.safetensors": safetensors(EMBEDDING), "b.safetensors": safetensors(REST)}
CONFIG_BYTES = json.dumps(CONFIG).encode()
CHECKPOINT = {
    "config.json": CONFIG_BYTES,
    "model.safetensors.index.json": json.dumps(INDEX).encode(),
    "original/consolidated.safetensors": b"another copy",
    **SHARDS,
}
Serve = Callable[[Hub], Hub]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts a hub and makes it the hub."""
    started = []

    def start(hub: Hub) -> Hub:
        hub.start()
        started.append(hub)
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        return hub

    yield start
    for hub in started:
        hub.stop()


def folder(tmp_path: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = tmp_path / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "tiny"


def test_a_name_of_the_catalogue() -> None:
    found = find("llama-3.1-8b-instruct")
    assert found.model.parameters == 8_030_261_248
    assert found.card is not None
    assert found.files


def test_a_misspelt_name_lists_near_ones_and_the_other_ways() -> None:
    with pytest.raises(UsageError) as caught:
        find("lama-3.1-8b-instruct")
    assert "llama-3.1-8b-instruct" in caught.value.hint
    assert "hf:ORG/NAME" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["", "./nowhere", "~/nowhere/x.gguf", "hf:", "ollama:", "hf:justname", "ollama:a b"]
)
def test_what_names_nothing_is_said_to(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        find(text)
    assert caught.value.hint


def test_a_folder_with_safetensors_is_exact_to_the_byte_an_engine_loads(tmp_path: Path) -> None:
    found = find(str(folder(tmp_path, CHECKPOINT)))
    (weights,) = found.files
    assert (weights.bytes, weights.exact, weights.quant) == (LOADED_BYTES, True, "bf16")
    assert weights.embedding_bytes == 160
    assert (found.model.name, found.model.vocabulary) == ("tiny", 10)


def test_a_folder_without_weights_is_estimated(tmp_path: Path) -> None:
    found = find(str(folder(tmp_path, {"config.json": CONFIG_BYTES})))
    assert found.files[0].bytes == 2 * found.model.parameters
    assert "estimated" in found.files[0].source.text


def test_a_config_json_stands_for_its_folder(tmp_path: Path) -> None:
    path = folder(tmp_path, CHECKPOINT)
    assert find(str(path / "config.json")) == find(str(path))


def test_a_folder_that_lacks_a_shard_is_told_so(tmp_path: Path) -> None:
    path = folder(tmp_path, CHECKPOINT)
    (path / "b.safetensors").unlink()
    with pytest.raises(UsageError, match=r"b\.safetensors"):
        find(str(path))


def test_a_gguf_file_and_its_parts(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(LLAMA_FILE)
    whole = find(str(tmp_path / "tiny.gguf"))
    first = gguf(LLAMA_KEYS | {"split.count": 2}, {**layer(0), "token_embd.weight": ((256, 3), "Q6_K")})
    second = gguf({"split.count": 2}, {**layer(1), "output_norm.weight": ((256,), "F32")})
    (tmp_path / "big-00001-of-00002.gguf").write_bytes(first)
    (tmp_path / "big-00002-of-00002.gguf").write_bytes(second)
    split = find(str(tmp_path / "big-00001-of-00002.gguf"))
    assert split.files[0].bytes == whole.files[0].bytes
    assert (whole.model.name, split.model.name) == ("tiny", "big")


@pytest.mark.skipif(not smollm_is_here(), reason="the model of the embedded engine is not in the cache")
def test_a_real_file_is_read_to_its_last_byte() -> None:
    found = find(str(smollm_file()))
    assert found.model.parameters == 134_515_008
    assert found.files[0].bytes == 98_362_432 - 1_785_664  # the file without its header
    assert dict(found.files[0].tensor_bytes) == {"Q4_1": 66_355_200, "Q8_0": 30_081_024, "F32": 140_544}


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("SmolLM2-135M-Instruct.Q4_1.gguf", "SmolLM2-135M-Instruct"),
        ("Qwen3-8B-Q4_K_M.gguf", "Qwen3-8B"),
        ("qwen3-8b-iq4_xs.gguf", "qwen3-8b"),
        ("mine.gguf", "mine"),
        ("Q4_0.gguf", "Q4_0"),
    ],
)
def test_a_file_is_called_without_its_quantisation(tmp_path: Path, file: str, name: str) -> None:
    (tmp_path / file).write_bytes(LLAMA_FILE)
    assert find(str(tmp_path / file)).model.name == name


@pytest.mark.parametrize("data", [b"", b"PK", LLAMA_FILE[:300], b"{" * 100])
def test_a_file_that_is_no_model_is_an_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "bad.gguf").write_bytes(data)
    with pytest.raises(UsageError):
        find(str(tmp_path / "bad.gguf"))
    (tmp_path / "config.json").write_bytes(data)
    with pytest.raises(UsageError):
        find(str(tmp_path / "config.json"))


def test_a_given_size_replaces_the_weights(tmp_path: Path) -> None:
    own = with_bytes(find(str(folder(tmp_path, CHECKPOINT))), 12345).files
    assert [(file.format, file.quant, file.bytes, file.part) for file in own] == [
        ("safetensors", "bf16", 12345, "given")
    ]
    of_a_name = with_bytes(Found(find("llama-3.1-8b-instruct").model), 8_500_000_000).files
    assert [(file.format, file.quant, file.bytes) for file in of_a_name] == [
        ("safetensors", "fp8", 8_500_000_000),
        ("gguf", "Q8_0", 8_500_000_000),
    ]


def test_the_hub_is_read_by_ranges(serve: Serve) -> None:
    data = bytes(3_000_000)
    files = CHECKPOINT | {"b.safetensors": SHARDS["b.safetensors"] + data, "x.gguf": LLAMA_FILE}
    hub = serve(Hub({"org/tiny": Repo(files, tags=["license:mit", "en"], gated="manual")}))
    found = find("hf:org/tiny")
    assert found.files[0].bytes == LOADED_BYTES
    assert found.card is not None
    assert (found.card.licence, found.card.commercial_use, found.card.gated) == ("mit", "yes", True)
    assert all(COMMIT in request.path for request in hub.requests if "resolve" in request.path)
    assert sum("range" in request.headers for request in hub.requests) >= 4


def test_a_gguf_of_the_hub_is_chosen_by_file_or_by_quantisation(serve: Serve) -> None:
    names = ["m-Q8_0.gguf", "m-Q4_K_M.gguf", "mmproj-m-F16.gguf", "deep/m-IQ4_XS.gguf"]
    serve(Hub({"org/m-GGUF": Repo(dict.fromkeys(names, LLAMA_FILE))}))
    usual, other = find("hf:org/m-GGUF"), find("hf:org/m-GGUF:iq4_xs")
    assert usual.files[0].exact
    assert {file.quant for file in usual.files[1:]} == {"Q8_0", "IQ4_XS"}
    assert all(file.high_bytes == len(LLAMA_FILE) for file in usual.files[1:])
    assert other.model == find("hf:org/m-GGUF:m-Q8_0.gguf").model
    with pytest.raises(UsageError) as caught:
        find("hf:org/m-GGUF:Q3_K_S")
    assert "Q8_0" in caught.value.hint


def test_a_gguf_in_parts_on_the_hub(serve: Serve) -> None:
    first = gguf(LLAMA_KEYS | {"split.count": 2}, {**layer(0), "token_embd.weight": ((256, 3), "Q6_K")})
    second = gguf({"split.count": 2}, {**layer(1), "output_norm.weight": ((256,), "F32")})
    parts = {"q/m-Q4_K_M-00001-of-00002.gguf": first, "q/m-Q4_K_M-00002-of-00002.gguf": second}
    serve(Hub({"org/m": Repo(parts)}))
    header = read_gguf(lambda offset, length: LLAMA_FILE[offset : offset + length], len(LLAMA_FILE))
    assert find("hf:org/m:Q4_K_M").files[0].bytes == sum(tensor.bytes for tensor in header.tensors)


def test_a_server_without_ranges_is_read_from_the_front(serve: Serve) -> None:
    faults: dict[str, Fault] = dict.fromkeys(CHECKPOINT, without_ranges)
    serve(Hub({"org/tiny": Repo(CHECKPOINT, faults=faults)}))
    assert find("hf:org/tiny").files[0].bytes == LOADED_BYTES


@pytest.mark.parametrize(
    ("fault", "kind", "said"),
    [
        (status(401), Unauthorized, "strangers"),
        (status(403), Unauthorized, "strangers"),
        (status(404), ModelNotFound, "config.json"),
        (status(429, retry_after="7"), OutsideError, "too many requests"),
        (status(500), OutsideError, "HTTP 500"),
        (status(302, location="/org/tiny/resolve/main/config.json"), OutsideError, "circle"),
        (cut_after(5), OutsideError, "broke off"),
    ],
)
def test_faults_of_a_file_server_are_told_apart(
    serve: Serve, fault: Fault, kind: type[OutsideError], said: str
) -> None:
    serve(Hub({"org/tiny": Repo(CHECKPOINT, faults={"config.json": fault})}))
    with pytest.raises(kind) as caught:
        find("hf:org/tiny")
    assert said in caught.value.message


def test_what_the_hub_does_not_have_is_told_apart(serve: Serve) -> None:
    serve(Hub({"org/notes": Repo({"README.md": b"hello"})}))
    with pytest.raises(ModelNotFound, match="no org/nothing"):
        find("hf:org/nothing")
    with pytest.raises(ModelNotFound, match="revision"):
        find("hf:org/notes@v9")
    with pytest.raises(UsageError, match="neither"):
        find("hf:org/notes")


def test_no_network_offers_the_catalogue(serve: Serve) -> None:
    serve(Hub({})).stop()
    for name, known in (
        ("hf:org/tiny", "seatrial models list"),
        ("hf:meta-llama/Llama-3.1-8B-Instruct", "the catalogue has it: llama-3.1-8b-instruct"),
        ("hf:me/llama-3.1-8b-instruct-tuned", "llama-3.1-8b-instruct"),
    ):
        with pytest.raises(Unreachable) as caught:
            find(name)
        assert known in caught.value.hint


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(UsageError) as caught:
        find("hf:org/tiny")
    assert "seatrial[hub]" in caught.value.hint


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    layers = {
        "library/tiny:latest": [("model", LLAMA_FILE), ("license", b"mit")],
        "me/seer:7b": [("model", LLAMA_FILE), ("projector", b"x" * 1000)],
        "library/cloud:latest": [("license", b"mit")],
    }
    with Registry(layers) as server:
        monkeypatch.setenv("SEATRIAL_OLLAMA_REGISTRY", server.url + "/")
        yield server


def test_a_model_of_ollama_is_read_from_its_manifest_and_header(registry: Registry) -> None:
    found, seer = find("ollama:tiny"), find("ollama:me/seer:7b")
    assert found.files[0].tag == "tiny:latest"
    assert found.model.hidden == 256
    assert seer.files[0].bytes == found.files[0].bytes + 1000
    assert seer.files[0].part == "model+projector"
    assert not [
        request for request in registry.requests if "cdn" in request.path and "range" not in request.headers
    ]


def test_what_ollama_does_not_have_is_told_apart(registry: Registry) -> None:
    with pytest.raises(ModelNotFound, match="no tiny:q9"):
        find("ollama:tiny:q9")
    with pytest.raises(ModelNotFound, match="no GGUF"):
        find("ollama:cloud")
    registry.fault = cut_after(40)
    with pytest.raises(OutsideError, match="broke off"):
        find("ollama:tiny")
