"""Rows that nothing is fitted to here: memory of older vLLM, KV buffers, file sizes; and what cannot be scored."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.scoreboard.layouts import vllm_layout
from bench.scoreboard.score import NOTHING_FITTED, Left, Scored, Section
from bench.scoreboard.shapes import hf_model, lineage

from seatrial.catalog.engine_memory import vllm_memory
from seatrial.catalog.gpus import find_gpu
from seatrial.catalog.quants import weights_of
from seatrial.domain.values import Range
from seatrial.errors import UsageError
from seatrial.sizing.memory.kv import kv_bytes
from seatrial.sizing.memory.vllm import vllm_memory_of
from seatrial.sizing.memory.vllm_pool import pool_of
from seatrial.units import GIB, MIB

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.scoreboard.rows import Row

    from seatrial.domain.model import Model
    from seatrial.domain.plan import Layout

ESTIMATE = "an estimate of the program itself, not a measurement"
NOT_STATED = "model, layout or GPU are not stated in the row"
NO_PARALLELISM = "vLLM on 8 GPUs: how they were divided is not stated, nor whether tokens were guessed in advance"
NO_SETTINGS = "preset of another tool: its settings are not in the row"
OLD_VERSION = "a version before 0.6: its profiling is not described"
FITTED = "fitted to these rows"
LLAMA_8B = "meta-llama/Llama-3.1-8B-Instruct"
BLOCK_TOKENS = 16
_OLD_QUANTITIES = {
    "model weights per GPU": "weights",
    "peak activation per GPU": "activation",
    "non-torch memory per GPU": "non-torch",
    "Available KV cache memory per GPU": "KV pool",
    "# GPU blocks": "KV blocks",
    "max tokens storable (error text)": "KV tokens",
}
_ESTIMATES = ("ollama ps SIZE", "graph (estimate)", "scheduler VRAM claim", "estimator vs actual: KV needed")


def others_section(rows: Iterable[Row]) -> Section:
    """Every row that no other section takes: scored, or left with a reason."""
    scored: list[Scored] = []
    left: list[Left] = []
    for row in rows:
        found = _of(row)
        if isinstance(found, Scored):
            scored.append(found)
        else:
            left.append(Left(row, found))
    return Section(tuple(scored), tuple(left))


def _of(row: Row) -> Scored | str:
    if row.quantity in _ESTIMATES:
        return ESTIMATE
    if row.kind == "size":
        return _file_size(row)
    if row.quantity == "KV buffer":
        return _kv_buffer(row)
    if row.kind == "throughput-community":
        return NO_PARALLELISM
    if row.engine == "vllm" and row.quantity in _OLD_QUANTITIES:
        return _old_vllm(row)
    return NO_SETTINGS if row.quantity.startswith(("auto max-model-len", "estimator vs")) else NOT_STATED


def _file_size(row: Row) -> Scored:
    model = hf_model(LLAMA_8B)
    assert model is not None
    size = weights_of(model, (), row.quant_or_dtype, "gguf")
    predicted = Range(size.bytes / GIB, size.low_bytes / GIB, size.high_bytes / GIB)
    return Scored(row, "GGUF file size", "llama.cpp", "-", "llama", FITTED, row.value, predicted)


def _kv_buffer(row: Row) -> Scored | str:
    model = hf_model(row.model)
    if model is None:
        return NOT_STATED
    size = kv_bytes(model, row.quant_or_dtype.removeprefix("KV "), 1, float(row.max_model_len)) / MIB
    return Scored(row, "KV buffer", "llama.cpp", "-", lineage(model), NOTHING_FITTED, row.value, Range.exact(size))


def _old_vllm(row: Row) -> Scored | str:
    """A log of V0 against the row of coefficients for it, which two of these logs were used to write."""
    version = re.search(r"\d+\.\d+(\.\d+)?", row.engine_version)
    model = hf_model(row.model)
    if version is None or model is None:
        return NOT_STATED
    if version[0].startswith(("0.2", "0.4")):
        return OLD_VERSION
    try:
        gpu = find_gpu(row.gpu)
    except UsageError:
        return NOT_STATED
    context = int(row.max_model_len or min(model.context_tokens, 32768))
    layout = replace(
        vllm_layout(row, model),
        engine_version=version[0],
        gpu=gpu,
        max_model_len=context,
        max_num_seqs=row.whole("max_num_seqs", 256),
        max_num_batched_tokens=row.whole("max_num_batched_tokens", max(2048, min(context, 32768))),
    )
    predicted = _figure(row, model, layout)
    name = f"{_OLD_QUANTITIES[row.quantity]}, V0"
    return Scored(row, name, "vllm", gpu.name, lineage(model), FITTED, row.value, predicted)


def _figure(row: Row, model: Model, layout: Layout) -> Range:
    memory = vllm_memory_of(model, layout)
    name = _OLD_QUANTITIES[row.quantity]
    if name in ("KV blocks", "KV tokens"):
        pool = pool_of(model, layout, vllm_memory(layout.engine_version))
        each = BLOCK_TOKENS if name == "KV tokens" else 1
        return Range(*(each * (end // pool.block_bytes) for end in _ends(memory.kv_pool)))
    parts = {
        "weights": memory.weights,
        "activation": memory.activation,
        "non-torch": memory.non_torch,
        "KV pool": memory.kv_pool,
    }
    return parts[name].scaled(1 / GIB)


def _ends(part: Range) -> tuple[float, float, float]:
    return part.value, part.low, part.high
