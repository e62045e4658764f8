"""Whole trials on real vLLM (CPU): complete, trusted, lengths as asked, cold only by command."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.lab import lab_engine
from tests.real.trial import MODEL, TOKENS, assert_complete, assert_tokens_as_asked, seatrial, trial

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def vllm() -> Iterator[str]:
    with lab_engine("vllm") as url:
        yield url


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
