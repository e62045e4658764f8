"""vLLM's memory against its own logs, from bench/scoreboard/measurements.csv (0.19.0 on H100)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.catalog.engine_memory import vllm_memory
from seatrial.domain.hardware import Gpu
from seatrial.domain.model import LayerGroup, Model
from seatrial.domain.plan import Demand, Layout
from seatrial.domain.values import Range
from seatrial.errors import UsageError
from seatrial.sizing.memory.layout import memory_of
from seatrial.sizing.memory.vllm import pool_figures
from seatrial.sizing.memory.vllm_pool import pool_of
from tests.sizing.shapes import APPLE, GIB, GPT_OSS_20B, LLAMA_8B, MLA, layout, weights

LOG_GIB = 0.005  # logs print two decimals


def dense(
    name: str, *, shape: tuple[int, int, int, int], attention: tuple[LayerGroup, ...], **more: object
) -> Model:
    layers, hidden, ffn, vocabulary = shape
    settings: dict[str, object] = {
        "name": name, "family": name, "architecture": name, "parameters": 10**9, "active_parameters": 10**9,
        "layers": layers, "hidden": hidden, "heads": attention[0].heads, "ffn": ffn, "vocabulary": vocabulary,
        "context_tokens": 8192, "attention": attention,
    }  # fmt: skip
    return Model(**(settings | more))  # type: ignore[arg-type]


QWEN_7B = dense(
    "qwen2.5-7b", shape=(28, 3584, 18944, 152064), attention=(LayerGroup("full", 28, 28, 4, 128, 128),),
    parameters=7_615_616_512, context_tokens=32768,
)  # fmt: skip
QWEN_72B = dense(
    "qwen2.5-72b", shape=(80, 8192, 29568, 152064), attention=(LayerGroup("full", 80, 64, 8, 128, 128),),
    parameters=72_706_203_648, context_tokens=32768,
)  # fmt: skip
GEMMA_2_27B = dense(
    "gemma-2-27b", shape=(46, 4608, 36864, 256000), parameters=27_227_128_320, tied_embeddings=True,
    attention=(LayerGroup("sliding", 23, 32, 16, 128, 128, 4096), LayerGroup("full", 23, 32, 16, 128, 128)),
)  # fmt: skip
GEMMA_3_27B = dense(
    "gemma-3-27b", shape=(62, 5376, 21504, 262208),
    attention=(LayerGroup("sliding", 52, 32, 16, 128, 128, 1024), LayerGroup("full", 10, 32, 16, 128, 128)),
)  # fmt: skip
SCOUT = dense(
    "scout", shape=(48, 5120, 16384, 202048), context_tokens=10_485_760, architecture="Llama4ForCausalLM",
    attention=(LayerGroup("sliding", 36, 40, 8, 128, 128, 8192), LayerGroup("full", 12, 40, 8, 128, 128)),
)  # fmt: skip
KIMI_VL = dense("kimi-vl", shape=(27, 2048, 11264, 163840), attention=(LayerGroup("mla", 27, 16, 1, 576, 0),))
QWEN_05B = dense(
    "qwen2.5-0.5b", shape=(24, 896, 4864, 151936), attention=(LayerGroup("full", 24, 14, 2, 64, 64),),
    parameters=494_032_768, tied_embeddings=True, context_tokens=32768,
)  # fmt: skip


def server(model: Model, **changes: object) -> Layout:
    """As the logs were made: the server's defaults on an H100, 95 % of its memory."""
    told: dict[str, object] = {
        "engine_version": "0.19.0", "max_num_seqs": 1024, "max_num_batched_tokens": 8192,
        "gpu_memory_utilization": 0.95,
    }  # fmt: skip
    return layout(model, **(told | changes))  # type: ignore[arg-type]


