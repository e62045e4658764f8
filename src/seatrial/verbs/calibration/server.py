"""Which server a run measured, as plans see it: its model, its weights, the settings it told of, its device."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.catalog.defaults import LATEST, engine_defaults
from seatrial.catalog.ggml import GGML_TYPES
from seatrial.catalog.gpus import find_gpu
from seatrial.catalog.models import find_model
from seatrial.catalog.quants import weights_of
from seatrial.domain.model import Weights
from seatrial.domain.plan import Layout
from seatrial.engines.address import parse_endpoint
from seatrial.errors import UsageError
from seatrial.sizing.choice.question import ENGINES, FORMATS
from seatrial.sources.host import CPU, computer_of, this_computer
from seatrial.sources.paths import is_there

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from seatrial.domain.hardware import Gpu
    from seatrial.domain.model import Model
    from seatrial.domain.record import CandidateRecord, RunInfo
    from seatrial.domain.target import EngineInfo
    from seatrial.domain.trial import Candidate
    from seatrial.sources.models.found import Found

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104  where a server is, not where we listen


@dataclass(frozen=True, slots=True)
class Told:
    """What the user says of a server beyond what it says of itself; None: nothing."""

    gpu: str | None = None
    model: str | None = None
    tensor_parallel: int = 1


@dataclass(frozen=True, slots=True)
class Known:
    """A model and the layout it is served in."""

    model: Model
    layout: Layout


def server_of(run: RunInfo, record: CandidateRecord, told: Told) -> Known:
    """The server of a candidate of `run`.

    Raises UsageError where its engine has no closed form, and where its device or model is neither known nor told.
    """
    info = record.info
    if info is None:
        raise UsageError(f"{record.candidate.name} was never reached in run {run.id}", "choose another run")
    if info.engine not in ENGINES:
        raise UsageError(f'no plan is made for engine "{info.engine}"', f"engines with plans: {', '.join(ENGINES)}")
    gpu = _device(run, record.candidate, told)
    model, files = _model(record.candidate, info, told)
    return Known(model, _layout(info, gpu, model, _weights(info, model, files), told))


def check_told(candidate: Candidate, told: Told) -> None:
    """Raises UsageError for a device or a model that is not known, before anything is asked of a server."""
    if told.model is not None:
        _found(told.model, candidate)
    if told.gpu is not None and told.gpu.lower() != CPU.lower():
        find_gpu(told.gpu)
    elif told.gpu is None:
        _check_here(candidate)


def _check_here(candidate: Candidate) -> None:
    if candidate.endpoint is not None and parse_endpoint(candidate.endpoint).host not in LOOPBACK:
        raise UsageError(
            f"what {candidate.endpoint} runs on is not known: it does not say",
            'name it: --gpu "H100 SXM", or --gpu cpu for this computer',
        )


def _layout(info: EngineInfo, gpu: Gpu, model: Model, weights: Weights, told: Told) -> Layout:
    version = info.version or LATEST[info.engine]
    defaults = engine_defaults(info.engine, version, gpu, told.tensor_parallel)
    is_vllm = info.engine == "vllm"
    dtype = "bfloat16" if is_vllm and gpu.bf16 is not False else "float16"
    cache = info.details.get("cache_dtype", "auto") if is_vllm else "f16"
    return Layout(
        engine=info.engine,
        engine_version=version,
        gpu=gpu,
        weights=weights,
        dtype=dtype,
        kv_dtype=dtype if cache == "auto" else "fp8" if cache.startswith("fp8") else cache,
        max_model_len=info.context_tokens or defaults.context_tokens or model.context_tokens,
        max_num_seqs=info.slots or defaults.max_num_seqs,
        max_num_batched_tokens=defaults.max_num_batched_tokens,
        gpu_memory_utilization=float(info.details.get("gpu_memory_utilization", defaults.gpu_memory_utilization)),
        tensor_parallel=told.tensor_parallel,
        block_tokens=_whole(info.details, "block_size") or defaults.block_tokens,
        kv_cache_bytes=_whole(info.details, "kv_bytes") if is_vllm else None,
    )


def _device(run: RunInfo, candidate: Candidate, told: Told) -> Gpu:
    if told.gpu is not None:
        return this_computer() if told.gpu.lower() == CPU.lower() else find_gpu(told.gpu)
    _check_here(candidate)
    named = run.host.get("gpus", "").partition(",")[0]
    if named and candidate.engine != "embedded":  # the embedded engine is built for the processor
        return find_gpu(named)
    found = computer_of(run.host)
    if found is None:
        raise UsageError(f"run {run.id} does not tell which computer it ran on", "name its device: --gpu NAME")
    return found


def _model(candidate: Candidate, info: EngineInfo, told: Told) -> tuple[Model, tuple[Weights, ...]]:
    """Its shape and the files known of it, under the catalogue's name where it is in the catalogue."""
    found = _found(told.model or _named(candidate, info), candidate)
    for name in (found.model.name, candidate.model or ""):
        same = _catalogued(name, found.model.parameters)
        if same is not None:
            return replace(found.model, name=same.name), found.files
    return found.model, found.files


def _found(text: str, candidate: Candidate) -> Found:
    from seatrial.sources.models.find import find  # noqa: PLC0415  network clients load where they are needed

    try:
        return find(text)
    except UsageError as error:
        raise UsageError(
            f'the model "{text}" of {candidate.name} is not known: {error.message}',
            "say which it is: --model NAME, hf:ORG/NAME, a folder or a .gguf file",
        ) from error


def _named(candidate: Candidate, info: EngineInfo) -> str:
    """What the model is best read from: a file or a folder on this computer, else its name."""
    path = dict(candidate.settings).get("model_path")
    root = info.details.get("root", "")
    for place in (path, root):
        if place and is_there(Path(str(place))):
            return str(place)
    return candidate.model or (info.models[0] if info.models else "")


def _catalogued(name: str, parameters: int) -> Model | None:
    """The catalogue's model of that name and size: a file may call it otherwise."""
    try:
        known = find_model(name).model
    except UsageError:
        return None
    return known if known.parameters == parameters else None


def _weights(info: EngineInfo, model: Model, files: Sequence[Weights]) -> Weights:
    """The weights as the server has them: by its own count of bytes, else the file of its quantisation."""
    form = FORMATS[info.engine]
    quant = info.details.get("quantization", "bf16" if form == "safetensors" else "Q4_K_M")
    size = _whole(info.details, "weights_bytes")
    of_format = [file for file in files if file.format == form and file.part != "projector"]
    if size is not None:
        return Weights(model.name, form, quant, size, size, size)
    if len(of_format) == 1 and of_format[0].exact:
        return replace(of_format[0], model=model.name)
    try:
        return replace(weights_of(model, files, quant, form), model=model.name)
    except UsageError:
        block = GGML_TYPES.get(quant.split("_K_")[0])
        if block is None:
            raise
        about = model.parameters * block[1] / block[0]
        return Weights(model.name, form, quant, round(about * 1.05), round(about), round(about * 1.2))


def _whole(facts: Mapping[str, str], name: str) -> int | None:
    text = facts.get(name, "")
    return int(text) if text.isdecimal() else None
