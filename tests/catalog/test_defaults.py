from __future__ import annotations

import pytest

from seatrial.catalog.defaults import LATEST, engine_defaults
from seatrial.catalog.engine_memory import vllm_memory
from seatrial.catalog.flags import COLUMNS as FLAG_COLUMNS
from seatrial.catalog.gpus import all_gpus, find_gpu
from seatrial.catalog.table import read
from seatrial.catalog.versions import version_key
from seatrial.domain.hardware import Gpu
from seatrial.domain.values import Range
from seatrial.errors import UsageError

HOST = Gpu("this computer", "CPU", Range.exact(24.0 * 2**30), 40e9)


@pytest.mark.parametrize(
    ("gpu", "version", "sequences", "tokens", "share"),
    [
        ("H100 SXM", "0.19.0", 1024, 8192, 0.9),
        ("H100 SXM", "0.32.0", 1024, 8192, 0.92),
        ("A100 80GB SXM", "0.32.0", 256, 2048, 0.92),  # by its name, whatever its memory
        ("B200", "0.32.0", 1024, 16384, 0.92),
        ("L4", "0.32.0", 256, 2048, 0.92),
        ("H100 SXM", "0.6.3", 256, 2048, 0.9),
    ],
)
def test_vllm_by_device_and_version(gpu: str, version: str, sequences: int, tokens: int, share: float) -> None:
    found = engine_defaults("vllm", version, find_gpu(gpu))
    assert (found.max_num_seqs, found.max_num_batched_tokens) == (sequences, tokens)
    assert found.gpu_memory_utilization == share
    assert found.context_tokens is None


def test_vllm_on_a_cpu() -> None:
    found = engine_defaults("vllm", "0.32.0", HOST)
    assert (found.max_num_seqs, found.max_num_batched_tokens, found.block_tokens) == (128, 2048, 128)


@pytest.mark.parametrize(
    ("gpu", "count", "context"),
    [("T4", 1, 4096), ("RTX 4090", 1, 32768), ("RTX 4090", 2, 262144), ("H100 SXM", 1, 262144)],
)
def test_ollamas_context_goes_by_the_memory_of_all_gpus(gpu: str, count: int, context: int) -> None:
    assert engine_defaults("ollama", "0.33.0", find_gpu(gpu), count).context_tokens == context
    assert engine_defaults("ollama", "0.11.4", find_gpu(gpu), count).context_tokens == 4096


def test_every_engine_has_defaults_on_every_device() -> None:
    for engine, version in LATEST.items():
        for gpu in (*all_gpus(), HOST):
            assert engine_defaults(engine, version, gpu).max_num_seqs > 0


def test_every_version_of_vllm_has_one_row_of_coefficients() -> None:
    for minor in range(4, 40):
        assert vllm_memory(f"0.{minor}.0").logits_factor > 0
    assert vllm_memory("0.19.0").activation_spread < vllm_memory("0.15.0").activation_spread


def test_flags_are_read_and_checked() -> None:
    assert {row["engine"] for row in read("engine_flags.csv", FLAG_COLUMNS)} == set(LATEST)


def test_versions_compare_by_their_numbers() -> None:
    texts = ["0.6.3 (V0)", "0.8", "0.10.2", "0.19.0", "1.0", "b11434", "main"]
    assert [version_key(text) for text in texts] == sorted(version_key(text) for text in texts)


def test_llamacpp_counts_builds_however_they_are_packed() -> None:
    texts = ["b5000", "b11434", "11434.0.0", "2026.10.11549", "b0-unknown"]
    keys = [version_key(text, "llama.cpp") for text in texts]
    assert keys == [(5000,), (11434,), (11434,), (11549,), version_key("0.6.0-dev", "llama.cpp")]


def test_an_unknown_engine_is_named() -> None:
    with pytest.raises(UsageError, match="tgi"):
        engine_defaults("tgi", "1", HOST)
