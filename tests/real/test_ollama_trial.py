"""Whole trials on real Ollama: complete, trusted, and in agreement with Ollama itself."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.lab import lab_engine
from tests.real.trial import TOKENS, assert_complete, assert_tokens_as_asked, samples, trial

pytestmark = pytest.mark.real
ATTEMPTS = 3


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
    """A computer busy with other things delays what lies between the two clocks: then it is measured again."""
    for attempt in range(ATTEMPTS):
        store = tmp_path / f"{attempt}.db"
        trial(ollama, "--concurrency", "1", "--requests", "15", store=store)
        e2e_off, ttft_off = [], []
        for sample in samples(store):
            server, send = sample["server"], sample["t_send_s"]
            token_s = server["eval_s"] / sample["completion_tokens"]
            e2e_off.append(sample["chunk_s"][-1] - send - server["total_s"])
            ttft_off.append(sample["chunk_s"][0] - send - server["load_s"] - server["prompt_eval_s"] - token_s)
        off = abs(statistics.median(e2e_off)), abs(statistics.median(ttft_off))
        print(f"single stream: e2e {1e3 * off[0]:.1f} ms and TTFT {1e3 * off[1]:.1f} ms from Ollama's own")
        if off[0] < 0.003 and off[1] < 0.010:
            return
    pytest.fail(f"in none of {ATTEMPTS} runs did the client agree with Ollama")
