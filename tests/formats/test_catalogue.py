"""The catalogue and the reader of config.json are two roads to one model: they must meet, to the parameter."""

from typing import Any

import pytest

from seatrial.catalog.models import catalog_models
from seatrial.domain.model import Model
from seatrial.formats.hf_config import model_of_config

_TYPES = {
    "LlamaForCausalLM": "llama",
    "Phi3ForCausalLM": "phi3",
    "Gemma2ForCausalLM": "gemma2",
    "Gemma3ForCausalLM": "gemma3_text",
    "MistralForCausalLM": "mistral",
    "MixtralForCausalLM": "mixtral",
    "Qwen2ForCausalLM": "qwen2",
    "Qwen3ForCausalLM": "qwen3",
    "Qwen3MoeForCausalLM": "qwen3_moe",
    "GptOssForCausalLM": "gpt_oss",
    "GraniteForCausalLM": "granite",
    "DeepseekV2ForCausalLM": "deepseek_v2",
    "DeepseekV3ForCausalLM": "deepseek_v3",
}
_MLA = {"kv_lora_rank": 512, "qk_rope_head_dim": 64, "qk_nope_head_dim": 128, "v_head_dim": 128}
_TEXT_MODELS = {found.model.name: found.model for found in catalog_models() if found.model.architecture in _TYPES}


def _config(model: Model) -> dict[str, Any]:
    """The config.json that the model's publisher would write, as far as its shape goes."""
    group = model.attention[-1]
    windows = [one.window_tokens for one in model.attention if one.window_tokens]
    config: dict[str, Any] = {
        "model_type": _TYPES[model.architecture],
        "hidden_size": model.hidden,
        "num_hidden_layers": model.layers,
        "num_attention_heads": model.heads,
        "num_key_value_heads": group.kv_heads,
        "intermediate_size": model.ffn,
        "vocab_size": model.vocabulary,
        "max_position_embeddings": model.context_tokens,
        "tie_word_embeddings": model.tied_embeddings,
        "sliding_window": windows[0] if windows else None,
    }
    if group.kind != "mla":
        config["head_dim"] = group.key_dim
    else:
        dense = model.layers - (model.experts.layers if model.experts else 0)
        rank = 1536 if "V3" in model.architecture else None
        config |= _MLA | {"q_lora_rank": rank, "first_k_dense_replace": dense}
    if model.experts:
        config |= {
            "num_local_experts": model.experts.count,
            "num_experts_per_tok": model.experts.per_token,
            "moe_intermediate_size": model.experts.ffn,
            "n_shared_experts": model.experts.shared_ffn // model.experts.ffn,
        }
    return config


@pytest.mark.parametrize("name", _TEXT_MODELS)
def test_the_catalogue_and_a_config_agree(name: str) -> None:
    known = _TEXT_MODELS[name]
    read = model_of_config(_config(known), name)
    assert (read.parameters, read.active_parameters) == (known.parameters, known.active_parameters)
    assert {(one.kind, one.layers, one.window_tokens) for one in read.attention} == {
        (one.kind, one.layers, one.window_tokens) for one in known.attention
    }
