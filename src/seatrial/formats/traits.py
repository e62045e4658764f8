"""What a config.json leaves unsaid: the habits of each architecture, as rows.

Read in the model classes of the transformers library (5.19); the counts that follow from them are the counts that
library gives for the same configs. A key in the config always wins over a habit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

QkNorm = Literal["none", "head", "whole"]


@dataclass(frozen=True, slots=True)
class Traits:
    """One architecture.

    `norms` counts vectors of the hidden width in a layer; `norm_bias` that each has a second one. `qkv_bias`,
    `out_bias` and `mlp_bias` hold where the config is silent; `key_sets_out_bias` says whether its attention_bias
    means the output too. `qk_norm` is per head (a vector of the head size each for Q and K) or over the whole
    projection. `tied` holds where the config has no tie_word_embeddings. `sinks`: one learned number per Q head.
    `missing` are values that published configs leave to the class.
    """

    family: str
    norms: int = 2
    norm_bias: bool = False
    qkv_bias: bool = False
    out_bias: bool = False
    mlp_bias: bool = False
    head_bias: bool = False
    key_sets_out_bias: bool = True
    qk_norm: QkNorm = "none"
    gated: bool = True
    tied: bool = False
    router_bias: bool = False
    expert_bias: bool = False
    sinks: bool = False
    learned_positions: bool = False
    missing: Mapping[str, int] = field(default_factory=dict)


PLAIN = Traits("")
_LAYER_NORM = Traits("", norm_bias=True, qkv_bias=True, out_bias=True, mlp_bias=True, gated=False)
_FALCON = replace(_LAYER_NORM, family="falcon", norms=1, qkv_bias=False, out_bias=False, mlp_bias=False, tied=True)
_GEMMA3 = {
    "vocab_size": 262208,
    "num_attention_heads": 8,
    "num_key_value_heads": 4,
    "head_dim": 256,
    "max_position_embeddings": 131072,
    "sliding_window": 4096,
}
_GEMMA4 = _GEMMA3 | {
    "vocab_size": 262144,
    "sliding_window": 512,
    "global_head_dim": 512,
    "hidden_size_per_layer_input": 256,
    "vocab_size_per_layer_input": 262144,
}
_GEMMA3N = _GEMMA3 | {
    "altup_num_inputs": 4,
    "laurel_rank": 64,
    "vocab_size": 262400,
    "num_key_value_heads": 2,
    "max_position_embeddings": 32768,
    "sliding_window": 512,
    "num_kv_shared_layers": 15,
    "hidden_size_per_layer_input": 256,
    "vocab_size_per_layer_input": 262144,
}
_QWEN = replace(PLAIN, family="qwen", qkv_bias=True)
_QWEN3 = replace(PLAIN, family="qwen3", qk_norm="head")
_LINEAR = {
    "linear_conv_kernel_dim": 4,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_num_key_heads": 16,
    "linear_num_value_heads": 32,
    "full_attention_interval": 4,
}
_QWEN35 = replace(_QWEN3, family="qwen3.5", missing=_LINEAR | {"vocab_size": 248320, "head_dim": 256})
_MLA = replace(PLAIN, family="deepseek", router_bias=True)

TRAITS: dict[str, Traits] = {
    "llama": replace(PLAIN, family="llama"),
    "mistral": replace(PLAIN, family="mistral"),
    "ministral": replace(PLAIN, family="mistral"),
    "ministral3": replace(PLAIN, family="mistral"),
    "mistral4": replace(PLAIN, family="mistral"),
    "mixtral": replace(PLAIN, family="mixtral"),
    "yi": replace(PLAIN, family="yi"),
    "internlm2": replace(PLAIN, family="internlm"),
    "baichuan": replace(PLAIN, family="baichuan"),
    "aquila": replace(PLAIN, family="aquila"),
    "qwen2": _QWEN,
    "qwen2_vl": _QWEN,
    "qwen2_5_vl": _QWEN,
    "qwen2_vl_text": _QWEN,
    "qwen2_5_vl_text": _QWEN,
    "qwen2_moe": _QWEN,
    "qwen3": _QWEN3,
    "qwen3_moe": _QWEN3,
    "qwen3_vl_text": _QWEN3,
    "qwen3_vl_moe_text": replace(_QWEN3, tied=True),
    "qwen3_next": replace(_QWEN3, family="qwen3-next", missing=_LINEAR | {"head_dim": 256}),
    "qwen3_5_text": _QWEN35,
    "qwen3_5_moe_text": _QWEN35,
    "gemma": replace(PLAIN, family="gemma", tied=True),
    "gemma2": replace(
        PLAIN, family="gemma2", norms=4, tied=True, missing={"head_dim": 256, "sliding_window": 4096}
    ),
    "gemma3_text": replace(PLAIN, family="gemma3", norms=4, qk_norm="head", tied=True, missing=_GEMMA3),
    "gemma3n_text": replace(PLAIN, family="gemma3n", norms=4, qk_norm="head", tied=True, missing=_GEMMA3N),
    "gemma4_text": replace(PLAIN, family="gemma4", norms=4, qk_norm="head", tied=True, missing=_GEMMA4),
    "phi": replace(_LAYER_NORM, family="phi", norms=1, head_bias=True),
    "phi3": replace(PLAIN, family="phi3"),
    "phi4mm": replace(PLAIN, family="phi3", tied=True),
    "phi4_multimodal": replace(PLAIN, family="phi3", tied=True),
    "phimoe": replace(PLAIN, family="phi3", norm_bias=True),
    "falcon": _FALCON,
    "gpt_neox": replace(_LAYER_NORM, family="gpt-neox"),
    "gpt2": replace(_LAYER_NORM, family="gpt2", tied=True, learned_positions=True),
    "gpt_bigcode": replace(_LAYER_NORM, family="starcoder", tied=True, learned_positions=True),
    "starcoder2": replace(_LAYER_NORM, family="starcoder", tied=True),
    "opt": replace(_LAYER_NORM, family="opt", tied=True),
    "stablelm": replace(PLAIN, family="stablelm", norm_bias=True),
    "nemotron": replace(PLAIN, family="nemotron", norm_bias=True, gated=False),
    "granite": replace(PLAIN, family="granite"),
    "granitemoe": replace(PLAIN, family="granite"),
    "granitemoeshared": replace(PLAIN, family="granite"),
    "granitemoehybrid": replace(PLAIN, family="granite"),
    "gpt_oss": replace(
        PLAIN,
        family="gpt-oss",
        qkv_bias=True,
        out_bias=True,
        router_bias=True,
        expert_bias=True,
        sinks=True,
        missing={"head_dim": 64, "sliding_window": 128},
    ),
    "deepseek_v2": replace(_MLA, router_bias=False),
    "deepseek_v3": _MLA,
    "deepseek_v32": _MLA,
    "kimi_k2": replace(_MLA, family="kimi"),
    "kimi_linear": replace(_MLA, family="kimi"),
    "glm": replace(PLAIN, family="glm", qkv_bias=True, key_sets_out_bias=False, missing={"head_dim": 128}),
    "glm4": replace(
        PLAIN, family="glm", norms=4, qkv_bias=True, key_sets_out_bias=False, missing={"head_dim": 128}
    ),
    "chatglm": replace(PLAIN, family="glm", qkv_bias=True, key_sets_out_bias=False),
    "glm4_moe": replace(PLAIN, family="glm", router_bias=True, key_sets_out_bias=False, missing={"head_dim": 128}),
    "glm4_moe_lite": replace(_MLA, family="glm"),
    "glm_moe_dsa": replace(_MLA, family="glm"),
    "kimi_k25": replace(_MLA, family="kimi"),
    "minimax_m2": replace(PLAIN, family="minimax", qk_norm="whole", router_bias=True),
    "llama4_text": replace(
        PLAIN, family="llama4", missing={"interleave_moe_layer_step": 1, "attention_chunk_size": 8192}
    ),
    "olmo": replace(PLAIN, family="olmo", norms=0),
    "olmo2": replace(PLAIN, family="olmo", qk_norm="whole"),
    "olmo3": replace(PLAIN, family="olmo", qk_norm="whole"),
    "olmoe": replace(PLAIN, family="olmo", qk_norm="whole"),
    "cohere": replace(PLAIN, family="cohere", norms=1, tied=True),
    "cohere2": replace(PLAIN, family="cohere", norms=1, tied=True),
    "smollm3": replace(PLAIN, family="smollm", tied=True),
    "exaone4": replace(PLAIN, family="exaone", qk_norm="head"),
    "ernie4_5": replace(PLAIN, family="ernie", tied=True),
    "ernie4_5_moe": replace(PLAIN, family="ernie", tied=True, router_bias=True),
    "hunyuan_v1_dense": replace(PLAIN, family="hunyuan", qk_norm="head"),
    "hunyuan_v1_moe": replace(PLAIN, family="hunyuan", qk_norm="head"),
    "seed_oss": replace(PLAIN, family="seed", qkv_bias=True, key_sets_out_bias=False),
    "arcee": replace(PLAIN, family="arcee", gated=False),
    "mamba": replace(PLAIN, family="mamba", norms=1, tied=True),
    "falcon_mamba": replace(PLAIN, family="mamba", norms=1, tied=True),
    "mamba2": replace(PLAIN, family="mamba", norms=1),
    "falcon_h1": replace(PLAIN, family="falcon-h1"),
    "bamba": replace(PLAIN, family="bamba"),
    "jamba": replace(PLAIN, family="jamba"),
    "nemotron_h": replace(PLAIN, family="nemotron-h", norms=1, gated=False, router_bias=True),
    "lfm2": replace(PLAIN, family="lfm2", qk_norm="head", tied=True),
    "lfm2_moe": replace(PLAIN, family="lfm2", qk_norm="head", tied=True),
}


def traits_of(model_type: str) -> Traits | None:
    """The habits of an architecture, or None for one that is not in the table."""
    return TRAITS.get(model_type)
