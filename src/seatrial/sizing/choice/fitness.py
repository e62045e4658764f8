"""Whether an engine runs a layout at all, before any arithmetic: formats, number formats, heads, lengths.

Sources: vLLM's docs "GPU installation" (NVIDIA compute capability 7.0 and up, AMD MI200 and up), "Quantization,
supported hardware" (fp8 from 8.9, int8 w8a8 and the 4-bit kernels from 7.5), "FP8 W8A8" (from 7.5 as weights
alone), "INT8 W8A8" (below 10.0), the Marlin kernels for mxfp4 and nvfp4 (8.0), and NVIDIA's "CUDA programming
guide" (bfloat16 from 8.0, fp4 from 10.0).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.plan import Change
from seatrial.sizing.choice.notches import FP8_AMD
from seatrial.sizing.choice.question import FORMATS
from seatrial.sizing.memory.kv import splits
from seatrial.sizing.names import engine_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.hardware import Gpu
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Demand, Layout

VLLM_CAPABILITY = 7.0
QUANT_CAPABILITY = {
    "fp8": 8.9, "fp8-dynamic": 8.9, "w8a8": 7.5, "int8": 7.5, "w4a16": 7.5, "awq": 7.5, "gptq": 7.5,
    "mxfp4": 8.0, "nvfp4": 10.0,
}  # fmt: skip
"""The least compute capability (NVIDIA) that multiplies in that format."""
WEIGHT_ONLY = {"fp8": 7.5, "fp8-dynamic": 7.5, "nvfp4": 8.0}
"""From here on vLLM runs such weights with Marlin kernels, which multiply in 16 bits."""
INT8_BELOW = 10.0
NVIDIA_ONLY = frozenset({"nvfp4"})
NOT_ON_CPU = frozenset({"fp8", "fp8-dynamic", "w4a16", "mxfp4", "nvfp4"})
"""What vLLM's CPU backend has no kernels for, or (w4a16) has only in awq and gptq, on x86."""


class Unfit(NamedTuple):
    """Why a layout cannot run, and the single change that would help, where one setting does."""

    reason: str
    change: Change | None = None


def unfit(model: Model, layout: Layout) -> Unfit | None:
    """The first reason why `layout.engine` cannot run `model` so; None where nothing forbids it."""
    return next(_reasons(model, layout), None)


def too_short(layout: Layout, demand: Demand) -> Unfit | None:
    """Where requests of the demanded mean lengths are longer than the layout's context: engines refuse them."""
    needed = math.ceil(demand.input_tokens + demand.output_tokens)
    if layout.max_model_len >= needed:
        return None
    context = f"{layout.max_model_len:,}"
    reason = f"requests of {needed:,} tokens are longer than its context of {context}: it would refuse them"
    return Unfit(reason, Change("max_model_len", layout.max_model_len, needed))


def capability(gpu: Gpu) -> float | None:
    """NVIDIA's compute capability as a number; None for other vendors."""
    try:
        return float(gpu.capability or "")
    except ValueError:
        return None


def _reasons(model: Model, layout: Layout) -> Iterator[Unfit]:
    engine, gpu, weights = layout.engine, layout.gpu, layout.weights
    name = engine_name(engine)
    if weights.format != FORMATS.get(engine):
        fit = "llama.cpp and Ollama read it" if weights.format == "gguf" else "vLLM reads them"
        what = "a GGUF file" if weights.format == "gguf" else "safetensors"
        yield Unfit(f"{name} is not planned with {what}; {fit}")
    if engine == "vllm":
        yield from _vllm(layout)
        yield from _ranks(model, layout)
        yield from _steps(layout)
    if gpu.memory_bytes is None:
        yield Unfit(f"the memory of {gpu.name} depends on the computer; say it with --gpu-memory, such as 64GiB")
    yield from _lengths(model, layout, name)


def _vllm(layout: Layout) -> Iterator[Unfit]:
    gpu, quant = layout.gpu, layout.weights.quant
    if gpu.vendor == "Apple":
        yield Unfit("vLLM does not use the GPU of Apple computers; llama.cpp and Ollama do")
    number = capability(gpu)
    if number is not None and number < VLLM_CAPABILITY:
        yield Unfit(f"vLLM needs compute capability 7.0; {gpu.name} has {gpu.capability}")
    if layout.dtype == "bfloat16" and gpu.bf16 is False:
        reason = f"{gpu.name} has no bfloat16 (compute capability {gpu.capability})"
        yield Unfit(reason, Change("dtype", "bfloat16", "float16"))
    if gpu.vendor == "CPU" and quant in NOT_ON_CPU:
        yield Unfit(f"vLLM does not serve {quant} weights on a CPU; bf16 and w8a8 it does")
    least = WEIGHT_ONLY.get(quant, QUANT_CAPABILITY.get(quant))
    if quant in NVIDIA_ONLY and gpu.vendor != "NVIDIA":
        yield Unfit(f"{quant} needs an NVIDIA GPU")
    if quant.startswith("fp8") and gpu.vendor == "AMD" and gpu.capability not in FP8_AMD:
        yield Unfit(f"fp8 weights need an MI300 or later; {gpu.name} is {gpu.capability}")
    if quant in {"w8a8", "int8"} and number is not None and number >= INT8_BELOW:
        yield Unfit(
            f"vLLM has no int8 kernels for compute capability {gpu.capability} ({gpu.name}); take fp8 weights"
        )
    if least is not None and number is not None and number < least:
        yield Unfit(f"{quant} weights need compute capability {least}; {gpu.name} has {gpu.capability}")
    if layout.kv_dtype.startswith("fp8") and number is not None and number < QUANT_CAPABILITY["fp8"]:
        reason = f"an fp8 KV cache needs compute capability 8.9; {gpu.name} has {gpu.capability}"
        yield Unfit(reason, Change("kv_dtype", layout.kv_dtype, layout.dtype))


def _steps(layout: Layout) -> Iterator[Unfit]:
    tokens, requests = layout.max_num_batched_tokens, layout.max_num_seqs
    if tokens < requests:
        reason = f"vLLM does not start with max_num_batched_tokens {tokens:,} below max_num_seqs {requests:,}"
        yield Unfit(reason, Change("max_num_batched_tokens", tokens, requests))


def _ranks(model: Model, layout: Layout) -> Iterator[Unfit]:
    ranks = layout.tensor_parallel
    if splits(model, ranks):
        return
    most = max(n for n in range(1, ranks) if splits(model, n))
    heads = f"{model.heads} attention heads"
    if model.heads % ranks == 0:
        heads = f"{max(group.kv_heads for group in model.attention)} KV heads"
    yield Unfit(f"tensor parallel {ranks} does not divide the {heads}", Change("tensor_parallel", ranks, most))


def _lengths(model: Model, layout: Layout, name: str) -> Iterator[Unfit]:
    if layout.pipeline_parallel > model.layers:
        reason = f"{model.layers} layers cannot be spread over {layout.pipeline_parallel} stages"
        yield Unfit(reason, Change("pipeline_parallel", layout.pipeline_parallel, model.layers))
    if layout.max_model_len > model.context_tokens:
        reason = (
            f"{name} was asked for {layout.max_model_len:,} tokens; the model was made for {model.context_tokens:,}"
        )
        yield Unfit(reason, Change("max_model_len", layout.max_model_len, model.context_tokens))
