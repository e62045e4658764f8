from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.sizing.speed.reads import expert_imbalance, kv_read_bytes, share_of_experts, weight_bytes
from seatrial.sizing.speed.work import Batch, peak_flops, prompt_terms, step_terms, token_terms
from tests.sizing.shapes import APPLE, GPT_OSS_20B, H100, LLAMA_8B, MLA, layout, weights


def test_one_sequence_reads_all_weights_but_the_input_embedding() -> None:
    terms = step_terms(LLAMA_8B, layout(LLAMA_8B), Batch(1, 1000))
    read = 2 * (8_030_261_248 - 128256 * 4096)
    assert terms["weights"] == pytest.approx(read / 3350e9)
    assert terms["kv"] == pytest.approx(1000 * 2 * 32 * 8 * 128 * 2 / 3350e9)
    assert (terms["compute"], terms["comm"], terms["sync"], terms["experts"]) == (0, 0, 0, 0)
    assert terms["layers"] == pytest.approx(32e-6)


def test_a_tied_embedding_is_read_as_the_output_matrix() -> None:
    tied = replace(LLAMA_8B, tied_embeddings=True, parameters=LLAMA_8B.parameters - 128256 * 4096)
    assert weight_bytes(tied, weights(tied)) == weight_bytes(LLAMA_8B, weights(LLAMA_8B))


def test_eight_bit_weights_keep_sixteen_bit_embeddings() -> None:
    held = 8_030_261_248 + 2 * 128256 * 4096  # linear layers at one byte, both embeddings at two
    read = weight_bytes(LLAMA_8B, weights(LLAMA_8B, "fp8", held))
    assert read.dense == pytest.approx(8_030_261_248 - 2 * 128256 * 4096 + 2 * 128256 * 4096)


def test_mxfp4_is_the_width_of_the_experts_alone() -> None:
    experts = GPT_OSS_20B.expert_parameters
    held = round(2 * (GPT_OSS_20B.parameters - experts) + experts * 4.25 / 8)
    read = weight_bytes(GPT_OSS_20B, weights(GPT_OSS_20B, "mxfp4", held))
    assert read.experts == pytest.approx(experts * 4.25 / 8, rel=1e-6)


@pytest.mark.parametrize(("tokens", "distinct"), [(1, 4.0), (2, 7.5), (1e6, 32.0)])
def test_a_batch_picks_distinct_experts_as_a_coupon_collector(tokens: float, distinct: float) -> None:
    assert 32 * share_of_experts(GPT_OSS_20B, tokens) == pytest.approx(distinct)


def test_with_expert_parallelism_the_fullest_rank_decides() -> None:
    spread = layout(GPT_OSS_20B, tensor_parallel=4, expert_parallel=True)
    few, many = (expert_imbalance(GPT_OSS_20B, spread, share) for share in (0.2, 0.99))
    assert few > many > 1.0
    assert expert_imbalance(GPT_OSS_20B, layout(GPT_OSS_20B, tensor_parallel=4), 0.2) == 1.0


def test_a_latent_cache_is_the_same_on_every_rank_and_heads_are_divided() -> None:
    assert kv_read_bytes(MLA, layout(MLA, tensor_parallel=4), 1) == 27 * 576 * 2
    assert kv_read_bytes(LLAMA_8B, layout(LLAMA_8B, tensor_parallel=4), 1) == 131072 / 4
    assert kv_read_bytes(LLAMA_8B, layout(LLAMA_8B, tensor_parallel=16), 1) == 131072 / 8


def test_a_window_bounds_what_is_read() -> None:
    per_layer = 8 * 128 * 2
    assert kv_read_bytes(GPT_OSS_20B, layout(GPT_OSS_20B), 1000) == per_layer * (12 * 1000 + 12 * 128)


def test_multiplying_shows_only_where_reading_does_not_hide_it() -> None:
    here = layout(LLAMA_8B)
    few = step_terms(LLAMA_8B, here, Batch(8, 100))
    long = step_terms(LLAMA_8B, here, Batch(8, 100, 2048, 1024))
    assert few["compute"] == 0 < long["compute"]
    assert long["compute"] < 2 * 8.1e9 * 2056 * 1.1 / 989e12


def test_prompts_come_in_lumps_and_cost_each_token_their_share() -> None:
    here = layout(LLAMA_8B)
    alone = step_terms(LLAMA_8B, here, Batch(4, 1024 + 128))
    shared = token_terms(LLAMA_8B, here, 4, 1024, 257)
    prompt = prompt_terms(LLAMA_8B, here, 1024)
    assert shared["weights"] == alone["weights"]
    assert shared["compute"] == pytest.approx(4 / 256 * prompt["compute"], rel=0.02)
    twice = prompt_terms(LLAMA_8B, here, 4096)
    assert twice["weights"] == pytest.approx(2 * prompt["weights"])  # two chunks of 2048: two steps


def test_a_gpu_without_published_operations_gets_them_from_its_bandwidth() -> None:
    assert peak_flops(APPLE, weights(LLAMA_8B)) == pytest.approx(68e9 * 35)
    assert peak_flops(H100, weights(LLAMA_8B, "fp8", 1)) == 1978e12


def test_gpus_that_share_a_gguf_by_layers_take_turns() -> None:
    """llama.cpp on two GPUs reads, and multiplies, as fast as on one: only more fits."""
    held = replace(weights(LLAMA_8B, "Q4_K_M", 5_000_000_000), format="gguf")
    one, two = (layout(LLAMA_8B, engine="llama.cpp", weights=held, tensor_parallel=ranks) for ranks in (1, 2))
    batch = Batch(8, 1000, 2048, 1024)
    assert step_terms(LLAMA_8B, one, batch) == step_terms(LLAMA_8B, two, batch)