LOGGED = [
    # model, changes, weights, activation, non-torch, pool, tokens, concurrency
    (LLAMA_8B, {}, (14.99, 1.89, 0.25, 58.11, 476_016, 58.11)),
    (LLAMA_8B, {"kv_dtype": "fp8"}, (14.99, 1.89, 0.25, 58.11, 952_032, 116.21)),
    (LLAMA_8B, {"max_model_len": 32768}, (14.99, 1.89, 0.25, 58.11, 476_016, 14.53)),
    (LLAMA_8B, {"tensor_parallel": 4}, (3.77, 1.89, 2.13, 67.44, 2_209_792, 269.75)),
    (QWEN_7B, {}, (14.25, 2.21, 0.24, 58.53, 1_096_000, 133.79)),
    (QWEN_7B, {"tensor_parallel": 2}, (7.12, 2.21, 2.06, 63.84, 2_390_592, 291.82)),
    (QWEN_72B, {"tensor_parallel": 2}, (67.80, 2.29, 2.09, 3.04, 19_920, 2.43)),
    (GEMMA_2_27B, {}, (50.72, 3.66, 0.26, 20.59, 58_672, 7.16)),
]


@pytest.mark.parametrize(("model", "changes", "logged"), LOGGED)
def test_a_log_of_the_engine_is_reproduced_to_its_second_decimal(
    model: Model, changes: dict[str, object], logged: tuple[float, ...]
) -> None:
    memory = memory_of(model, server(model, **changes))
    held, peak, beside, pool, *_ = logged
    assert memory.weights.value / GIB == pytest.approx(held, abs=LOG_GIB + 0.004)
    assert memory.activation.value / GIB == pytest.approx(peak, abs=LOG_GIB + 0.004)
    assert memory.non_torch.value / GIB == pytest.approx(beside, abs=LOG_GIB + 0.01)
    assert memory.kv_pool.value / GIB == pytest.approx(pool, abs=0.02)
    assert memory.kv_pool.low <= pool * GIB <= memory.kv_pool.high


FROM_THE_POOL = [
    *((model, changes, logged[3:]) for model, changes, logged in LOGGED),
    (GPT_OSS_20B, {}, (58.47, 1_277_184, 155.75)),
    (GPT_OSS_20B, {"tensor_parallel": 2}, (59.32, 2_591_776, 316.07)),
    (SCOUT, {"tensor_parallel": 4}, (16.75, 365_968, 44.68)),
    (KIMI_VL, {"tensor_parallel": 2}, (54.78, 1_890_896, 1_890_896 / 8192)),
]


@pytest.mark.parametrize(("model", "changes", "logged"), FROM_THE_POOL)
def test_tokens_and_concurrency_follow_exactly_from_the_pool(
    model: Model, changes: dict[str, object], logged: tuple[float, int, float]
) -> None:
    pool_gib, tokens, concurrency = logged
    told, given = server(model, **changes), vllm_memory("0.19.0")
    pool = pool_of(model, told, given)
    fewest, most = (pool_figures(model, told, pool, (pool_gib + off) * GIB, given) for off in (-0.0051, 0.0051))
    assert fewest[0] <= tokens <= most[0]
    assert fewest[1] - 0.005 <= concurrency <= most[1] + 0.005


def test_layers_of_two_kinds_share_the_pool_in_groups_of_equal_size() -> None:
    told, given = server(GEMMA_3_27B), vllm_memory("0.19.0")
    pool = pool_of(GEMMA_3_27B, told, given)
    assert (pool.group_layers, pool.groups) == (10, 7)
    _, concurrency, _ = pool_figures(GEMMA_3_27B, told, pool, 16_000 * pool.block_bytes, given)
    assert concurrency == pytest.approx(4.46, abs=0.005)  # 16,000 blocks, 3,590 a request


def test_a_latent_cache_is_not_divided_by_the_ranks() -> None:
    one, two = (memory_of(KIMI_VL, server(KIMI_VL, tensor_parallel=ranks)) for ranks in (1, 2))
    assert one.kv_bytes_per_token == two.kv_bytes_per_token == 27 * 576 * 2


def test_another_gpu_and_version_out_of_sample() -> None:
    """Pull request 57926 of vLLM: Qwen2.5-0.5B on an L4 at 0.98 with 256 sequences logs 1,733,440 tokens."""
    l4 = Gpu("L4", "NVIDIA", Range(22.03 * GIB, 21.7 * GIB, 22.35 * GIB), 300e9, capability="8.9")
    told = layout(QWEN_05B, l4, engine_version="0.32.0", gpu_memory_utilization=0.98, max_model_len=2048)
    memory = memory_of(QWEN_05B, told)
    assert memory.kv_tokens == pytest.approx(1_733_440, rel=0.015)
    per_token = 24 * 2 * 2 * 64 * 2
    assert memory.kv_pool.low <= 1_733_440 * per_token <= memory.kv_pool.high


