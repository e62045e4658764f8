"""llama.cpp and Ollama: tokens a second of one stream, with whole GPUs and whole families left out."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

from bench.scoreboard.ggml_fit import (
    DECODE,
    ENOUGH,
    PREFILL,
    Stream,
    device_factor,
    fit_streams,
    log_error,
    scaled,
    terms_of,
)
from bench.scoreboard.score import FAMILIES, GPUS, MBU, MFU, Left, Scored, Section, around, folds
from bench.scoreboard.shapes import gguf_file

from seatrial.catalog.gpus import find_gpu
from seatrial.domain.plan import Layout
from seatrial.errors import UsageError
from seatrial.sizing.speed.fit import spread
from seatrial.sizing.speed.fitted import OTHER_GPU, OTHER_VENDOR
from seatrial.sizing.speed.reads import share_of_experts, weight_bytes
from seatrial.sizing.speed.work import peak_flops
from seatrial.units import GIB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.scoreboard.rows import Row

    from seatrial.domain.coefficients import Coefficients
    from seatrial.domain.hardware import Gpu
    from seatrial.domain.model import Weights

    Fit = tuple[Stream, Coefficients]

LEFT_FREE = 1.3 * GIB
"""What llama.cpp leaves free on a GPU (1 GiB) and takes for context and compute buffers in a short run."""
TOO_FAST = "faster than peak bandwidth allows: another model or quantisation, or tokens guessed in advance"
MLX = "Ollama's MLX engine, not llama.cpp"
SHARED = "integrated GPU: its bandwidth is that of whatever memory the computer has, which the row does not say"
UNLISTED = "a GPU that is not in the catalogue"
_MLX_WORDS = ("mlx", "nvfp4", "mxfp8")
_SHARED_GPUS = frozenset({"Radeon 860M"})


def is_stream(row: Row) -> bool:
    """Whether the row times one stream of llama.cpp or Ollama."""
    return row.unit == "tok/s" and row.engine in ("llama.cpp", "llamacpp", "ollama")


def ggml_section(rows: Iterable[Row]) -> Section:
    """Every stream twice: fitted without its GPU, and without its model's family."""
    streams, left = streams_of(rows)
    known = left_out_fits(streams, by_family)
    return Section((*_gpus_left_out(streams, known), *_families_left_out(known)), tuple(left))


def by_gpu(stream: Stream) -> str:
    """What is left out together: all rows on a GPU."""
    return stream.gpu


def by_family(stream: Stream) -> str:
    """What is left out together: all rows of a family of models."""
    return stream.model.family


def streams_of(rows: Iterable[Row]) -> tuple[list[Stream], list[Left]]:
    """The rows whose model, file and GPU are known, and the others with the reason."""
    streams: list[Stream] = []
    left: list[Left] = []
    for row in rows:
        found = _stream(row)
        if isinstance(found, Stream):
            streams.append(found)
        else:
            left.append(Left(row, found))
    return streams, left


def _stream(row: Row) -> Stream | str:
    if any(word in row.model for word in _MLX_WORDS):
        return MLX
    file = gguf_file(row.model, row.quant_or_dtype)
    if isinstance(file, str):
        return file
    try:
        gpu = find_gpu(row.gpu)
    except UsageError:
        return UNLISTED
    if gpu.name in _SHARED_GPUS:
        return SHARED
    layout = _layout(row, gpu, file.weights, file.model.layers)
    quantity = PREFILL if row.quantity.startswith("pp") else DECODE
    terms = terms_of(file.model, layout, quantity)
    stream = Stream(row, quantity, file.model, layout, file.basis, terms)
    return TOO_FAST if quantity == DECODE and _read_s(stream) > stream.seconds else stream


