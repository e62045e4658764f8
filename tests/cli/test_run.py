"""The main job through the real command line: what it prints, and with which exit code it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seatrial.testing.actions import Script
from seatrial.testing.reference import ReferenceProcess
from seatrial.testing.streams import error_json, script_json
from seatrial.testing.tls import tls_context

from .contract import check_run, exit_code
from .harness import SMALL, Ended, answers, chat_server, models, seatrial, streamed


@pytest.fixture(scope="module")
def reference() -> Iterator[ReferenceProcess]:
    with ReferenceProcess(ttft_s=0.015, itl_s=0.002, tokens=4) as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def workloads_of(ended: Ended) -> dict[str, Any]:
    (candidate,) = ended.document["candidates"]
    return {workload["name"]: workload for workload in candidate["workloads"]}


def refused(ended: Ended, code: int, *words: str) -> None:
    """Nothing but a message that holds `words`, and the exit code."""
    assert (ended.code, ended.out) == (code, ""), ended
    assert "Traceback" not in ended.err
    for word in words:
        assert word in ended.err


def test_quick_as_json(reference: ReferenceProcess, store: Path) -> None:
    ended = seatrial("run", reference.url, "--suite", "quick", "--json", *SMALL, "--store", store)
    check_run(ended.document)
    assert ended.code == exit_code(ended.document, 0), ended.err
    found = workloads_of(ended)
    assert list(found) == ["single-stream", "concurrency-1", "concurrency-2", "concurrency-4", "concurrency-8"]
    assert [w["requests"]["completed"] for w in found.values()] == [4, 4, 4, 8, 16]
    assert ended.document["candidates"][0]["model"] == "reference", "the model that answered, though none was named"
    for workload in found.values():
        assert workload["metrics"]["ttft_s"]["minimum"] > 0.0145
        assert workload["metrics"]["goodput_per_s"] is None, "no SLO, no goodput"
        assert workload["metrics"]["ttft_s"]["p99"] is None, "too few for a p99"
        assert (workload["tokens"]["input_counted"], workload["tokens"]["output_counted"]) == (8, 4)


def test_progress_goes_to_stderr_as_plain_lines(reference: ReferenceProcess, store: Path) -> None:
    ended = seatrial("run", reference.url, "--requests", 2, *SMALL, "--store", store)
    assert ended.code in (0, 4)
    lines = ended.err.splitlines()
    assert lines[:2] == [reference.url, "  openai, model reference"]
    assert lines[2].startswith("  closed-1: 2 done in ")
    assert "\r" not in ended.err
    assert "\x1b" not in ended.out + ended.err
    assert f"stored in {store}" in ended.out
    assert "RESULTS" in ended.out


def test_cold_workloads_are_skipped_where_no_cold_start_can_be_forced(
    reference: ReferenceProcess, store: Path
) -> None:
    ended = seatrial(
        "run", reference.url, "--suite", "cold-warm", "--requests", 3, "--json", *SMALL, "--store", store
    )
    check_run(ended.document)
    assert ended.code == exit_code(ended.document, 0), ended.err
    found = workloads_of(ended)
    for name in ("sequential-cold", "concurrent-cold"):
        assert "cannot be told to unload its model" in found[name]["skipped"]
        assert found[name]["requests"]["planned"] == 0
        assert found[name]["metrics"]["ttft_s"] is None
        assert f"{name} skipped" in ended.err
    assert found["concurrent-warm"]["requests"]["completed"] == 3
    assert [stage["requests"]["completed"] for stage in found["batched-warm"]["stages"]] == [1, 2, 3]


def test_nothing_but_cold_workloads_that_cannot_be_had_is_no_success(tmp_path: Path) -> None:
    spec = tmp_path / "cold.toml"
    with chat_server() as server:
        spec.write_text(
            f'[[candidates]]\nendpoint = "{server.url}"\n[[workloads]]\nrequests = 1\nstate = "cold"\n', "utf-8"
        )
        ended = seatrial("run", spec, "--json", "--store", tmp_path / "s.db")
    check_run(ended.document)
    assert ended.code == 3


def test_a_ramp_of_rate_says_what_was_offered_and_what_was_achieved(
    reference: ReferenceProcess, store: Path
) -> None:
    ended = seatrial(
        "run", reference.url, "--suite", "ramp", "--rate", 40, "--duration", "1500ms", "--json", *SMALL,
        "--store", store,
    )  # fmt: skip
    check_run(ended.document)
    ramp = workloads_of(ended)["ramp"]
    assert len(ramp["stages"]) == 3
    assert all(stage["offered_per_s"] > 0 and stage["achieved_per_s"] > 0 for stage in ramp["stages"])
    assert sum(stage["requests"]["planned"] for stage in ramp["stages"]) == ramp["requests"]["planned"]
    assert ramp["arrivals"]["process"] == "poisson"


def test_whole_answers_have_no_first_token(reference: ReferenceProcess, store: Path) -> None:
    ended = seatrial("run", reference.url, "--no-stream", "--requests", 2, "--json", *SMALL, "--store", store)
    check_run(ended.document)
    metrics = workloads_of(ended)["closed-1"]["metrics"]
    assert (metrics["ttft_s"], metrics["tpot_s"], metrics["icl_s"]) == (None, None, None)
    assert metrics["e2e_s"]["mean"]["value"] > 0.015


def test_an_slo_that_is_missed_is_exit_code_1(reference: ReferenceProcess, store: Path) -> None:
    ended = seatrial(
        "run", reference.url, "--requests", 8, "--slo", "ttft_p50=1ms", "--slo", "success=0.9", "--slo",
        "e2e_p99=1s", "--json", *SMALL, "--store", store,
    )  # fmt: skip
    check_run(ended.document)
    assert ended.code == exit_code(ended.document, 1), ended.err
    workload = workloads_of(ended)["closed-1"]
    assert {check["key"]: check["met"] for check in workload["slo"]["checks"]} == {
        "ttft_p50": False, "success": True, "e2e_p99": None,
    }  # fmt: skip
    assert workload["slo"]["met"] is False
    assert workload["metrics"]["goodput_per_s"] is not None


def test_an_slo_that_is_met_or_cannot_be_told_is_exit_code_0(reference: ReferenceProcess, store: Path) -> None:
    ended = seatrial(
        "run", reference.url, "--requests", 2, "--slo", "e2e_mean=10s", "--json", *SMALL, "--store", store
    )
    assert ended.code == exit_code(ended.document, 0), ended.err
    assert workloads_of(ended)["closed-1"]["slo"]["met"] is True


def test_a_bake_off_measures_whoever_can_be_tried(reference: ReferenceProcess, tmp_path: Path) -> None:
    """Of four candidates one refuses, one does not say which of its models is meant, one has lost its key."""
    with chat_server(names=("a", "b")) as undecided:
        spec = tmp_path / "bake-off.toml"
        spec.write_text(
            f"""
            [[candidates]]
            name = "nobody"
            endpoint = "http://127.0.0.1:9"
            [[candidates]]
            name = "undecided"
            endpoint = "{undecided.url}"
            [[candidates]]
            name = "no key"
            endpoint = "{reference.url}"
            api_key_env = "NOT_SET_ANYWHERE"
            [[candidates]]
            name = "good"
            endpoint = "{reference.url}"
            [[workloads]]
            requests = 2
            input_tokens = 8
            output_tokens = 4
            """,
            "utf-8",
        )
        ended = seatrial("run", spec, "--json", "--store", tmp_path / "s.db")
    check_run(ended.document)
    assert ended.code == exit_code(ended.document, 3)
    nobody, unsure, no_key, good = ended.document["candidates"]
    assert "refuses connections" in nobody["failed"]
    assert "has 2 models: a, b" in unsure["failed"]
    assert "NOT_SET_ANYWHERE is not set" in no_key["failed"]
    assert [c["workloads"] for c in (nobody, unsure, no_key)] == [[], [], []]
    assert good["failed"] is None
    assert good["workloads"][0]["requests"]["completed"] == 2
    assert "nobody failed: 127.0.0.1:9 refuses connections" in ended.err


BAD_OPTIONS: dict[str, tuple[list[str], list[str]]] = {
    "unknown option": (["--sweet", "quick"], ["--sweet"]),
    "unknown suite": (["--suite", "quik"], ['--suite is "quik"', 'did you mean "quick"?']),
    "a key as the name of a variable": (["--api-key-env", "sk-planted-1234567890"], ["--api-key-env"]),
    "no such prompts": (["--requests", "1", "--prompts", "/none/p.txt"], ["/none/p.txt", "cannot be read"]),
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


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_wants_a_key_has_the_variable_named(status: int, store: Path) -> None:
    with chat_server(others={"/v1/models": error_json(status, "who are you?")}) as server:
        refused(seatrial("run", server.url, "--store", store), 3, "wants a key", "--api-key-env NAME")
        words = ("run", server.url, "--api-key-env", "MY_KEY", "--store", store)
        refused(seatrial(*words, env={"MY_KEY": "sk-wrong-key"}), 3, "wants a key", "MY_KEY")


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


def test_own_headers_reach_the_server_with_every_request(store: Path) -> None:
    with chat_server() as server:
        ended = seatrial(
            "run", server.url, "--requests", 2, "--header", "X-Team: search", "--api", "chat", "--store", store
        )
        assert ended.code in (0, 4)
        assert len(streamed(server)) >= 2
        assert {request.headers.get("x-team") for request in server.requests} == {"search"}
