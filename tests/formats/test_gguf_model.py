"""A GGUF header becomes a Model and Weights, as llama.cpp would load it."""

import contextlib
import struct
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.model import Model, Weights
from seatrial.errors import UsageError
from seatrial.formats.gguf import Gguf, read_gguf
from seatrial.formats.gguf_model import model_of_gguf

from .gguf_files import LLAMA_KEYS, LLAMA_TENSORS, gguf, layer, reader

Tensors = dict[str, tuple[Sequence[int], str]]


def header(keys: dict[str, Any], tensors: Tensors) -> Gguf:
    data = gguf(keys, tensors)
    return read_gguf(reader(data), len(data))


def model(keys: dict[str, Any], tensors: Tensors) -> Model:
    return model_of_gguf(header(keys, tensors), "x")[0]


def weights(keys: dict[str, Any], tensors: Tensors) -> Weights:
    return model_of_gguf(header(keys, tensors), "x")[1]


def other(architecture: str, **changes: Any) -> dict[str, Any]:
    """The keys of a llama, under another architecture's name."""
    keys = {key.replace("llama.", f"{architecture}."): item for key, item in LLAMA_KEYS.items()}
    return keys | {"general.architecture": architecture} | {f"{architecture}.{k}": v for k, v in changes.items()}


def test_parameters_are_the_elements_and_bytes_are_those_of_the_blocks() -> None:
    found, size = model_of_gguf(header(LLAMA_KEYS, LLAMA_TENSORS), "x")
    one_layer = 2 * 256 * 256 + 2 * 128 * 256 + 3 * 512 * 256 + 2 * 256
    assert found.parameters == found.active_parameters == 3 * 256 + 2 * one_layer + 256
    q6 = (3 * 256 + 2 * (128 * 256 + 512 * 256)) // 256 * 210
    q4 = 2 * (2 * 256 * 256 + 128 * 256 + 2 * 512 * 256) // 256 * 144
    assert dict(size.tensor_bytes) == {"Q4_K": q4, "Q6_K": q6, "F32": 5 * 256 * 4}
    assert (size.bytes, size.exact, size.quant) == (q4 + q6 + 5 * 256 * 4, True, "Q4_K_M")
    assert size.embedding_bytes == 3 * 210


def test_shape() -> None:
    found = model(LLAMA_KEYS, LLAMA_TENSORS)
    (group,) = found.attention
    assert (group.kind, group.layers, group.heads, group.kv_heads, group.key_dim) == ("full", 2, 4, 2, 64)
    assert (found.layers, found.hidden, found.ffn, found.vocabulary) == (2, 256, 512, 3)
    assert found.tied_embeddings
    assert not model(LLAMA_KEYS, LLAMA_TENSORS | {"output.weight": ((256, 3), "Q6_K")}).tied_embeddings


@pytest.mark.parametrize(
    ("architecture", "changes", "windows"),
    [
        ("gemma2", {"attention.sliding_window": 64}, [64, None]),
        ("gpt-oss", {"attention.sliding_window": 64}, [64, None]),
        ("gemma3", {"attention.sliding_window": 64}, [64]),
        ("gemma3", {"attention.sliding_window": 64, "attention.sliding_window_pattern": 2}, [64, None]),
        (
            "brandnew",
            {"attention.sliding_window": 64, "attention.sliding_window_pattern": [False, True]},
            [None, 64],
        ),
        ("phi3", {"attention.sliding_window": 64}, [None]),  # llama.cpp attends in full there
        ("gemma2", {"attention.sliding_window": 4096}, [None]),  # longer than the context
    ],
)
def test_sliding_windows(architecture: str, changes: dict[str, Any], windows: list[int | None]) -> None:
    found = model(other(architecture, **changes), LLAMA_TENSORS)
    assert [group.window_tokens for group in found.attention] == windows


def test_kv_heads_and_head_sizes_may_differ_by_layer() -> None:
    keys = other("brandnew", **{"attention.head_count_kv": [1, 2], "attention.key_length": 96})
    found = model(keys, LLAMA_TENSORS)
    assert [(group.layers, group.kv_heads, group.key_dim, group.value_dim) for group in found.attention] == [
        (1, 1, 96, 64),
        (1, 2, 96, 64),
    ]


def test_experts_come_from_the_stacked_tensors() -> None:
    routed: Tensors = {
        "blk.0.ffn_gate_exps.weight": ((256, 128, 8), "MXFP4"),
        "blk.0.ffn_up_exps.weight": ((256, 128, 8), "MXFP4"),
        "blk.0.ffn_down_exps.weight": ((128, 256, 8), "MXFP4"),
        "blk.0.ffn_down_shexp.weight": ((64, 256), "Q8_0"),
    }
    found = model(other("qwen3moe", expert_used_count=2), LLAMA_TENSORS | routed)
    assert found.experts is not None
    assert (found.experts.count, found.experts.per_token, found.experts.ffn, found.experts.shared_ffn) == (
        8,
        2,
        128,
        64,
    )
    assert found.parameters - found.active_parameters == 6 * 3 * 256 * 128
    assert found.expert_parameters == 8 * 3 * 256 * 128


