"""How a layout is told to its engine: flags and environment variables, by version, from `data/engine_flags.csv`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from seatrial.catalog.defaults import LATEST
from seatrial.catalog.table import SOURCE, one_of, optional, read, text
from seatrial.catalog.versions import holds
from seatrial.errors import UsageError, nearest
from seatrial.units import GIB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.catalog.table import Column, Row
    from seatrial.domain.plan import Layout

COMMANDS = {"vllm": "vllm", "llama.cpp": "llama-server", "ollama": "ollama serve"}
"""What the flags are typed after; environment variables stand before it."""
COLUMNS: dict[str, Column] = {
    "engine": one_of(*LATEST),
    "setting": text,
    "flag": text,
    "form": one_of("flag", "switch", "environment", "parameter"),
    "since": optional(text),
    "until": optional(text),
    **SOURCE,
}
ALL_LAYERS = 999
_BATCH = 2048  # llama-server's own, at least its ubatch
_QUEUE = 512
_HUB = "hf:"
_GPU_BLOCK, _CPU_BLOCK = 16, 128  # vLLM's own block sizes
_SAME_AS_MODEL = {"auto", "bfloat16", "float16", "float32"}


@cache
def _rows() -> tuple[Row, ...]:
    return read("engine_flags.csv", COLUMNS)


def flags_of(layout: Layout, model_name: str) -> tuple[tuple[str, str], ...]:
    """(flag, environment variable or parameter of the model; value) in the order they would be typed.

    A switch has the value "".
    What equals the engine's behaviour without the flag (one rank, the KV cache in the model's format) is left out.
    Raises UsageError for an unknown engine, and where that version cannot be told a setting.
    """
    if layout.engine not in COMMANDS:
        raise UsageError(f'engine "{layout.engine}" has no flags here', nearest(layout.engine, COMMANDS))
    settings = {"vllm": _vllm, "llama.cpp": _llamacpp, "ollama": _ollama}[layout.engine]
    return tuple(pair for setting, value in settings(layout, model_name) for pair in _pairs(layout, setting, value))


def is_environment(flag: str) -> bool:
    """Whether a name of `flags_of` is an environment variable."""
    return flag.isupper()


def is_parameter(flag: str) -> bool:
    """Whether a name of `flags_of` is a parameter of the model, which Ollama reads in a Modelfile."""
    return any(row["flag"] == flag for row in _rows() if row["form"] == "parameter")


def _pairs(layout: Layout, setting: str, value: str) -> Iterator[tuple[str, str]]:
    rows = [
        row
        for row in _rows()
        if row["engine"] == layout.engine and row["setting"] == setting and holds(row, layout.engine_version)
    ]
    if not rows:
        raise UsageError(
            f'{layout.engine} {layout.engine_version} cannot be told "{setting}"', "name a newer engine version"
        )
    yield from ((row["flag"], "" if row["form"] == "switch" else value) for row in rows)


def _vllm(layout: Layout, model_name: str) -> Iterator[tuple[str, str]]:
    yield "model", model_name
    yield "dtype", layout.dtype
    yield "max_model_len", str(layout.max_model_len)
    yield "max_num_seqs", str(layout.max_num_seqs)
    yield "max_num_batched_tokens", str(layout.max_num_batched_tokens)
    if layout.kv_cache_bytes is None:
        yield "gpu_memory_utilization", f"{layout.gpu_memory_utilization:g}"
    else:
        yield from _vllm_pool(layout, layout.kv_cache_bytes)
    for setting, ranks in (
        ("tensor_parallel", layout.tensor_parallel),
        ("pipeline_parallel", layout.pipeline_parallel),
    ):
        if ranks > 1:
            yield setting, str(ranks)
    if layout.kv_dtype not in _SAME_AS_MODEL:
        yield "kv_dtype", layout.kv_dtype
    if layout.block_tokens != (_CPU_BLOCK if layout.gpu.vendor == "CPU" else _GPU_BLOCK):
        yield "block_tokens", str(layout.block_tokens)
    if not layout.cuda_graphs and layout.gpu.vendor != "CPU":
        yield "eager", ""


def _vllm_pool(layout: Layout, size: int) -> Iterator[tuple[str, str]]:
    old = any(row["setting"] == "kv_cache_gib" and holds(row, layout.engine_version) for row in _rows())
    if old and layout.gpu.vendor == "CPU":
        yield "kv_cache_gib", str(max(1, size // GIB))
    else:
        yield "kv_cache_bytes", str(size)


def _llamacpp(layout: Layout, model_name: str) -> Iterator[tuple[str, str]]:
    """A file, or `hf:ORG/NAME:QUANT`, which the server fetches itself."""
    is_hub = model_name.startswith(_HUB)
    yield "repository" if is_hub else "model", model_name.removeprefix(_HUB)
    yield "context", str(layout.max_model_len * layout.max_num_seqs)
    yield "slots", str(layout.max_num_seqs)
    if layout.gpu.vendor != "CPU":
        yield "gpu_layers", str(ALL_LAYERS if layout.gpu_layers is None else layout.gpu_layers)
    if layout.max_num_batched_tokens > _BATCH:
        yield "batch", str(layout.max_num_batched_tokens)
    yield "ubatch", str(layout.max_num_batched_tokens)
    if layout.kv_dtype != "f16":
        yield "kv_dtype", layout.kv_dtype
    yield "flash_attention", "on"


def _ollama(layout: Layout, _model_name: str) -> Iterator[tuple[str, str]]:
    yield "context", str(layout.max_model_len)
    yield "slots", str(layout.max_num_seqs)
    yield "flash_attention", "1"
    if layout.kv_dtype != "f16":
        yield "kv_dtype", layout.kv_dtype
    yield "loaded_models", "1"
    yield "queue", str(_QUEUE)
    yield "keep_alive", "-1"
    if layout.gpu_layers is not None and layout.gpu.vendor != "CPU":
        yield "gpu_layers", str(layout.gpu_layers)
