"""The smallest single change that makes a refused layout run.

Smallest means: costs the user least. The kinds of change are tried in this order, and of each kind the mildest
value that runs is taken; the first kind that has one is the answer.

    1 max_model_len           where what is left still holds the demanded requests; without a demand, at least half
    2 gpu_memory_utilization  up to 0.95: memory that lay idle
    3 max_num_seqs            not below the users offered (nor 16): less is sampled at once
    4 max_num_batched_tokens  not below 512: prompts are cut into smaller pieces
    5 kv_dtype                8 bits, where the GPU can: a little accuracy
    6 quant                   the largest of the other files that runs: more accuracy
    7 tensor_parallel         2, 4, 8 of the same GPU: money
    8 gpu                     the one with the least memory that runs: another machine
    9 max_model_len           however short, where no demand says what is needed
   10 gpu_layers              llama.cpp and Ollama: the rest on the CPU, many times slower
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.domain.plan import Change
from seatrial.errors import UsageError
from seatrial.sizing.choice.fitness import unfit
from seatrial.sizing.choice.notches import (
    CELLS_NOTCH,
    FEWEST_SEQUENCES,
    FEWEST_TOKENS,
    MOST_UTILIZATION,
    SEQUENCES_NOTCH,
    SHORTEST_CONTEXT,
    TOKENS_NOTCH,
    UTILIZATION_NOTCH,
    down,
    more_ranks,
    needed_tokens,
    offered,
    small_kv,
)
from seatrial.sizing.memory.layout import memory_of
from seatrial.sizing.memory.llamacpp import most_gpu_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seatrial.domain.hardware import Gpu
    from seatrial.domain.model import Model, Weights
    from seatrial.domain.plan import Demand, Layout, SettingValue

    Runs = Callable[[Layout], bool]


def smallest_change(
    model: Model, layout: Layout, demand: Demand | None, gpus: Sequence[Gpu], files: Sequence[Weights]
) -> Change | None:
    """The change, or None where no single one helps (or the layout runs as it is).

    `gpus` and `files` are those that may be proposed: `files` of the same model. With the change made,
    `memory_of(...).fits` is true.
    """
    was_fit = unfit(model, layout) is None

    def runs(candidate: Layout) -> bool:
        if was_fit and unfit(model, candidate) is not None:  # such as a larger GPU without bfloat16
            return False
        try:
            return memory_of(model, candidate, demand).fits
        except UsageError:  # a GPU without a known memory is no way out
            return False

    if runs(layout):
        return None
    return next(_changes(model, layout, demand, gpus=gpus, files=files, runs=runs), None)


def _changes(
    model: Model,
    layout: Layout,
    demand: Demand | None,
    *,
    gpus: Sequence[Gpu],
    files: Sequence[Weights],
    runs: Runs,
) -> Iterator[Change]:
    context = _context(model, layout, runs)
    if context and context.after >= needed_tokens(layout, demand):  # type: ignore[operator]
        yield context
    if layout.engine == "vllm":
        yield from _vllm_settings(layout, demand, runs)
    else:
        yield from _found(layout, "max_num_seqs", down(layout.max_num_seqs - 1, offered(demand, 1), 1), runs)
    yield from _found(layout, "kv_dtype", small_kv(layout), runs)
    yield from _quants(layout, files, runs)
    yield from _found(layout, "tensor_parallel", more_ranks(model, layout), runs)
    yield from _gpus(layout, gpus, runs)
    if demand is None and context:
        yield context
    if layout.engine != "vllm" and layout.gpu_layers is None and layout.gpu.vendor != "CPU":
        most = most_gpu_layers(model, layout)
        if most:
            yield Change("gpu_layers", "all", most)


def _vllm_settings(layout: Layout, demand: Demand | None, runs: Runs) -> Iterator[Change]:
    if layout.kv_cache_bytes is None:
        notches = round((MOST_UTILIZATION - layout.gpu_memory_utilization) / UTILIZATION_NOTCH)
        shares = [round(layout.gpu_memory_utilization + (i + 1) * UTILIZATION_NOTCH, 4) for i in range(notches)]
        yield from _found(layout, "gpu_memory_utilization", shares, runs)
    fewest = max(FEWEST_SEQUENCES, -(-offered(demand, 1) // SEQUENCES_NOTCH) * SEQUENCES_NOTCH)
    yield from _found(layout, "max_num_seqs", down(layout.max_num_seqs - 1, fewest, SEQUENCES_NOTCH), runs)
    tokens = down(layout.max_num_batched_tokens - 1, FEWEST_TOKENS, TOKENS_NOTCH)
    yield from _found(layout, "max_num_batched_tokens", tokens, runs)


def _found(layout: Layout, flag: str, values: Sequence[SettingValue], runs: Runs) -> Iterator[Change]:
    """The first of `values`, mildest first, that runs. They get ever milder on memory: found by halving."""

    def changed(value: SettingValue) -> Layout:
        result: Layout = replace(layout, **{flag: value})  # type: ignore[arg-type]
        return result

    if not values or not runs(changed(values[-1])):
        return
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if runs(changed(values[middle])) else (middle + 1, high)
    yield Change(flag, getattr(layout, flag), values[low])


def _context(model: Model, layout: Layout, runs: Runs) -> Change | None:
    """The longest context that runs, by the engine's own arithmetic; llama.cpp counts in 256 tokens."""
    step = 1 if layout.engine == "vllm" else CELLS_NOTCH
    longest = min(layout.max_model_len - 1, model.context_tokens) // step
    shortest = SHORTEST_CONTEXT // step
    if longest < shortest or not runs(replace(layout, max_model_len=shortest * step)):
        return None
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        shortest, longest = (
            (middle, longest) if runs(replace(layout, max_model_len=middle * step)) else (shortest, middle - 1)
        )
    return Change("max_model_len", layout.max_model_len, shortest * step)


def _quants(layout: Layout, files: Sequence[Weights], runs: Runs) -> Iterator[Change]:
    now = layout.weights
    others = [file for file in files if file.format == now.format and file.bytes < now.bytes and _is_model(file)]
    for file in sorted(others, key=lambda file: -file.bytes):
        if runs(replace(layout, weights=file)):
            yield Change("quant", now.quant, file.quant)
            return


def _is_model(file: Weights) -> bool:
    return file.part in {"model", "model+projector", "loaded weights", "given"}


def _gpus(layout: Layout, gpus: Sequence[Gpu], runs: Runs) -> Iterator[Change]:
    if layout.gpu.memory_bytes is None:
        return
    now = layout.gpu.memory_bytes.value
    larger = [
        gpu for gpu in gpus if gpu.memory_bytes and gpu.memory_bytes.value > now and gpu.vendor == layout.gpu.vendor
    ]
    for gpu in sorted(larger, key=lambda gpu: (gpu.memory_bytes.value if gpu.memory_bytes else 0.0, gpu.name)):
        if runs(replace(layout, gpu=gpu)):
            yield Change("gpu", layout.gpu.name, gpu.name)
            return
