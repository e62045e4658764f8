"""The layouts that rows describe: what an engine ran, on which GPU, with which weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.catalog.gpus import find_gpu
from seatrial.catalog.quants import weights_of
from seatrial.domain.model import Weights
from seatrial.domain.plan import Layout

if TYPE_CHECKING:
    from bench.scoreboard.rows import Row

    from seatrial.domain.model import Model

_QUANTS = {"w8a8": "w8a8", "w4a16": "w4a16", "fp8": "fp8", "int8": "w8a8", "mxfp4": "mxfp4", "nvfp4": "mxfp4"}
_FLOATS = {"float32": "f32", "float16": "f16", "fp16": "f16"}
CONTEXT_OF_TPOT = 16_384
_MXFP4_BITS = 4.25


def quant_of(row: Row) -> str:
    """The quantisation of a row's weights. `nvfp4` rows are gpt-oss, whose own format is MXFP4."""
    text = f"{row.model} {row.quant_or_dtype}".lower()
    for word, quant in _QUANTS.items():
        if word in text:
            return quant
    return _FLOATS.get(row.quant_or_dtype.lower(), "bf16")


def vllm_layout(row: Row, model: Model) -> Layout:
    """What a row of vLLM ran. Settings that it does not state are the server defaults on an H100."""
    dtype = "float32" if row.quant_or_dtype == "float32" else "bfloat16"
    kv_dtype = "fp8" if row.note("kv_cache_dtype") == "fp8" else dtype
    ranks = row.whole("tp", row.gpus if row.whole("pp") == 1 else 1)
    return Layout(
        engine="vllm",
        engine_version=_version(row),
        gpu=find_gpu(row.gpu),
        weights=vllm_weights(row, model),
        dtype=dtype,
        kv_dtype=kv_dtype,
        max_model_len=int(row.max_model_len) if row.max_model_len.isdigit() else CONTEXT_OF_TPOT,
        max_num_seqs=row.whole("max_num_seqs", 1024),
        max_num_batched_tokens=row.whole("max_num_batched_tokens", 8192),
        gpu_memory_utilization=float(row.gpu_memory_utilization or 0.9),
        tensor_parallel=ranks,
        pipeline_parallel=row.whole("pp"),
        expert_parallel=row.whole("moe_ep") > 1,
    )


def vllm_weights(row: Row, model: Model) -> Weights:
    """The weights from the model's shape alone: what a plan has before anything was run.

    In MXFP4 the experts alone are quantised; the file does not hold the padding that the engine adds.
    """
    if quant_of(row) != "mxfp4":
        return weights_of(model, (), quant_of(row), "safetensors")
    rest = model.parameters - model.expert_parameters
    size = int(2 * rest + model.expert_parameters * _MXFP4_BITS / 8)
    return Weights(model.name, "safetensors", "mxfp4", size, size, size)


def _version(row: Row) -> str:
    """The row's version; TPOT rows without one ran 0.18 as the others of their source."""
    return row.engine_version if row.engine_version[:1].isdigit() else "0.18.0"
