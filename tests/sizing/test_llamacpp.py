"""llama.cpp's buffers against the sizes its own log printed.

Measured on 2026-11-21 with llama-server b11434 on a CPU (`-fit off -lv 4`): SmolLM2-135M, and files of the other
shapes whose tensors are holes. MiB, as logged.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.domain.hardware import Gpu
from seatrial.domain.model import Experts, LayerGroup, Model, Weights
from seatrial.domain.plan import Demand, Layout
from seatrial.domain.values import Range
from seatrial.sizing.memory.layout import memory_of
from seatrial.sizing.memory.llamacpp import most_gpu_layers
from seatrial.sizing.memory.llamacpp_buffers import cache_bytes, compute_bytes

MIB, GIB = 2**20, 2**30


def shape(name: str, numbers: tuple[int, ...], attention: tuple[LayerGroup, ...], **more: object) -> Model:
    layers, hidden, ffn, vocabulary = numbers
    settings: dict[str, object] = {
        "name": name, "family": name, "architecture": name, "parameters": 10**9, "active_parameters": 10**9,
        "layers": layers, "hidden": hidden, "heads": attention[0].heads, "ffn": ffn, "vocabulary": vocabulary,
        "context_tokens": 131072, "attention": attention,
    }  # fmt: skip
    return Model(**(settings | more))  # type: ignore[arg-type]


LLAMA_8B = shape(
    "8B", (32, 4096, 14336, 128256), (LayerGroup("full", 32, 32, 8, 128, 128),), parameters=8_030_261_248
)
LLAMA_1B = shape("1B", (16, 2048, 8192, 128256), (LayerGroup("full", 16, 32, 8, 64, 64),), tied_embeddings=True)
LLAMA_7B = shape("7B", (32, 4096, 11008, 32000), (LayerGroup("full", 32, 32, 32, 128, 128),))
SMOLLM = shape("135M", (30, 576, 1536, 49152), (LayerGroup("full", 30, 9, 3, 64, 64),))
GEMMA_4B = shape(
    "4B",
    (34, 2560, 10240, 262144),
    (LayerGroup("sliding", 29, 8, 4, 256, 256, 1024), LayerGroup("full", 5, 8, 4, 256, 256)),
)

QWEN3_30B = shape(
    "30B-A3B", (48, 2048, 0, 151936), (LayerGroup("full", 48, 32, 4, 128, 128),), experts=Experts(128, 8, 768, 48)
)

# model, context, slots, ubatch, KV type, flash attention: KV cache and compute buffer
LOGGED = [
    (LLAMA_8B, 4096, 1, 512, "f16", True, 512.0, 128.02),
    (LLAMA_8B, 4096, 1, 512, "f16", False, 512.0, 316.01),
    (LLAMA_8B, 2048, 4, 512, "f16", True, 1024.0, 126.02),
    (LLAMA_8B, 2048, 4, 512, "f16", False, 1024.0, 184.01),
    (LLAMA_8B, 8192, 1, 512, "q8_0", True, 544.0, 132.1),
    (LLAMA_8B, 8192, 1, 2048, "f16", True, 1024.0, 528.07),
    (LLAMA_8B, 8192, 1, 2048, "f16", False, 1024.0, 2320.05),
    (LLAMA_8B, 512, 8, 512, "q4_0", True, 144.0, 124.6),
    (LLAMA_1B, 8192, 1, 128, "f16", True, 256.0, 19.0),
    (LLAMA_1B, 4096, 1, 512, "f16", False, 128.0, 290.01),
    (LLAMA_7B, 8192, 1, 512, "f16", True, 4096.0, 112.52),
    (LLAMA_7B, 2048, 4, 512, "f16", False, 4096.0, 196.01),
    (GEMMA_4B, 4096, 1, 512, "f16", True, 80.0 + 174.0, 90.53),
    (GEMMA_4B, 2048, 4, 512, "f16", True, 160.0 + 696.0, 88.53),
    (GEMMA_4B, 2048, 4, 512, "f16", False, 160.0 + 696.0, 100.02),
    (GEMMA_4B, 8192, 1, 512, "q8_0", True, 85.0 + 92.44, 95.06),
    (GEMMA_4B, 8192, 1, 2048, "f16", False, 160.0 + 348.0, 748.08),
    (QWEN3_30B, 2048, 4, 2048, "f16", True, 768.0, 360.07),
    (QWEN3_30B, 8192, 1, 512, "f16", False, 768.0, 566.01),
    (SMOLLM, 4096, 1, 512, "f16", True, 90.0, 18.64),
    (SMOLLM, 2048, 4, 512, "f16", False, 180.0, 47.51),
    (SMOLLM, 512, 8, 512, "q4_0", True, 25.31, 15.17),
]

HOST = Gpu("this computer", "CPU", Range.exact(24.0 * GIB), 40e9)
T4 = Gpu("T4", "NVIDIA", Range(14.56 * GIB, 14.12 * GIB, 15.0 * GIB), 320e9, capability="7.5")
Q4 = Weights("8B", "gguf", "Q4_K_M", 4_920_738_944, 4_920_738_944, 4_920_738_944, embedding_bytes=295_000_000)


def server(gpu: Gpu = T4, **changes: object) -> Layout:
    told: dict[str, object] = {
        "engine": "llama.cpp", "engine_version": "b11434", "gpu": gpu, "weights": Q4, "dtype": "float16",
        "kv_dtype": "f16", "max_model_len": 4096, "max_num_seqs": 1, "max_num_batched_tokens": 512,
    }  # fmt: skip
    return Layout(**(told | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("model", "context", "slots", "ubatch", "kv", "flash", "cache_mib", "compute_mib"), LOGGED)
def test_buffers_are_those_of_the_log(
    model: Model,
    context: int,
    slots: int,
    ubatch: int,
    kv: str,
    *,
    flash: bool,
    cache_mib: float,
    compute_mib: float,
) -> None:
    told = server(HOST, max_model_len=context, max_num_seqs=slots, max_num_batched_tokens=ubatch, kv_dtype=kv)
    assert cache_bytes(model, told) / MIB == pytest.approx(cache_mib, rel=0.001)
    # Without flash attention the graphs of models that norm their queries hold a copy more.
    assert compute_bytes(model, told, flash_attention=flash) / MIB == pytest.approx(
        compute_mib, rel=0.01 if flash or model not in (GEMMA_4B, QWEN3_30B) else 0.1
    )


def test_on_a_gpu_the_input_embedding_stays_outside_and_the_driver_takes_its_part() -> None:
    memory = memory_of(LLAMA_8B, server())
    assert memory.weights.value == 4_920_738_944 - 295_000_000
    assert memory.offloaded == 295_000_000
    assert memory.kv_pool == Range.exact(512.0 * MIB)
    assert memory.non_torch.value > 0
    assert memory.fits


def test_a_latent_is_cached_once_and_a_state_for_every_slot_however_long() -> None:
    mla = shape("mla", (27, 2048, 10944, 102400), (LayerGroup("mla", 27, 16, 1, 576, 0),))
    assert cache_bytes(mla, server()) == 27 * 4096 * 576 * 2
    state = shape("ssm", (24, 2048, 8192, 50280), (LayerGroup("recurrent", 24, state_bytes=1_000_000),))
    short, long = (cache_bytes(state, server(max_model_len=n, max_num_seqs=3)) for n in (4096, 65536))
    assert short == long == 24 * 3 * 1_000_000


def test_a_window_that_llamacpp_drops_bounds_nothing() -> None:
    group = LayerGroup("sliding", 32, 32, 8, 128, 128, 4096)
    mistral = shape("m", (32, 4096, 14336, 32000), (group,), architecture="MistralForCausalLM")
    told = server(max_model_len=16384)
    assert memory_of(mistral, told).kv_pool.value == 32 * 16384 * 2 * 8 * 128 * 2


def test_experts_that_a_token_uses_widen_the_graph() -> None:
    routed = replace(LLAMA_8B, ffn=0, experts=Experts(8, 2, 14336, 32))
    assert compute_bytes(routed, server()) > compute_bytes(LLAMA_8B, server())


def test_layers_that_do_not_fit_go_to_the_computer() -> None:
    told = server(max_model_len=131072)  # 16 GiB of cache
    assert not memory_of(LLAMA_8B, told).fits
    layers = most_gpu_layers(LLAMA_8B, told)
    assert 0 < layers < LLAMA_8B.layers
    partly = memory_of(LLAMA_8B, replace(told, gpu_layers=layers))
    assert partly.fits
    assert not memory_of(LLAMA_8B, replace(told, gpu_layers=layers + 1)).fits
    whole = memory_of(LLAMA_8B, told)
    everything = Q4.bytes + whole.kv_pool.value
    assert partly.weights.value + partly.kv_pool.value + partly.offloaded == pytest.approx(everything)


def test_a_slot_holds_one_request_or_none() -> None:
    told = server(max_num_seqs=4)
    assert memory_of(LLAMA_8B, told, Demand(1000, 200, concurrency=90)).resident_requests == 4
    assert memory_of(LLAMA_8B, told, Demand(4000, 200, concurrency=1)).resident_requests == 0


def test_older_versions_keep_the_logits_of_a_whole_batch() -> None:
    """A log of 2025 for this shape: CUDA0 compute buffer size = 258.50 MiB."""
    old, new = (memory_of(LLAMA_8B, server(engine_version=version)).activation for version in ("b5000", "b11434"))
    assert old.low <= 258.5 * MIB <= old.high
    assert new.value < old.value
