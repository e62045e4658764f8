from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.model import LayerGroup
from seatrial.errors import UsageError
from seatrial.sizing.memory.kv import kv_bytes, kv_bytes_per_token, layer_bytes, splits
from tests.sizing.shapes import GPT_OSS_20B, LLAMA_8B, MLA


def test_bytes_per_token_of_the_known_kinds() -> None:
    assert kv_bytes_per_token(LLAMA_8B, "bfloat16") == 2 * 32 * 8 * 128 * 2
    assert kv_bytes_per_token(LLAMA_8B, "fp8", tensor_parallel=2) == 2 * 32 * 4 * 128
    assert kv_bytes_per_token(MLA, "bfloat16", tensor_parallel=4) == 27 * 576 * 2
    assert kv_bytes_per_token(GPT_OSS_20B, "bfloat16") == 2 * 12 * 8 * 64 * 2  # the layers that keep every token


def test_ggml_formats_come_in_blocks() -> None:
    f16, q8, q4 = (kv_bytes_per_token(LLAMA_8B, kind) for kind in ("f16", "q8_0", "q4_0"))
    assert (q8 / f16, q4 / f16) == (0.53125, 0.28125)


def test_fewer_heads_than_ranks_are_copied() -> None:
    assert layer_bytes(LLAMA_8B.attention[0], "bfloat16", 16) == layer_bytes(LLAMA_8B.attention[0], "bfloat16", 8)


def test_which_ranks_can_have_the_same_heads() -> None:
    """phi-4 has 40 heads and 10 KV heads: vLLM refuses four ranks, and eight."""
    phi = replace(LLAMA_8B, heads=40, attention=(LayerGroup("full", 40, 40, 10, 128, 128),))
    assert [ranks for ranks in (1, 2, 3, 4, 5, 8, 10, 20) if splits(phi, ranks)] == [1, 2, 5, 10, 20]
    assert [ranks for ranks in (2, 16, 32, 64) if splits(LLAMA_8B, ranks)] == [2, 16, 32]
    assert splits(MLA, 16)  # one latent, the same on every rank


def test_a_window_bounds_what_a_request_takes() -> None:
    one_layer = 2 * 8 * 64 * 2
    assert kv_bytes(GPT_OSS_20B, "bfloat16", 1, 10_000, 500) == 12 * one_layer * (10_000 + 127 + 500)


@given(tokens=st.integers(1, 10**6), more=st.integers(0, 10**5), ranks=st.sampled_from([1, 2, 4, 8]))
def test_more_tokens_never_take_less(tokens: int, more: int, ranks: int) -> None:
    for model in (LLAMA_8B, GPT_OSS_20B, MLA):
        assert kv_bytes(model, "bfloat16", ranks, tokens) <= kv_bytes(model, "bfloat16", ranks, tokens + more)


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        kv_bytes_per_token(LLAMA_8B, "q8")
    assert "q8_0" in caught.value.hint