@pytest.mark.parametrize(("context", "pool_gib"), [(20_000, 3.81), (29_000, 2.89)])
def test_the_first_generation_profiles_a_whole_context(context: int, pool_gib: float) -> None:
    """On an RTX 3090 with 0.6.3: the longer the context allowed, the less is left for it."""
    card = Gpu("RTX 3090", "NVIDIA", Range.exact(23.58 * GIB), 936e9, capability="8.6")
    told = layout(LLAMA_8B, card, engine_version="0.6.3", max_model_len=context)
    memory = memory_of(LLAMA_8B, told)
    assert memory.kv_pool.value / GIB == pytest.approx(pool_gib, rel=0.03)
    assert memory.fits == (context == 20_000)


def test_graphs_are_taken_off_the_pool_since_0_21() -> None:
    before, after = (
        memory_of(LLAMA_8B, server(LLAMA_8B, engine_version=version)) for version in ("0.20.2", "0.21.0")
    )
    assert after.graphs.value == before.graphs.value > 0
    assert before.kv_pool.value - after.kv_pool.value == pytest.approx(after.graphs.value)


def test_graphs_are_captured_for_the_batch_sizes_that_can_occur() -> None:
    few, all_of_them = (memory_of(LLAMA_8B, server(LLAMA_8B, max_num_seqs=seqs)).graphs for seqs in (8, 256))
    assert all_of_them.low <= 0.91 * GIB <= all_of_them.high  # as logged
    assert few.value == pytest.approx(all_of_them.value * 5 / 51)  # 1, 2, 4, 8 and 16


def test_the_sampler_of_older_versions_took_more() -> None:
    """Qwen3-14B: 5.64 GiB in 0.15 and 0.16, 2.23 since 0.17."""
    qwen3 = dense("q", shape=(40, 5120, 17408, 151936), attention=(LayerGroup("full", 40, 40, 8, 128, 128),))
    old, new = (memory_of(qwen3, server(qwen3, engine_version=version)) for version in ("0.16.0", "0.17.0"))
    assert old.activation.value / GIB == pytest.approx(5.64, rel=0.02)
    assert new.activation.value / GIB == pytest.approx(2.23, rel=0.01)


def test_on_a_cpu_the_pool_is_what_was_asked_for() -> None:
    """The log of vLLM 0.32 for CPU with SmolLM2-135M and 2 GiB: 93,184 tokens, 45.50 x 2,048."""
    smol = dense(
        "smollm2", shape=(30, 576, 1536, 49152), attention=(LayerGroup("full", 30, 9, 3, 64, 64),),
        parameters=134_515_008, tied_embeddings=True,
    )  # fmt: skip
    host = Gpu("this computer", "CPU", Range.exact(23.54 * GIB), 40e9)
    told = layout(
        smol, host, engine_version="0.32.0", max_model_len=2048, block_tokens=128, kv_cache_bytes=2 * GIB
    )  # fmt: skip
    memory = memory_of(smol, told)
    assert (memory.kv_tokens, memory.max_concurrency_at_max_len) == (93_184, 45.5)
    assert memory.fits
    assert not memory_of(smol, replace(told, kv_cache_bytes=23 * GIB)).fits


def test_offered_users_never_make_a_layout_run_out_of_memory() -> None:
    told = server(QWEN_72B, tensor_parallel=2)
    memory = memory_of(QWEN_72B, told, Demand(4000, 1000, concurrency=500))
    assert memory.fits
    assert 4 < memory.resident_requests < 4.5  # 19,920 tokens, 4,500 of each at half of its answer; the others wait


