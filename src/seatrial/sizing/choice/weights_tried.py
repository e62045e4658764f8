"""Which weights are tried: those that keep a model near what it was published as.

vLLM: the 16-bit weights, 8 bits (fp8, or int8 where the GPU has no fp8), on GPUs 4 bits. llama.cpp and Ollama:
Q4_K_M and Q8_0. A model published in mxfp4 or fp8 is taken as it is. Anything else is tried when it is asked for by
name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.catalog.quants import canonical_quant, weights_of
from seatrial.errors import UsageError
from seatrial.sizing.choice.fitness import QUANT_CAPABILITY, capability
from seatrial.sizing.choice.question import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.domain.hardware import Gpu
    from seatrial.domain.model import Model, WeightFormat, Weights
    from seatrial.sizing.choice.question import Question

NATIVE_FP8 = frozenset({"DeepseekV3ForCausalLM"})
"""Architectures whose models are published in fp8 (DeepSeek V3 and R1, Kimi K2: their model cards)."""
NATIVE_MXFP4 = frozenset({"GptOssForCausalLM"})
"""Architectures whose models are published in mxfp4 alone: there are no 16-bit weights to serve."""
MADE_BY_OTHERS = frozenset({"fp8", "w8a8", "w4a16", "nvfp4"})
"""Quantisations that publishers of other models rarely publish themselves."""


def weights_for(question: Question, engine: str, gpu: Gpu) -> tuple[Weights, ...]:
    """The weights to try with `engine` on `gpu`, the usual ones first. Raises UsageError for an unknown quant."""
    model, files, form = question.model, question.files, FORMATS[engine]
    own = [file for file in files if file.format == form and file.part != "projector"]
    if question.only_files:
        return tuple(own or files)[: 1 if question.exact else None]
    asked = question.pins.quants
    if asked:
        known = [quant for quant in asked if knows(form, quant)] or asked
        found = [weights_of(model, files, quant, form) for quant in known]
    else:
        quants = usual_quants(question, own, engine, gpu)
        found = [weights_of(model, files, quant, form) for quant in quants[: 1 if question.exact else None]]
    return tuple(found)


def knows(form: WeightFormat, quant: str) -> bool:
    """Whether `quant` is a word for weights in that format."""
    try:
        canonical_quant(quant, form)
    except UsageError:
        return False
    return True


def is_published(model: Model, quant: str) -> bool:
    """Whether the model's own repository holds safetensors of that kind, as far as is known."""
    return quant == "fp8" if model.architecture in NATIVE_FP8 else quant not in MADE_BY_OTHERS


def usual_quants(question: Question, own: Iterable[Weights], engine: str, gpu: Gpu) -> tuple[str, ...]:
    """What is usually served with `engine` on `gpu`, the engine's own first choice first."""
    known = {file.quant for file in own}
    if FORMATS[engine] == "gguf":
        return ("MXFP4",) if "MXFP4" in known else ("Q4_K_M", "Q8_0")
    if "mxfp4" in known or question.model.architecture in NATIVE_MXFP4:
        return ("mxfp4",)
    if question.model.architecture in NATIVE_FP8:
        return ("fp8", "w4a16")
    full = (
        "f32" if question.pins.dtype == "float32" else "f16" if "f16" in known and "bf16" not in known else "bf16"
    )
    if gpu.vendor == "CPU":
        return (full, "w8a8")
    number = capability(gpu)
    eight = "w8a8" if number is not None and number < QUANT_CAPABILITY["fp8"] else "fp8"
    return (full, eight, "w4a16")
