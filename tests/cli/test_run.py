"""The main job through the real command line: what it prints, and with which exit code it ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from seatrial.testing.reference import ReferenceProcess

from .contract import check_run, exit_code
from .harness import SMALL, chat_server, seatrial, streamed, workloads_of


@pytest.fixture(scope="module")
def reference() -> Iterator[ReferenceProcess]:
    with ReferenceProcess(ttft_s=0.015, itl_s=0.002, tokens=4) as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


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


def test_own_headers_reach_the_server_with_every_request(store: Path) -> None:
    with chat_server() as server:
        ended = seatrial(
            "run", server.url, "--requests", 2, "--header", "X-Team: search", "--api", "chat", "--store", store
        )
        assert ended.code in (0, 4)
        assert len(streamed(server)) >= 2
        assert {request.headers.get("x-team") for request in server.requests} == {"search"}


def test_a_store_whose_name_is_no_text_can_be_written_to(tmp_path: Path) -> None:
    store = tmp_path / os.fsdecode(b"\xff.db")
    with chat_server() as server:
        assert seatrial("run", server.url, "--requests", 1, "--json", "--store", store).code in (0, 4)
    shown = seatrial("runs", "show", "last", "--store", store)
    assert shown.code == 0
    assert "\\udcff.db" in shown.out


@pytest.mark.parametrize("held", [None, b"GGUF" + bytes(100)])
def test_the_embedded_engine_serves_the_file_that_is_named_and_no_other(tmp_path: Path, held: bytes | None) -> None:
    """A missing or damaged file is an error: the built-in model in its place would be measured under its name."""
    if find_spec("xllamacpp") is None:
        pytest.skip("NOT TESTED: the embedded engine is not installed")
    named = tmp_path / "my-finetune.gguf"
    if held is not None:
        named.write_bytes(held)
    spec = tmp_path / "spec.toml"
    spec.write_text(
        f'[[candidates]]\nengine = "embedded"\nmodel = "my-finetune"\nsettings = {{ model_path = "{named}" }}\n'
        "[[workloads]]\nrequests = 1\n",
        "utf-8",
    )
    ended = seatrial("run", spec, "--store", tmp_path / "s.db")
    assert ended.code == (2 if held is None else 3)
    assert "my-finetune" in ended.out + ended.err
    assert "SmolLM2" not in ended.out + ended.err