def test_while_it_answers_a_window_holds_no_batch_beside_itself() -> None:
    """8,000 tokens: 501 blocks of the full layers, and of each of six groups 65 for the window, not 501."""
    told = server(GEMMA_3_27B, max_model_len=8192, weights=weights(GEMMA_3_27B, size=50 * GIB))
    memory = memory_of(GEMMA_3_27B, told, Demand(7800, 400, concurrency=500))
    block = 16 * 10 * 2 * 16 * 128 * 2
    assert memory.resident_requests == pytest.approx(memory.kv_pool.value / block / (500 + 6 * 65), rel=0.01)


def test_latent_attention_is_more_than_its_file_divided() -> None:
    """DeepSeek-V2-Lite on an H100 (0.19): 29.43 GiB of a file of 29.26; decoding has its copy of W_UK and W_UV."""
    told = layout(MLA, engine_version="0.19.0")
    assert memory_of(MLA, told).weights.value / GIB == pytest.approx(29.43, abs=0.08)
    split = memory_of(MLA, replace(told, tensor_parallel=4)).weights.value
    assert (
        split - memory_of(MLA, told).weights.value / 4 > 0.75 * 27 * 2048 * 576 * 2
    )  # kv_a: on every rank, in full


def test_one_request_too_long_for_the_pool_is_refused_with_what_is_missing() -> None:
    memory = memory_of(QWEN_72B, server(QWEN_72B, tensor_parallel=2, max_model_len=32768))
    missing = 32768 * memory.kv_bytes_per_token - memory.kv_pool.value
    assert memory.shortfall == pytest.approx(missing)


def test_a_share_without_room_for_the_driver_is_refused() -> None:
    assert memory_of(LLAMA_8B, server(LLAMA_8B, gpu_memory_utilization=0.99)).fits
    assert not memory_of(LLAMA_8B, server(LLAMA_8B, gpu_memory_utilization=0.999)).fits


def test_a_rounded_file_size_widens_the_pool() -> None:
    exact = server(LLAMA_8B)
    size = exact.weights.bytes
    rounded = replace(
        exact, weights=replace(weights(LLAMA_8B), low_bytes=int(0.98 * size), high_bytes=int(1.02 * size))
    )
    narrow, wide = memory_of(LLAMA_8B, exact).kv_pool, memory_of(LLAMA_8B, rounded).kv_pool
    assert wide.value == narrow.value
    assert wide.high - wide.low > 0.03 * size > narrow.high - narrow.low


def test_a_size_that_the_engine_logged_is_taken_apart_before_it_is_divided() -> None:
    """gpt-oss-20b logs 13.64 GiB on one GPU and 7.01 on each of two: the padding of its experts differs."""
    logged = replace(weights(GPT_OSS_20B, "mxfp4", int(13.64 * GIB)), part="loaded weights")
    one, two = (
        memory_of(GPT_OSS_20B, server(GPT_OSS_20B, weights=logged, tensor_parallel=ranks)).weights.value / GIB
        for ranks in (1, 2)
    )
    assert one == pytest.approx(13.64, abs=0.001)
    assert two == pytest.approx(7.01, rel=0.01)


def test_a_size_that_the_user_fixed_is_only_divided() -> None:
    """Llama 4 Scout logs 53.12 GiB on each of four GPUs, 2.5 GiB of it the rope cache."""
    fixed = replace(weights(SCOUT, size=int(4 * 53.12 * GIB)), part="given")
    memory = memory_of(SCOUT, server(SCOUT, weights=fixed, tensor_parallel=4))
    assert memory.weights.value / GIB == pytest.approx(53.12)


def test_no_room_at_all_is_a_shortfall_not_a_pool() -> None:
    memory = memory_of(QWEN_72B, server(QWEN_72B))
    assert (memory.kv_pool.value, memory.kv_tokens) == (0.0, 0)
    assert memory.shortfall > 60 * GIB


def test_what_cannot_be_told_is_said() -> None:
    with pytest.raises(UsageError, match="Apple M1"):
        memory_of(LLAMA_8B, layout(LLAMA_8B, APPLE))
    with pytest.raises(UsageError, match='kept as "q9"'):
        memory_of(LLAMA_8B, server(LLAMA_8B, kv_dtype="q9"))
    with pytest.raises(UsageError, match="tgi"):
        memory_of(LLAMA_8B, server(LLAMA_8B, engine="tgi"))
