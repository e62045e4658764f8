import pytest

from seatrial.domain.trial import Candidate
from seatrial.engines.control import Control
from seatrial.engines.detect import detect
from seatrial.engines.factory import open_engine
from seatrial.errors import OutsideError, UsageError
from seatrial.testing.streams import error_json
from tests.engines.harness import Answer, candidate, models, serving, text

OLLAMA: dict[str, Answer] = {
    "/": lambda _: text("Ollama is running"),
    "/v1/models": models("a:latest", owner="library"),
}
VLLM = {"/v1/models": models("m", owner="vllm")}
RENAMED_VLLM: dict[str, Answer] = {
    "/v1/models": models("m", owner="us"),
    "/version": {"version": "0.32.0"},
    "/metrics": lambda _: text("# HELP vllm:num_requests_running x\nvllm:num_requests_running 0\n"),
}
LLAMA_CPP = {"/v1/models": models("m", owner="llamacpp")}
OLD_LLAMA_CPP = {"/props": {"default_generation_settings": {"n_ctx": 512}}}
OTHER = {"/v1/models": models("m", owner="")}
EMPTY = {"/v1/models": models()}
VERSION_ONLY = {"/v1/models": models("m"), "/version": {"version": "1"}}


@pytest.mark.parametrize(
    ("answers", "engine"),
    [
        (OLLAMA, "ollama"),
        (VLLM, "vllm"),
        (RENAMED_VLLM, "vllm"),
        (LLAMA_CPP, "llama.cpp"),
        (OLD_LLAMA_CPP, "llama.cpp"),
        (OTHER, "openai"),
        (EMPTY, "openai"),
        (VERSION_ONLY, "openai"),
    ],
)
@pytest.mark.parametrize("suffix", ["", "/v1/"])
def test_detect(answers: dict[str, Answer], engine: str, suffix: str) -> None:
    with serving(answers) as server:
        control = Control(Candidate("c", None, endpoint=server.url + suffix))
        assert detect(control) == engine
        control.close()


def test_what_is_no_llm_engine() -> None:
    with serving({"/v1/models": lambda _: error_json(503, "Loading model")}) as server:
        with pytest.raises(OutsideError, match=r"no LLM engine known here .*503: .*Loading model") as error:
            open_engine(candidate(server))
        assert "--engine openai" in error.value.hint


def test_a_named_engine_is_not_questioned() -> None:
    with serving({}) as server:
        engine = open_engine(candidate(server, "m", engine="openai"))
        assert (engine.name, engine.target().model, engine.info().models) == ("openai", "m", ())
        engine.close()


def test_an_unknown_engine_name() -> None:
    with serving({}) as server, pytest.raises(UsageError, match=r'unknown engine "lama\.cpp"') as error:
        open_engine(candidate(server, engine="lama.cpp"))
    assert error.value.hint == 'did you mean "llama.cpp"?'


def test_no_endpoint() -> None:
    with pytest.raises(UsageError, match="has no endpoint"):
        open_engine(Candidate("c", "m"))
