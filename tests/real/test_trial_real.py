"""Whole trials on real engines through the command line: complete, trusted, and in agreement with the engine."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.real.lab import lab_engine

pytestmark = pytest.mark.real
MODEL = "smollm2:135m"
UNTRUSTED = 4
TOKENS = ("--suite", "tokens", "--output-tokens", "16,64,256", "--input-tokens", "32,256,1024")


@pytest.fixture(scope="module")
def ollama() -> Iterator[str]:
    with lab_engine("ollama") as url:
        yield url


@pytest.fixture(scope="module")
def vllm() -> Iterator[str]:
    with lab_engine("vllm") as url:
        yield url


def seatrial(*words: str, store: Path) -> tuple[int, str]:
    """Exit code and standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "seatrial", *words, "--store", str(store)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=1500,
    )
    return done.returncode, done.stdout


def trial(url: str, *words: str, store: Path) -> list[dict[str, Any]]:
    """The workloads of a run with --json, which must be one trusted document that ended well.

    A run that says of itself that it cannot be trusted is made once more: client and engine share two cores with
    whatever else the machine does, and telling when that was too much is what trust is for.
    """
    code, out = seatrial("run", url, "--model", MODEL, *words, "--json", store=store)
    if code == UNTRUSTED:
        print("once more:", json.loads(out)["trust"]["reasons"])
        code, out = seatrial("run", url, "--model", MODEL, *words, "--json", store=store)
    document = json.loads(out)
    assert document["trust"]["verdict"] == "trusted", document["trust"]
    assert code == 0
    (candidate,) = document["candidates"]
    workloads: list[dict[str, Any]] = candidate["workloads"]
    return workloads


def assert_complete(workload: dict[str, Any]) -> None:
    requests = workload["requests"]
    assert requests["completed"] == requests["planned"] > 0, workload
    for name in ("ttft_s", "tpot_s", "e2e_s", "ttft_intended_s", "send_lag_s"):
        assert workload["metrics"][name]["mean"]["value"] >= 0, (workload["name"], name)
    assert workload["metrics"]["output_tokens_per_s"]["value"] > 0


def assert_tokens_as_asked(workloads: list[dict[str, Any]]) -> None:
    """3 lengths out and 3 in, each with 1, 2 and 4 users, and prompts as long as asked: 2 % or 2 tokens."""
    assert len(workloads) == 18
    for workload in workloads:
        assert_complete(workload)
        tokens = workload["tokens"]
        asked, counted = tokens["input_asked"], tokens["input_counted"]
        assert abs(counted - asked) <= max(2, 0.02 * asked), workload["name"]


def samples(store: Path) -> list[dict[str, Any]]:
    _, out = seatrial("runs", "export", "last", store=store)
    return [json.loads(line) for line in out.splitlines()]


def test_ollama_cold_and_warm(ollama: str, tmp_path: Path) -> None:
    workloads = trial(ollama, "--suite", "cold-warm", store=tmp_path / "s.db")
    assert [w["requests"]["planned"] for w in workloads] == [10, 10, 10, 55]
    for workload in workloads:
        assert_complete(workload)
    for workload in workloads[:2]:
        cold = workload["cold"]
        assert cold["how"] == "keep_alive 0, /api/ps empty"
        assert cold["load_s"] < cold["ttft_s"]
        assert cold["penalty_s"] > 0.1


def test_ollama_tokens(ollama: str, tmp_path: Path) -> None:
    assert_tokens_as_asked(trial(ollama, *TOKENS, store=tmp_path / "s.db"))


def test_a_single_stream_agrees_with_ollamas_own_durations(ollama: str, tmp_path: Path) -> None:
    trial(ollama, "--concurrency", "1", "--requests", "15", store=tmp_path / "s.db")
    e2e_off, ttft_off = [], []
    for sample in samples(tmp_path / "s.db"):
        server, send = sample["server"], sample["t_send_s"]
        token_s = server["eval_s"] / sample["completion_tokens"]
        e2e_off.append(sample["chunk_s"][-1] - send - server["total_s"])
        ttft_off.append(sample["chunk_s"][0] - send - server["load_s"] - server["prompt_eval_s"] - token_s)
    assert abs(statistics.median(e2e_off)) < 0.003
    assert abs(statistics.median(ttft_off)) < 0.010


def test_vllm_warm_and_not_cold(vllm: str, tmp_path: Path) -> None:
    workloads = trial(vllm, "--suite", "cold-warm", store=tmp_path / "s.db")
    assert ["cold_command" in (w["skipped"] or "") for w in workloads] == [True, True, False, False]
    for workload in workloads[2:]:
        assert_complete(workload)


def test_vllm_tokens(vllm: str, tmp_path: Path) -> None:
    workloads = trial(vllm, *TOKENS, store=tmp_path / "s.db")
    assert_tokens_as_asked(workloads)
    for workload in workloads:
        level = workload["level"] if workload["group"] == "output-tokens" else 32
        assert workload["tokens"]["output_counted"] == level, "ignore_eos and min_tokens hold the length"


def test_vllm_is_made_cold_by_command(vllm: str, tmp_path: Path) -> None:
    script = Path(os.environ["SEATRIAL_LAB"]) / "vllm"
    port = vllm.rpartition(":")[2]
    spec = tmp_path / "cold.toml"
    spec.write_text(
        f"""
        [[candidates]]
        model = "{MODEL}"
        endpoint = "{vllm}"
        cold_command = "{script} down && {script} up --port {port}"
        [[workloads]]
        name = "one-cold-start"
        state = "cold"
        concurrency = 1
        requests = 3
        output_tokens = 16
        """
    )
    code, out = seatrial("run", str(spec), "--json", store=tmp_path / "s.db")
    assert code == 0
    cold = json.loads(out)["candidates"][0]["workloads"][0]["cold"]
    assert cold["how"] == "cold_command, server seen down"
    assert 1 < cold["accept_s"] <= cold["ready_s"] < cold["ttft_s"]
