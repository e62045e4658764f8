"""A config.json becomes a Model: counted exactly, cached as the engines cache it, and suspicious of bad files."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.model import Model
from seatrial.errors import UsageError
from seatrial.formats.hf_config import model_of_config
from seatrial.units import GIB

_SMALL: dict[str, Any] = json.loads((Path(__file__).parent / "architectures.json").read_text())["models"]
_REAL: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "bench" / "scoreboard" / "configs.json").read_text()
)
LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "vocab_size": 1000,
    "max_position_embeddings": 2048,
}


def real(name: str) -> Model:
    return model_of_config(_REAL[name], name)


@pytest.mark.parametrize("name", _SMALL)
def test_parameters_are_those_the_model_library_counts(name: str) -> None:
    config = _SMALL[name]["config"]
    model = model_of_config(config, name)
    assert model.parameters == _SMALL[name]["parameters"]
    assert model.source.unverified == (("attention",) if "index_n_heads" in config else ())


@pytest.mark.parametrize(
    ("name", "gib"),
    # what vLLM 0.19 logged as the model's weights on one GPU, in bf16 (its own buffers are about 0.3 %)
    [
        ("codellama/CodeLlama-7b-hf", 12.56),
        ("google/gemma-2-27b-it", 50.72),
        ("google/gemma-2-2b-it", 4.9),
        ("google/gemma-2-9b-it", 17.22),
        ("google/gemma-7b", 15.91),
        ("ibm-granite/granite-3.1-2b-instruct", 4.74),
        ("ibm-granite/granite-3.1-8b-instruct", 15.25),
        ("meta-llama/Llama-3.1-8B-Instruct", 14.99),
        ("microsoft/phi-2", 5.19),
        ("microsoft/phi-4", 27.39),
        ("mistralai/Mistral-Small-3.1-24B-Instruct-2503", 44.76),
        ("Qwen/Qwen1.5-MoE-A2.7B", 26.67),
        ("Qwen/Qwen2.5-7B-Instruct", 14.25),
        ("mistralai/Mixtral-8x7B-Instruct-v0.1", 2 * 43.51),
        ("moonshotai/Kimi-Dev-72B", 2 * 67.82),
    ],
)
def test_weights_are_those_an_engine_measured(name: str, gib: float) -> None:
    assert real(name).parameters * 2 / GIB == pytest.approx(gib, rel=0.007)


@pytest.mark.parametrize(
    ("name", "parameters", "active"),
    [
        ("openai/gpt-oss-20b", 20_914_757_184, 4_187_440_704),
        ("openai/gpt-oss-120b", 116_829_156_672, 5_711_982_912),
        ("mistralai/Mixtral-8x7B-v0.1", 46_702_792_704, 12_879_925_248),
        ("meta-llama/Llama-3.1-70B", 70_553_706_496, 70_553_706_496),
        ("Qwen/Qwen3-8B", 8_190_735_360, 8_190_735_360),
    ],
)
def test_active_parameters_leave_out_the_experts_a_token_does_not_use(
    name: str, parameters: int, active: int
) -> None:
    assert (real(name).parameters, real(name).active_parameters) == (parameters, active)


def _groups(model: Model) -> list[tuple[str, int, int, int, int | None]]:
    return [(one.kind, one.layers, one.kv_heads, one.key_dim, one.window_tokens) for one in model.attention]


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", [("full", 32, 8, 128, None)]),
        ("google/gemma-2-9b-it", [("sliding", 21, 8, 256, 4096), ("full", 21, 8, 256, None)]),
        ("openai/gpt-oss-20b", [("sliding", 12, 8, 64, 128), ("full", 12, 8, 64, None)]),
        ("gemma-4-31b", [("sliding", 50, 16, 256, 1024), ("full", 10, 4, 512, None)]),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", [("sliding", 36, 8, 128, 8192), ("full", 12, 8, 128, None)]),
        ("mistral-small-4-119b", [("mla", 36, 1, 320, None)]),
        ("qwen3.5-397b-gptq", [("recurrent", 45, 0, 0, None), ("full", 15, 2, 256, None)]),
    ],
)
def test_layers_are_grouped_by_what_they_cache(
    name: str, groups: list[tuple[str, int, int, int, int | None]]
) -> None:
    assert _groups(real(name)) == groups


def test_the_state_of_a_recurrent_layer_is_counted_whatever_the_length() -> None:
    # convolution (2 x 16 x 128 + 64 x 128) x 3 tokens in 16 bits, and 64 heads of 128 x 128 in 32 bits
    assert real("qwen3.5-397b-gptq").attention[0].state_bytes == 12288 * 3 * 2 + 64 * 128 * 128 * 4


def test_layers_that_share_a_cache_are_told_apart() -> None:
    model = model_of_config(_SMALL["gemma4-e"]["config"], "e")
    assert [(one.kind, one.layers) for one in model.attention] == [
        ("sliding", 2),
        ("full", 2),
        ("shared", 1),
        ("shared", 1),
    ]


def test_gemmas_table_of_per_layer_inputs_is_beside_the_decoder() -> None:
    assert model_of_config(_SMALL["gemma4-e"]["config"], "e").extra_parameters == 900 * 6 * 8


def test_a_window_longer_than_the_context_bounds_nothing() -> None:
    model = model_of_config(LLAMA | {"model_type": "phi3", "sliding_window": 262144}, "phi")
    assert _groups(model) == [("full", 2, 4, 16, None)]


def test_an_unknown_architecture_is_read_as_a_dense_decoder_and_that_is_said() -> None:
    plain, odd = model_of_config(LLAMA, "x"), model_of_config(LLAMA | {"model_type": "brandnew"}, "x")
    assert odd.parameters == plain.parameters
    assert "brandnew" in odd.source.text
    assert "parameters" in odd.source.unverified


def test_a_feed_forward_of_unsaid_width_is_not_left_out() -> None:
    silent = {key: value for key, value in LLAMA.items() if key != "intermediate_size"}
    assert model_of_config(silent | {"model_type": "brandnew"}, "x").ffn == 4 * 64


def test_a_tower_that_is_not_known_is_estimated_and_that_is_said() -> None:
    tower = {"model_type": "novel_vision", "hidden_size": 48, "num_hidden_layers": 2}
    model = model_of_config({"model_type": "novel", "text_config": LLAMA, "vision_config": tower}, "x")
    assert model.extra_parameters > 2 * 12 * 48 * 48
    assert model.source.unverified == ("extra_parameters",)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"hidden_size": None}, "hidden_size"),
        ({"num_hidden_layers": 10**9}, "num_hidden_layers"),
        ({"num_attention_heads": 0}, "num_attention_heads"),
        ({"vocab_size": "many"}, "vocab_size"),
        ({"num_hidden_layers": True}, "num_hidden_layers"),
        ({"layer_types": ["full_attention"]}, "2 layers"),
        ({"layer_types": ["warp_drive"] * 2}, "warp_drive"),
        ({"layer_types": "full"}, "layer_types"),
        ({"intermediate_size": -1}, "intermediate_size"),
        ({"num_local_experts": 2**60}, "num_experts"),
    ],
)
def test_an_absurd_key_is_named(change: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError) as caught:
        model_of_config(LLAMA | change, "x")
    assert named in caught.value.message


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)


@given(st.data())
def test_any_value_under_any_key_gives_a_model_or_an_error(data: st.DataObject) -> None:
    config = dict(data.draw(st.sampled_from([small["config"] for small in _SMALL.values()])))
    inner = config.get("text_config")
    target = dict(inner) if isinstance(inner, dict) and data.draw(st.booleans()) else config
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(_JSON)
    if target is not config:
        config["text_config"] = target
    with contextlib.suppress(UsageError):
        assert model_of_config(config, "x").parameters > 0


_SIGLIP = {
    "model_type": "siglip_vision_model",
    "hidden_size": 1152,
    "image_size": 896,
    "intermediate_size": 4304,
    "num_attention_heads": 16,
    "num_hidden_layers": 27,
    "patch_size": 14,
    "vision_use_head": False,
}
_CLIP = {
    "model_type": "clip_vision_model",
    "hidden_size": 1024,
    "image_size": 336,
    "intermediate_size": 4096,
    "num_attention_heads": 16,
    "num_hidden_layers": 24,
    "patch_size": 14,
    "projection_dim": 768,
}


@pytest.mark.parametrize(
    ("config", "parameters"),
    [
        # as published: what is not here, the class fills in; the totals are the hub's
        (
            {
                "model_type": "gemma3",
                "text_config": {
                    "model_type": "gemma3_text",
                    "hidden_size": 2560,
                    "intermediate_size": 10240,
                    "num_hidden_layers": 34,
                    "sliding_window": 1024,
                },
                "vision_config": _SIGLIP,
            },
            4_300_079_472,
        ),
        (
            {
                "model_type": "gemma3",
                "text_config": {
                    "model_type": "gemma3_text",
                    "head_dim": 128,
                    "hidden_size": 5376,
                    "intermediate_size": 21504,
                    "num_attention_heads": 32,
                    "num_hidden_layers": 62,
                    "num_key_value_heads": 16,
                    "sliding_window": 1024,
                },
                "vision_config": _SIGLIP,
            },
            27_432_406_640,
        ),
        (
            {
                "model_type": "llava_next",
                "text_config": {
                    "model_type": "mistral",
                    "hidden_size": 4096,
                    "intermediate_size": 14336,
                    "num_attention_heads": 32,
                    "num_hidden_layers": 32,
                    "num_key_value_heads": 8,
                    "vocab_size": 32064,
                    "max_position_embeddings": 32768,
                },
                "vision_config": _CLIP,
            },
            7_566_747_648,
        ),
        (
            {
                "model_type": "chatglm",
                "hidden_size": 4096,
                "num_layers": 40,
                "num_attention_heads": 32,
                "multi_query_attention": True,
                "multi_query_group_num": 2,
                "kv_channels": 128,
                "ffn_hidden_size": 13696,
                "padded_vocab_size": 151552,
                "seq_length": 131072,
                "add_qkv_bias": True,
                "tie_word_embeddings": False,
            },
            9_399_951_360,
        ),
    ],
)
def test_sparse_configs_as_they_are_published(config: dict[str, Any], parameters: int) -> None:
    assert model_of_config(config, "x").parameters == parameters
