from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.catalog.defaults import engine_defaults
from seatrial.domain.hardware import Gpu
from seatrial.domain.model import LayerGroup, Model, Weights
from seatrial.domain.plan import Layout
from seatrial.domain.values import Range
from seatrial.sizing.memory.layout import memory_of
from seatrial.sizing.memory.ollama import (
    automatic_batch,
    predicted_bytes,
    settled,
)
from tests.sizing.shapes import GIB, LLAMA_8B

T4 = Gpu("T4", "NVIDIA", Range(14.56 * GIB, 14.12 * GIB, 15.0 * GIB), 320e9, capability="7.5")
A100 = Gpu("A100 80GB PCIe", "NVIDIA", Range(79.2 * GIB, 79.1 * GIB, 79.3 * GIB), 1935e9, capability="8.0")
LLAMA_70B = Model(
    name="llama-3.1-70b-instruct",
    family="llama3.1",
    architecture="LlamaForCausalLM",
    parameters=70_553_706_496,
    active_parameters=70_553_706_496,
    layers=80,
    hidden=8192,
    heads=64,
    ffn=28672,
    vocabulary=128256,
    context_tokens=131072,
    attention=(LayerGroup("full", 80, 64, 8, 128, 128),),
)


def tag(model: Model, gpu: Gpu, file_bytes: int, **changes: object) -> Layout:
    file = Weights(model.name, "gguf", "Q4_K_M", file_bytes, file_bytes, file_bytes)
    told: dict[str, object] = {
        "engine": "ollama", "engine_version": "0.33.0", "gpu": gpu, "weights": file, "dtype": "float16",
        "kv_dtype": "f16", "max_model_len": 4096, "max_num_seqs": 1, "max_num_batched_tokens": 512,
    }  # fmt: skip
    return Layout(**(told | changes))  # type: ignore[arg-type]


SMALL = tag(LLAMA_8B, T4, 4_920_738_944)
LARGE = tag(LLAMA_70B, A100, 42_520_398_176)


def test_8b_on_a_t4_is_wholly_on_the_gpu_with_its_short_default() -> None:
    assert engine_defaults("ollama", SMALL.engine_version, T4).context_tokens == 4096
    memory = memory_of(LLAMA_8B, SMALL)
    assert memory.fits
    assert memory.kv_pool.value == 0.5 * GIB


def test_70b_on_an_a100_does_not_hold_the_context_it_is_given_by_default() -> None:
    """42.5 GB of file and 40 GiB of cache at the model's 131,072 tokens; at the next step down all fits."""
    fits = [memory_of(LLAMA_70B, replace(LARGE, max_model_len=n)).fits for n in (131072, 32768, 4096)]
    assert fits == [False, True, True]


def test_the_batch_grows_with_the_context_while_memory_is_left() -> None:
    small = [
        automatic_batch(LLAMA_8B, tag(LLAMA_8B, A100, 5 * 10**9, max_model_len=n)) for n in (4096, 8192, 65536)
    ]
    assert small == [512, 1024, 2048]
    assert automatic_batch(LLAMA_70B, replace(LARGE, max_model_len=131072)) == 512


def test_a_batch_of_the_users_and_an_older_version_are_left_alone() -> None:
    asked = replace(LARGE, max_model_len=32768, max_num_batched_tokens=256)
    assert settled(LLAMA_70B, asked).max_num_batched_tokens == 256
    old = replace(LARGE, max_model_len=32768, engine_version="0.11.4")
    assert settled(LLAMA_70B, old).max_num_batched_tokens == 512


def test_a_context_beyond_the_models_is_cut() -> None:
    short = replace(LLAMA_8B, context_tokens=8192)
    assert memory_of(short, replace(SMALL, max_model_len=65536)).kv_tokens == 8192


def test_ollamas_own_prediction_knows_file_and_context_only() -> None:
    assert predicted_bytes(LLAMA_8B, SMALL) == 4_920_738_944 + 2 * 32 * 8 * 128 * 4096 * 2
    assert predicted_bytes(LLAMA_8B, replace(SMALL, kv_dtype="q8_0")) == predicted_bytes(LLAMA_8B, SMALL)


def test_a_recurrent_model_is_served_one_at_a_time() -> None:
    state = replace(LLAMA_8B, attention=(LayerGroup("recurrent", 32, state_bytes=10**6),))
    assert memory_of(state, replace(SMALL, max_num_seqs=4)).max_concurrency_at_max_len == 1


@pytest.mark.parametrize(("slots", "cache_gib"), [(1, 0.5), (4, 2.0)])
def test_parallel_requests_multiply_the_cache(slots: int, cache_gib: float) -> None:
    assert memory_of(LLAMA_8B, replace(SMALL, max_num_seqs=slots)).kv_pool.value == cache_gib * GIB
