from collections.abc import Callable, Iterator
from typing import Any

import pytest

from seatrial.engines.factory import open_engine
from seatrial.errors import ColdNotPossible, ModelNotFound, OutsideError
from seatrial.testing.streams import script_json
from tests.engines.harness import Answer, candidate, serving, words_in

LOADED = {"name": "m:latest", "context_length": 32768, "size": 1000, "size_vram": 900}


def ollama(ps: Callable[[], list[dict[str, Any]] | None] = lambda: None, **show: Any) -> dict[str, Answer]:
    def chat(request: dict[str, Any]) -> Any:
        body = {"message": {"role": "assistant", "content": "A"}, "done": True}
        return script_json(200, body | {"prompt_eval_count": 30 + words_in(request), "eval_count": 1})

    return {
        "/api/version": {"version": "0.33.0"},
        "/api/tags": {"models": [{"name": "m:latest"}, {"name": "other:7b"}]},
        "/api/ps": lambda _: script_json(200, {"models": ps()}),
        "/api/show": {"details": {"family": "llama", "quantization_level": "Q4_1"}} | show,
        "/api/chat": chat,
        "/api/generate": {"done": True, "done_reason": "unload"},
    }


@pytest.mark.parametrize("name", ["m", "m:latest"])
def test_a_model_with_and_without_its_tag(name: str) -> None:
    with serving(ollama()) as server:
        engine = open_engine(candidate(server, name, engine="ollama"))
        target = engine.target()
        assert (target.model, target.api, target.exact_output) == (name, "ollama-chat", "repeat_penalty")
        assert (engine.metrics_url, engine.count_source) == (None, "prompt_eval_count")
        engine.close()


def test_unknown_model_says_how_to_get_it() -> None:
    with (
        serving(ollama()) as server,
        pytest.raises(ModelNotFound, match='no model "m:1b"; it has m:latest') as error,
    ):
        open_engine(candidate(server, "m:1b", engine="ollama"))
    assert "ollama pull" in error.value.hint


def test_counts_as_it_evaluates() -> None:
    with serving(ollama()) as server:
        engine = open_engine(candidate(server, "m", engine="ollama"))
        assert engine.count_tokens((("user", "one two three"),)) == 33
        engine.close()


def test_a_loaded_model_tells_its_context() -> None:
    with serving(ollama(lambda: [LOADED], model_info={"llama.context_length": 131072})) as server:
        engine = open_engine(candidate(server, "m", engine="ollama"))
        info = engine.info()
        assert (info.version, info.models, info.context_tokens) == ("0.33.0", ("m:latest", "other:7b"), 32768)
        assert info.details["loaded_vram_bytes"] == "900"
        engine.close()


@pytest.mark.parametrize(
    ("show", "context"),
    [
        ({"model_info": {"llama.context_length": 131072}}, 4096),
        ({"model_info": {"llama.context_length": 2048}}, 2048),
        ({"model_info": {"llama.context_length": 131072}, "parameters": "stop  x\nnum_ctx    16384"}, 16384),
        ({}, 4096),
    ],
)
def test_before_loading_the_context_is_the_safe_guess(show: dict[str, Any], context: int) -> None:
    with serving(ollama(**show)) as server:
        engine = open_engine(candidate(server, "m", engine="ollama"))
        info = engine.info()
        assert info.context_tokens == context
        assert "expected" in info.details["context_tokens"]
        engine.close()


def test_cold_waits_until_the_model_is_gone() -> None:
    looks: Iterator[list[dict[str, Any]] | None] = iter([[LOADED], [LOADED], [{"name": "other:7b"}]])
    with serving(ollama(lambda: next(looks))) as server:
        engine = open_engine(candidate(server, "m", engine="ollama"))
        phases = engine.force_cold()
        engine.close()
        unload = next(request for request in server.requests if request.path == "/api/generate")
    assert unload.body == b'{"model":"m","keep_alive":0}'
    assert (phases.how, phases.accept_s, phases.ready_s) == ("keep_alive 0, /api/ps empty", None, None)
    assert phases.t_start_ns > unload.t_received_ns
    assert next(looks, "used up") == "used up"


def test_a_model_that_stays_is_not_called_cold() -> None:
    with serving(ollama(lambda: [LOADED])) as server:
        engine = open_engine(candidate(server, "m", engine="ollama", ready_timeout_s=0.1))
        with pytest.raises(ColdNotPossible, match="keeps m loaded"):
            engine.force_cold()
        engine.close()


def test_another_server_called_ollama() -> None:
    with serving({"/api/tags": {"error": "what?"}}) as server, pytest.raises(OutsideError, match="as Ollama does"):
        open_engine(candidate(server, "m", engine="ollama"))
