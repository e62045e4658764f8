"""The layouts worth evaluating: weights, GPUs a replica, and settings that follow from the traffic."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from seatrial.catalog.defaults import LATEST, engine_defaults
from seatrial.domain.plan import Layout
from seatrial.sizing.choice.weights_tried import weights_for
from seatrial.sizing.cost import largest_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.hardware import Gpu
    from seatrial.domain.model import Model, Weights
    from seatrial.domain.plan import Demand
    from seatrial.sizing.choice.question import Question

_VLLM_WORDS = {"f16": "float16", "bf16": "bfloat16", "f32": "float32", "fp8_e4m3": "fp8", "fp8_e5m2": "fp8"}
GPU_COUNTS = (1, 2, 4, 8)
SINGLE = frozenset({"Apple", "CPU"})
"""Vendors whose computers have one accelerator, or none."""
TAIL = 3.0
"""Standard deviations of the length of a request that its context has room for."""
TEMPLATE_TOKENS = 64
"""What a chat template adds to a prompt, at most, for the templates of the catalogue's models."""
LEAST_CONTEXT = 512
MOST_SLOTS = 16
"""More requests at once than these slots make a GGUF engine's answers slow, and its memory dear."""


def layouts_of(question: Question, engine: str, gpu: Gpu) -> Iterator[Layout]:
    """The layouts of one engine on one GPU: the usual weights first, GPUs from fewest to most."""
    for weights in weights_for(question, engine, gpu):
        for count in counts_for(question, gpu):
            yield layout_of(question, engine, gpu, weights, count)


def counts_for(question: Question, gpu: Gpu) -> tuple[int, ...]:
    """How many GPUs a replica may have: no more than one machine of the offers holds."""
    pins = question.pins
    if pins.tensor_parallel is not None or pins.pipeline_parallel is not None or question.exact:
        return ((pins.tensor_parallel or 1) * (pins.pipeline_parallel or 1),)
    if gpu.vendor in SINGLE:
        return (1,)
    most = largest_machine(question.market.selling(gpu.name)) or max(GPU_COUNTS)
    most = min(most, dict(question.owned).get(gpu.name, most))
    return tuple(count for count in GPU_COUNTS if count <= most)


def layout_of(question: Question, engine: str, gpu: Gpu, weights: Weights, count: int) -> Layout:
    """The layout with every setting decided: pinned, else what the traffic needs, else the engine's default."""
    pins = question.pins
    version = pins.engine_version or LATEST[engine]
    is_vllm = engine == "vllm"
    half = gpu.bf16 is False or weights.quant == "f16"
    dtype = (pins.dtype or ("float16" if half else "bfloat16")) if is_vllm else "float16"
    tensor = pins.tensor_parallel or (count // (pins.pipeline_parallel or 1) if is_vllm else 1)
    defaults = engine_defaults(engine, version, gpu, count)
    layout = Layout(
        engine=engine,
        engine_version=version,
        gpu=gpu,
        weights=weights,
        dtype=dtype,
        kv_dtype=kv_word(engine, pins.kv_dtype) if pins.kv_dtype else dtype if is_vllm else "f16",
        max_model_len=context_for(question.model, question.demand),
        max_num_seqs=defaults.max_num_seqs if is_vllm else slots_for(question.demand, weights, gpu),
        max_num_batched_tokens=defaults.max_num_batched_tokens,
        gpu_memory_utilization=defaults.gpu_memory_utilization,
        tensor_parallel=tensor,
        pipeline_parallel=pins.pipeline_parallel or count // tensor,
        block_tokens=defaults.block_tokens,
    )
    changes: dict[str, Any] = dict(pins.settings)
    return replace(layout, **changes) if changes else layout


def kv_word(engine: str, word: str) -> str:
    """The engine's own word for a format of the KV cache: f16 is vLLM's float16."""
    return _VLLM_WORDS.get(word.lower(), word.lower()) if engine == "vllm" else word.lower()


def context_for(model: Model, demand: Demand) -> int:
    """The context a request needs, in tokens: input and output at their tail, and a chat template, up to a step.

    The steps are 512, 768, 1024, 1536, 2048 and so on; never more than the model was made for.
    """
    return min(_step(tail_tokens(demand) + TEMPLATE_TOKENS), model.context_tokens)


def tail_tokens(demand: Demand) -> int:
    """Input and output of a long request: the mean and three standard deviations of their sum, which vary alone."""
    deviation = demand.cv * math.hypot(demand.input_tokens, demand.output_tokens)
    return math.ceil(demand.input_tokens + demand.output_tokens + TAIL * deviation)


@cache
def _step(tokens: int) -> int:
    step = LEAST_CONTEXT
    while step < tokens:
        step = step * 3 // 2 if step & (step - 1) == 0 else step // 3 * 4
    return step


def slots_for(demand: Demand, weights: Weights, gpu: Gpu) -> int:
    """Slots of a GGUF engine: a power of two that holds the requests likely in flight, at most MOST_SLOTS.

    Of an open process twice the requests in flight by Little's law, if tokens come at half the speed at which the
    weights can be read.
    """
    if demand.concurrency is not None:
        wanted = float(demand.concurrency)
    else:
        token_s = 2 * weights.bytes / gpu.bandwidth_bytes_per_s
        wanted = 2 * (demand.rate_per_s or 0.0) * demand.output_tokens * token_s
    return min(MOST_SLOTS, 1 << max(0, math.ceil(math.log2(max(wanted, 1.0)))))
