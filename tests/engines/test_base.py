"""What engines that speak OpenAI's protocol share: models, counts, what a target holds."""

from typing import Any

import pytest

from seatrial.engines.calibrating import calibrated
from seatrial.engines.factory import open_engine
from seatrial.errors import ColdNotPossible, ModelNotFound, OutsideError, UsageError
from seatrial.testing.streams import error_json, script_json
from tests.engines.harness import Answer, candidate, models, serving, text, usage, words_in

PROMPT = (("user", "one two three"),)
CHAT = "/v1/chat/completions"


def vllm(**answers: Answer) -> dict[str, Answer]:
    """A vLLM that adds 10 tokens for its template, and /tokenize that agrees."""
    return {
        "/v1/models": models("m", owner="vllm", max_model_len=4096, root="/weights"),
        "/version": {"version": "0.32.0"},
        CHAT: usage(lambda request: 10 + words_in(request)),
        "/tokenize": lambda request: script_json(200, {"count": 10 + words_in(request)}),
    } | {f"/{path}": answer for path, answer in answers.items()}


def test_a_target_is_all_a_load_process_needs() -> None:
    with serving(vllm()) as server:
        engine = open_engine(candidate(server))
        target = engine.target()
        assert (target.url, target.api, target.model) == (server.url, "openai-chat", "m")
        assert (target.exact_output, target.chunk_usage) == ("ignore_eos", True)
        assert (engine.root_pids(), engine.metrics_url) == ([], None)
        engine.close()


def test_other_servers_are_asked_nothing_special() -> None:
    with serving({"/v1/models": models("m", context_length=8192)}) as server:
        engine = open_engine(candidate(server, api="completions"))
        target = engine.target()
        assert (target.api, target.exact_output, target.chunk_usage) == ("openai-completions", None, False)
        assert (engine.info().engine, engine.info().context_tokens) == ("openai", 8192)
        engine.close()


def test_what_vllm_says_of_itself() -> None:
    page = (
        'vllm:cache_config_info{block_size="16",enable_prefix_caching="True",engine="0"} 1.0\n'
        'vllm:num_requests_running{engine="0"} 0.0\n'
    )
    with serving(vllm(metrics=lambda _: text(page))) as server:
        engine = open_engine(candidate(server))
        info = engine.info()
        assert (info.engine, info.version, info.models, info.context_tokens) == ("vllm", "0.32.0", ("m",), 4096)
        assert info.details == {"root": "/weights", "block_size": "16", "enable_prefix_caching": "True"}
        assert engine.metrics_url == f"{server.url}/metrics"
        engine.close()


def test_unknown_api() -> None:
    with serving(vllm()) as server, pytest.raises(UsageError, match='vllm has no api "generate"') as error:
        open_engine(candidate(server, api="generate"))
    assert error.value.hint == "valid: chat, completions"


def test_unknown_model() -> None:
    with serving(vllm()) as server, pytest.raises(ModelNotFound, match='no model "n"; it has m'):
        open_engine(candidate(server, "n"))


def test_tokenize_is_trusted_once_it_agreed() -> None:
    with serving(vllm()) as server:
        engine = open_engine(candidate(server))
        assert [engine.count_tokens(PROMPT) for _ in range(3)] == [13, 13, 13]
        assert engine.count_source == "/tokenize"
        paths = [request.path for request in server.requests]
        assert (paths.count(CHAT), paths.count("/tokenize")) == (1, 3)
        engine.close()


@pytest.mark.parametrize("answer", [{"count": 99}, lambda _: error_json(404, "no"), {"tokens": []}])
def test_tokenize_that_does_not_agree_is_dropped(answer: Answer) -> None:
    with serving(vllm(tokenize=answer)) as server:
        engine = open_engine(candidate(server))
        assert [engine.count_tokens(PROMPT) for _ in range(3)] == [13, 13, 13]
        assert engine.count_source == "usage.prompt_tokens"
        paths = [request.path for request in server.requests]
        assert (paths.count(CHAT), paths.count("/tokenize")) == (3, 1)
        engine.close()


def test_counting_asks_for_one_token_and_no_stream() -> None:
    seen: list[dict[str, Any]] = []

    def count(request: dict[str, Any]) -> int:
        seen.append(request)
        return 7

    with serving({"/v1/models": models("m"), "/v1/completions": usage(count)}) as server:
        engine = open_engine(candidate(server, api="completions"))
        assert engine.count_tokens(PROMPT) == 7
        engine.close()
    assert (seen[0]["max_tokens"], seen[0]["stream"], seen[0]["prompt"]) == (1, False, "one two three")


def test_a_server_without_usage_counts_nothing() -> None:
    with serving({"/v1/models": models("m"), CHAT: usage(lambda _: None)}) as server:
        engine = open_engine(candidate(server))
        assert engine.count_tokens(PROMPT) is None
        calibration = calibrated(engine, [64], seed=1)
        assert (calibration.source, calibration.exact) == (None, False)
        engine.close()


def test_calibration_against_a_server() -> None:
    with serving({"/v1/models": models("m"), CHAT: usage(lambda request: 25 + words_in(request))}) as server:
        engine = open_engine(candidate(server))
        calibration = calibrated(engine, [64, 512], seed=1)
        engine.close()
    assert (calibration.source, calibration.exact) == ("usage.prompt_tokens", True)
    assert calibration.achieved == {64: 64, 512: 512}


def test_an_error_inside_an_answer() -> None:
    with serving({"/v1/models": models("m"), CHAT: {"error": {"message": "out of memory"}}}) as server:
        engine = open_engine(candidate(server))
        with pytest.raises(OutsideError, match="out of memory"):
            engine.count_tokens(PROMPT)
        engine.close()


def test_cold_is_never_faked() -> None:
    with serving(vllm()) as server:
        engine = open_engine(candidate(server))
        with pytest.raises(ColdNotPossible, match=r"vllm at .* cannot be told to unload") as error:
            engine.force_cold()
        assert "cold_command" in error.value.hint
        engine.close()
