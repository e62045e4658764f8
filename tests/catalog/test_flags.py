from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.catalog.flags import COMMANDS, flags_of, is_environment, is_parameter
from seatrial.domain.hardware import Gpu
from seatrial.domain.model import Weights
from seatrial.domain.plan import Layout
from seatrial.domain.values import Range
from seatrial.errors import UsageError

GPU = Gpu("H100 SXM", "NVIDIA", Range.exact(79.19 * 2**30), 3350e9)
HOST = Gpu("this computer", "CPU", Range.exact(24.0 * 2**30), 40e9)
FILE = Weights("m", "safetensors", "bf16", 1, 1, 1)
VLLM = Layout("vllm", "0.32.0", GPU, FILE, "bfloat16", "bfloat16", 8192, 256, 2048, 0.92)
LLAMA = Layout("llama.cpp", "b11434", GPU, FILE, "float16", "q8_0", 4096, 4, 512)
NAME = "org/model"


def typed(layout: Layout, model_name: str) -> str:
    """The command on one line."""
    pairs = [(flag, value) for flag, value in flags_of(layout, model_name) if not is_parameter(flag)]
    before = [f"{flag}={value}" for flag, value in pairs if is_environment(flag)]
    after = [f"{flag} {value}".strip() for flag, value in pairs if not is_environment(flag)]
    return " ".join((*before, COMMANDS[layout.engine], *after))


def test_vllm_is_told_everything_that_shapes_its_memory() -> None:
    told = replace(VLLM, tensor_parallel=2, kv_dtype="fp8", cuda_graphs=False)
    assert typed(told, NAME) == (
        "vllm serve org/model --dtype bfloat16 --max-model-len 8192 --max-num-seqs 256"
        " --max-num-batched-tokens 2048 --gpu-memory-utilization 0.92"
        " --tensor-parallel-size 2 --kv-cache-dtype fp8 --enforce-eager"
    )


def test_what_is_the_engines_own_way_is_not_said() -> None:
    names = {flag for flag, _ in flags_of(VLLM, NAME)}
    assert not names & {"--tensor-parallel-size", "--pipeline-parallel-size", "--kv-cache-dtype", "--block-size"}


def test_a_block_that_is_not_the_engines_own_is_said() -> None:
    """128 is vLLM's own on a CPU and the user's on a GPU; 16 the other way round."""
    said = [
        ("--block-size", str(block)) in flags_of(replace(VLLM, gpu=gpu, block_tokens=block), NAME)
        for gpu, block in ((GPU, 16), (GPU, 128), (HOST, 128), (HOST, 16))
    ]
    assert said == [False, True, False, True]


def test_a_pool_of_fixed_size_by_version() -> None:
    fixed = replace(VLLM, kv_cache_bytes=2 * 2**30)
    assert ("--kv-cache-memory-bytes", "2147483648") in flags_of(fixed, NAME)
    assert all(flag != "--gpu-memory-utilization" for flag, _ in flags_of(fixed, NAME))
    old = replace(fixed, engine_version="0.9.2", gpu=HOST)
    assert typed(old, NAME).startswith("VLLM_CPU_KVCACHE_SPACE=2 vllm serve org/model")
    with pytest.raises(UsageError, match="kv_cache_bytes"):
        flags_of(replace(fixed, engine_version="0.9.2"), NAME)


def test_llamacpp_fetches_from_the_hub_itself() -> None:
    assert flags_of(LLAMA, "hf:org/model:Q4_K_M")[0] == ("-hf", "org/model:Q4_K_M")


def test_ollama_reads_its_layers_from_a_modelfile_not_from_its_command() -> None:
    split = replace(LLAMA, engine="ollama", engine_version="0.33.0", gpu_layers=20)
    assert flags_of(split, NAME)[-1] == ("num_gpu", "20")
    assert typed(split, NAME).endswith(" ollama serve")


def test_llamacpp_shares_its_context_between_the_slots() -> None:
    assert typed(LLAMA, "m.gguf") == (
        "llama-server -m m.gguf -c 16384 -np 4 -ngl 999 -ub 512 -ctk q8_0 -ctv q8_0 -fa on"
    )
    assert typed(replace(LLAMA, engine_version="b5000", gpu_layers=20, kv_dtype="f16"), "m.gguf") == (
        "llama-server -m m.gguf -c 16384 -np 4 -ngl 20 -ub 512 -fa"
    )


def test_ollama_is_told_by_its_environment() -> None:
    told = replace(LLAMA, engine="ollama", engine_version="0.33.0")
    assert typed(told, "llama3.1:8b") == (
        "OLLAMA_CONTEXT_LENGTH=4096 OLLAMA_NUM_PARALLEL=4 OLLAMA_FLASH_ATTENTION=1 OLLAMA_KV_CACHE_TYPE=q8_0"
        " OLLAMA_MAX_LOADED_MODELS=1 OLLAMA_MAX_QUEUE=512 OLLAMA_KEEP_ALIVE=-1 ollama serve"
    )


def test_an_engine_without_flags_is_named() -> None:
    with pytest.raises(UsageError, match="tgi"):
        flags_of(replace(VLLM, engine="tgi"), NAME)
