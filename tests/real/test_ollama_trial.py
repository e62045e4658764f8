"""Whole trials on real Ollama: complete, trusted, and in agreement with Ollama itself."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.lab import lab_engine
from tests.real.trial import TOKENS, assert_complete, assert_tokens_as_asked, samples, trial

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def ollama() -> Iterator[str]:
    with lab_engine("ollama") as url:
        yield url


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