def test_latent_attention_is_cached_as_one_vector_where_the_file_is_made_for_it() -> None:
    latent = {"attention.kv_lora_rank": 512, "rope.dimension_count": 64, "attention.key_length": 192}
    (new,) = model(other("deepseek2", **latent, **{"attention.key_length_mla": 192}), LLAMA_TENSORS).attention
    (old,) = model(other("deepseek2", **latent), LLAMA_TENSORS).attention
    assert (new.kind, new.key_dim, new.value_dim) == ("mla", 576, 0)
    assert (old.kind, old.key_dim, old.value_dim) == ("full", 192, 64)


def test_recurrent_layers_keep_a_state_in_32_bits() -> None:
    ssm: Tensors = {"blk.0.ssm_conv1d.weight": ((4, 640), "F32"), "blk.0.ssm_out.weight": ((512, 256), "Q4_K")}
    keys = other(
        "granitehybrid",
        **{
            "attention.head_count_kv": [0, 2],
            "ssm.inner_size": 512,
            "ssm.state_size": 64,
            "ssm.group_count": 1,
            "ssm.conv_kernel": 4,
        },
    )
    found = model(keys, {"token_embd.weight": ((256, 3), "Q6_K"), **ssm, **layer(1)})
    assert [group.kind for group in found.attention] == ["recurrent", "full"]
    assert found.attention[0].state_bytes == 4 * (3 * (512 + 2 * 64) + 64 * 512)


def test_a_picture_encoder_in_the_file_is_beside_the_decoder() -> None:
    found = model_of_gguf(header(LLAMA_KEYS, LLAMA_TENSORS | {"v.patch_embd.weight": ((64, 32), "F16")}), "x")
    assert found[0].extra_parameters == 64 * 32
    assert found[1].part == "model+projector"


def test_the_parts_of_a_split_file_are_added() -> None:
    first = header(LLAMA_KEYS | {"split.count": 2}, {**layer(0), "token_embd.weight": ((256, 3), "Q6_K")})
    second = header({"split.count": 2}, {**layer(1), "output_norm.weight": ((256,), "F32")})
    assert model_of_gguf(first, "x", [second])[1].bytes == weights(LLAMA_KEYS, LLAMA_TENSORS).bytes
    with pytest.raises(UsageError, match="one of 2 parts"):
        model_of_gguf(first, "x")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "general.architecture"),
        ({"general.architecture": "clip"}, "projector"),
        (LLAMA_KEYS | {"general.type": "adapter"}, "adapter"),
        ({"general.architecture": "llama"}, "block_count"),
        (LLAMA_KEYS | {"llama.block_count": 4_000_000_000}, "block_count"),
        (LLAMA_KEYS | {"llama.embedding_length": "wide"}, "embedding_length"),
    ],
)
def test_what_is_no_model_is_refused(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        model(keys, LLAMA_TENSORS)


def test_a_vocabulary_alone_is_no_model() -> None:
    with pytest.raises(UsageError, match="no weights"):
        model(LLAMA_KEYS, {})


_ITEM = st.one_of(
    st.integers(0, 2**32 - 1),
    st.booleans(),
    st.text(max_size=5),
    st.lists(st.integers(0, 2**32 - 1), max_size=4),
    st.floats(width=32),
)


@given(
    st.sampled_from(["llama", "gemma3", "deepseek2", "mamba", "lfm2", "qwen3next"]),
    st.dictionaries(
        st.sampled_from(
            [
                "block_count",
                "embedding_length",
                "attention.head_count",
                "attention.head_count_kv",
                "attention.key_length",
                "attention.kv_lora_rank",
                "attention.key_length_mla",
                "attention.sliding_window",
                "attention.sliding_window_pattern",
                "attention.shared_kv_layers",
                "nextn_predict_layers",
                "ssm.state_size",
                "ssm.inner_size",
                "expert_used_count",
                "context_length",
            ]
        ),
        _ITEM,
        max_size=4,
    ),
    st.booleans(),
)
def test_any_value_under_any_key_gives_a_model_or_an_error(
    architecture: str, changes: dict[str, Any], recurrent: bool
) -> None:
    extra: Tensors = {"blk.0.ssm_out.weight": ((512, 256), "Q4_K")} if recurrent else {}
    with contextlib.suppress(UsageError, struct.error):
        assert model(other(architecture, **changes), LLAMA_TENSORS | extra).parameters > 0
