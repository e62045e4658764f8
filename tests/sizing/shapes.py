"""Models and GPUs whose figures are known well enough to type: what the sizing tests are about."""

from __future__ import annotations

from seatrial.domain.hardware import Gpu
from seatrial.domain.model import Experts, LayerGroup, Model, Weights
from seatrial.domain.plan import Layout, Memory
from seatrial.domain.values import Range

GIB = 2**30
H100 = Gpu(
    "H100 SXM",
    "NVIDIA",
    Range(79.19 * GIB, 79.14 * GIB, 79.24 * GIB),
    3350e9,
    (("f16", 989e12), ("fp8", 1978e12), ("int8", 1978e12)),
    link_bytes_per_s=450e9,
    capability="9.0",
    bf16=True,
)
UNSEEN = Gpu("Unseen 1", "NVIDIA", Range.exact(40 * GIB), 1000e9, (("f16", 200e12),))
APPLE = Gpu("Apple M1", "Apple", None, 68e9)
LLAMA_8B = Model(
    name="llama-3.1-8b-instruct",
    family="llama3.1",
    architecture="LlamaForCausalLM",
    parameters=8_030_261_248,
    active_parameters=8_030_261_248,
    layers=32,
    hidden=4096,
    heads=32,
    ffn=14336,
    vocabulary=128256,
    context_tokens=131072,
    attention=(LayerGroup("full", 32, 32, 8, 128, 128),),
)
GPT_OSS_20B = Model(
    name="gpt-oss-20b",
    family="gpt-oss",
    architecture="GptOssForCausalLM",
    parameters=20_914_757_184,
    active_parameters=4_187_440_704,
    layers=24,
    hidden=2880,
    heads=64,
    ffn=0,
    vocabulary=201088,
    context_tokens=131072,
    attention=(LayerGroup("full", 12, 64, 8, 64, 64), LayerGroup("sliding", 12, 64, 8, 64, 64, 128)),
    experts=Experts(32, 4, 2880, 24),
)
MLA = Model(
    name="deepseek-v2-lite-chat",
    family="deepseek2",
    architecture="DeepseekV2ForCausalLM",
    parameters=15_706_484_224,
    active_parameters=2_661_150_208,
    layers=27,
    hidden=2048,
    heads=16,
    ffn=10944,
    vocabulary=102400,
    context_tokens=163840,
    attention=(LayerGroup("mla", 27, 16, 1, 576, 0),),
    experts=Experts(64, 6, 1408, 26, 2816),
)


def weights(model: Model, quant: str = "bf16", size: int | None = None) -> Weights:
    held = 2 * model.parameters if size is None else size
    return Weights(model.name, "safetensors", quant, held, held, held)


def layout(model: Model, gpu: Gpu = H100, **changes: object) -> Layout:
    settings: dict[str, object] = {
        "engine": "vllm",
        "engine_version": "0.18.0",
        "gpu": gpu,
        "weights": weights(model),
        "dtype": "bfloat16",
        "kv_dtype": "bfloat16",
        "max_model_len": 8192,
        "max_num_seqs": 256,
        "max_num_batched_tokens": 2048,
        "gpu_memory_utilization": 0.9,
    }
    return Layout(**(settings | changes))  # type: ignore[arg-type]


def roomy(requests: float = 64.0) -> Memory:
    """Memory in which nothing but the number of resident requests matters."""
    none = Range.exact(0.0)
    return Memory(none, none, none, none, none, none, none, 1.0, 1, 1.0, requests, 0.0, 0.0)
