"""What makes `seatrial run` fail: the exit code, and a message that says what is wrong and what to do next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seatrial.testing.actions import Script
from seatrial.testing.streams import error_json, script_json
from seatrial.testing.tls import tls_context

from .contract import check_run, exit_code
from .harness import Ended, answers, chat_server, models, seatrial, workloads_of


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def refused(ended: Ended, code: int, *words: str) -> None:
    """Nothing but a message that holds `words`, and the exit code."""
    assert (ended.code, ended.out) == (code, ""), ended
    assert "Traceback" not in ended.err
    for word in words:
        assert word in ended.err


BAD_OPTIONS: dict[str, tuple[list[str], list[str]]] = {
    "unknown suite": (["--suite", "quik"], ['--suite is "quik"', 'did you mean "quick"?']),
    "a key as the name of a variable": (["--api-key-env", "sk-planted-1234567890"], ["--api-key-env"]),
}


@pytest.mark.parametrize(("options", "words"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_a_bad_option_is_exit_code_2_before_anything_is_sent(
    options: list[str], words: list[str], store: Path
) -> None:
    with chat_server() as server:
        ended = seatrial("run", server.url, *options, "--store", store)
        refused(ended, 2, *words)
        assert not server.requests
    assert "sk-planted" not in ended.err
    assert not store.exists()


def test_a_bad_spec_names_line_key_and_nearest_key(tmp_path: Path) -> None:
    spec = tmp_path / "trial.toml"
    spec.write_text('[[candidates]]\nendpoint = "http://h:1"\n\n[[workloads]]\nconcurency = 2\n', "utf-8")
    ended = seatrial("run", spec, "--store", tmp_path / "s.db")
    refused(ended, 2, "line 5", "concurency", 'did you mean "concurrency"?')


def test_bad_prompts_are_named_by_their_line(tmp_path: Path) -> None:
    prompts = tmp_path / "p.jsonl"
    prompts.write_text('{"prompt": "a"}\n{"promt": "b"}\n', "utf-8")
    ended = seatrial("run", "http://127.0.0.1:9", "--requests", 1, "--prompts", prompts, "--store", tmp_path / "s")
    refused(ended, 2, "p.jsonl, line 2", '"promt"', 'did you mean "prompt"?')


def test_a_variable_without_a_key_is_named(store: Path) -> None:
    with chat_server() as server:
        ended = seatrial("run", server.url, "--api-key-env", "NOT_SET_ANYWHERE", "--store", store)
    refused(ended, 2, "NOT_SET_ANYWHERE is not set")


def test_nobody_there_is_exit_code_3(store: Path) -> None:
    refused(seatrial("run", "http://127.0.0.1:9", "--store", store), 3, "127.0.0.1:9 refuses connections")


def test_an_unknown_host_is_exit_code_3(store: Path) -> None:
    ended = seatrial("run", "http://no-such-host.invalid:1", "--store", store)
    refused(ended, 3, "unknown host no-such-host.invalid")


def test_tls_with_a_stranger_fails_and_with_a_friend_is_measured(tmp_path: Path) -> None:
    context, ca_file = tls_context(tmp_path)
    spec = tmp_path / "tls.toml"
    with chat_server(tls=context) as server:
        refused(seatrial("run", server.url, "--store", tmp_path / "s.db"), 3, "TLS with", "certificate")
        spec.write_text(
            f'[[candidates]]\nendpoint = "{server.url}"\nca_file = "{ca_file}"\n[[workloads]]\nrequests = 2\n',
            "utf-8",
        )
        ended = seatrial("run", spec, "--json", "--store", tmp_path / "s.db")
    check_run(ended.document)
    assert workloads_of(ended)["closed-1"]["requests"]["completed"] == 2


@pytest.mark.parametrize(
    ("status", "options", "variable"),
    [(401, (), "--api-key-env NAME"), (403, ("--api-key-env", "MY_KEY"), "MY_KEY")],
)
def test_a_server_that_wants_a_key_has_the_variable_named(
    status: int, options: tuple[str, ...], variable: str, store: Path
) -> None:
    with chat_server(others={"/v1/models": error_json(status, "who are you?")}) as server:
        ended = seatrial("run", server.url, *options, "--store", store, env={"MY_KEY": "sk-wrong-key"})
    refused(ended, 3, f"wants a key (HTTP {status})", variable)


def test_a_model_that_is_not_there_has_those_listed_that_are(store: Path) -> None:
    with chat_server(names=("llama-8b", "qwen-7b")) as server:
        ended = seatrial("run", server.url, "--model", "lama-8b", "--store", store)
    refused(ended, 3, 'no model "lama-8b"', "llama-8b, qwen-7b")


def refusing_load(refusal: Script) -> Script:
    """Counts prompts, so that a trial begins, and refuses whatever is streamed."""
    good = answers()

    def play(request: Any) -> Any:
        return refusal if json.loads(request.body).get("stream") else good(request)  # type: ignore[operator]

    return play


def test_every_request_failing_is_exit_code_3_with_a_report(store: Path) -> None:
    with chat_server(refusing_load(error_json(500, "out of memory"))) as server:
        ended = seatrial("run", server.url, "--requests", 3, "--json", "--store", store)
    check_run(ended.document)
    assert ended.code == 3
    workload = workloads_of(ended)["closed-1"]
    assert workload["requests"] == {"planned": 3, "sent": 3, "completed": 0, "failed": 3, "never_sent": 0}
    assert workload["failures"] == {"http_error": 3}
    assert workload["failure_details"] == ["http_error: HTTP 500: out of memory"]


def test_one_workload_without_any_answer_is_exit_code_3(tmp_path: Path) -> None:
    """The answers are whole for one workload, and refused when they are streamed for the other."""
    spec = tmp_path / "two.toml"
    with chat_server(refusing_load(error_json(503, "busy"))) as server:
        spec.write_text(
            f'[[candidates]]\nendpoint = "{server.url}"\n'
            '[[workloads]]\nname = "whole"\nrequests = 2\nstream = false\n'
            '[[workloads]]\nname = "streamed"\nrequests = 2\n',
            "utf-8",
        )
        ended = seatrial("run", spec, "--json", "--store", tmp_path / "s.db")
    check_run(ended.document)
    assert ended.code == exit_code(ended.document, 3)
    assert [w["requests"]["completed"] for w in workloads_of(ended).values()] == [2, 0]


def test_a_model_the_server_forgets_is_exit_code_3(store: Path) -> None:
    with chat_server(error_json(404, "no such model"), others={"/v1/models": models()}) as server:
        ended = seatrial("run", server.url, "--model", "gone", "--requests", 1, "--store", store)
    refused(ended, 3, "404", "no such model")


def test_what_answers_is_no_engine(store: Path) -> None:
    with chat_server(others={"/v1/models": script_json(200, {"hello": "world"})}) as server:
        refused(seatrial("run", server.url, "--store", store), 3, "no LLM engine known here", "--engine openai")
