from typing import Any

from seatrial.engines.factory import open_engine
from seatrial.testing.streams import error_json, script_json
from tests.engines.harness import Answer, candidate, models, serving, text, usage, words_in

PROPS = {
    "default_generation_settings": {"n_ctx": 2048},
    "total_slots": 4,
    "build_info": "b6000",
    "model_ftype": "Q4_1",
}


def llamacpp(**answers: Answer) -> dict[str, Answer]:
    """Its template puts two words before the prompt."""
    return {
        "/v1/models": models("m", owner="llamacpp", aliases=["m", "alias"], meta={"n_params": 135, "n_ctx": 2048}),
        "/props": PROPS,
        "/v1/chat/completions": usage(lambda request: 2 + words_in(request)),
        "/v1/completions": usage(words_in),
        "/apply-template": lambda request: script_json(200, {"prompt": "a b " + request["messages"][0]["content"]}),
        "/tokenize": lambda request: script_json(200, {"tokens": request["content"].split()}),
    } | {f"/{path}": answer for path, answer in answers.items()}


def test_what_it_says_of_itself() -> None:
    with serving(llamacpp(metrics=lambda _: text("llamacpp:requests_processing 0\n"))) as server:
        engine = open_engine(candidate(server, "alias"))
        info = engine.info()
        assert (info.engine, info.version, info.models) == ("llama.cpp", "b6000", ("m", "alias"))
        assert (info.context_tokens, info.slots) == (2048, 4)
        assert info.details == {"quantization": "Q4_1"}
        assert engine.metrics_url == f"{server.url}/metrics"
        assert engine.target().exact_output == "ignore_eos"
        engine.close()


def test_no_metrics_page_unless_it_is_switched_on() -> None:
    with serving(llamacpp(metrics=lambda _: error_json(501, "start with --metrics"))) as server:
        engine = open_engine(candidate(server, "m"))
        assert engine.metrics_url is None
        engine.close()


def test_context_from_the_model_list_where_props_are_closed() -> None:
    with serving(llamacpp(props=lambda _: error_json(403, "no"))) as server:
        engine = open_engine(candidate(server, "m"))
        info = engine.info()
        assert (info.context_tokens, info.slots, info.details) == (2048, None, {"parameters": "135"})
        engine.close()


def test_counts_by_its_own_two_steps() -> None:
    for api, tokens in (("chat", 5), ("completions", 3)):
        with serving(llamacpp()) as server:
            engine = open_engine(candidate(server, "m", api=api))
            assert [engine.count_tokens((("user", "one two three"),)) for _ in range(2)] == [tokens, tokens]
            assert engine.count_source == "/tokenize"
            engine.close()


def test_a_tokenizer_that_is_off_is_found_out() -> None:
    def tokenize(request: dict[str, Any]) -> Any:
        return script_json(200, {"tokens": [*request["content"].split(), "one more"]})

    with serving(llamacpp(tokenize=tokenize)) as server:
        engine = open_engine(candidate(server, "m"))
        assert [engine.count_tokens((("user", "one two three"),)) for _ in range(2)] == [5, 5]
        assert engine.count_source == "usage.prompt_tokens"
        engine.close()