def _layout(row: Row, gpu: Gpu, weights: Weights, layers: int) -> Layout:
    return Layout(
        engine="ollama" if row.engine == "ollama" else "llama.cpp",
        engine_version=row.engine_version,
        gpu=gpu,
        weights=weights,
        dtype="float16",
        kv_dtype="f16",
        max_model_len=4096,
        max_num_seqs=1,
        max_num_batched_tokens=512,
        pipeline_parallel=row.gpus,
        gpu_layers=_layers_on(row, gpu, weights, layers),
    )


def _layers_on(row: Row, gpu: Gpu, weights: Weights, layers: int) -> int | None:
    """How many layers fit, where the file is larger than the GPU; None: all."""
    if gpu.memory_bytes is None:
        return None
    room = gpu.memory_bytes.value * row.gpus - LEFT_FREE
    return None if weights.bytes <= room else round(layers * room / weights.bytes)


def _gpus_left_out(streams: Sequence[Stream], known: Sequence[Fit]) -> list[Scored]:
    """Every stream without its GPU: as unsure as the others are without their family, and what another GPU adds."""
    return [
        _scored(stream, step, hypot(_unsure(stream, _but(known, by_gpu, stream)), _distance(stream)), GPUS)
        for stream, step in left_out_fits(streams, by_gpu)
    ]


def _families_left_out(known: Sequence[Fit]) -> list[Scored]:
    """Every stream without its family, its GPU known if others ran on it."""
    return [
        _scored(stream, step, _unsure(stream, _but(known, by_family, stream)), FAMILIES) for stream, step in known
    ]


def _but(known: Sequence[Fit], group: Callable[[Stream], str], stream: Stream) -> list[Fit]:
    return [each for each in known if group(each[0]) != group(stream)]


def _unsure(stream: Stream, others: Sequence[Fit]) -> float:
    """The spread of the others' errors: those on the same GPU, where they are enough."""
    like = [each for each in others if each[0].quantity == stream.quantity]
    same = [each for each in like if each[0].gpu == stream.gpu]
    return spread([log_error(*each) for each in (same if len(same) >= ENOUGH else like)])


def _distance(stream: Stream) -> float:
    """What `sizing.speed.fitted` adds for a GPU that was never measured."""
    return OTHER_GPU if stream.layout.gpu.vendor == "NVIDIA" else OTHER_VENDOR


def left_out_fits(streams: Sequence[Stream], group: Callable[[Stream], str]) -> tuple[Fit, ...]:
    """Every stream with the factors fitted without its group, and its GPU's own where that is among the others."""
    found: list[Fit] = []
    for _name, others, own in folds(streams, group):
        step = fit_streams(others)
        of_gpu = {gpu: scaled(step, device_factor(others, step, gpu), gpu) for gpu in {each.gpu for each in own}}
        found += [(stream, of_gpu[stream.gpu] if stream.quantity == DECODE else step) for stream in own]
    return tuple(found)


def _scored(stream: Stream, step: Coefficients, unsure: float, left_out: str) -> Scored:
    per_second = stream.row.value * stream.seconds / step.seconds(stream.terms)
    row, family = stream.row, stream.model.family
    predicted, others = around(per_second, unsure), {"constant efficiency": _constant(stream)}
    engine = stream.layout.engine
    return Scored(row, stream.quantity, engine, stream.gpu, family, left_out, row.value, predicted, others)


def _read_s(stream: Stream) -> float:
    """Seconds to read once what a token needs, at peak bandwidth, all of it being on the GPU."""
    read = weight_bytes(stream.model, stream.layout.weights)
    touched = read.dense + read.experts * share_of_experts(stream.model, 1.0)
    return touched / stream.layout.gpu.bandwidth_bytes_per_s


def _constant(stream: Stream) -> float:
    """Tokens a second with the constants that tools use."""
    if stream.quantity == DECODE:
        return MBU / _read_s(stream)
    peak = peak_flops(stream.layout.gpu, stream.layout.weights)
    return MFU * peak / (2.0 * stream.model.active_parameters)
