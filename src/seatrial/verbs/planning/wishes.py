"""What a user wishes of a plan, as it is written, and the traffic and fixed settings it means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.catalog.quants import canonical_quant
from seatrial.domain.plan import Demand
from seatrial.domain.trial import Slo
from seatrial.errors import UsageError, nearest
from seatrial.sizing.choice.layouts import kv_word
from seatrial.sizing.choice.question import FORMATS, Pins
from seatrial.sizing.choice.settings import read_settings
from seatrial.sizing.choice.weights_tried import knows
from seatrial.specfile.slo import parse_slo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.coefficients import Calibration
    from seatrial.domain.model import Model

USERS, INPUT_TOKENS, OUTPUT_TOKENS = 4, 1024, 256
"""The traffic that is assumed where nothing is said of it."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a user says beside the model, as it is written; None and empty: nothing was said.

    `prices`: `GPU=USD`, `MACHINE=USD` or USD, each an hour. `settings`: `max_model_len=8192`. `slo`: `ttft_p95=1s`.
    `budget`: `2000/month` or `3/hour`. `sites`: how many regions, of which one may fail.
    `sure`: the SLO is met at the slow end of the intervals too. `owned`: (GPU, how many
    there are), from `2 x L4` among `gpus` (see `settled`).
    """

    rate_per_s: float | None = None
    concurrency: int | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None
    cv: float = 0.0
    slo: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    engine_version: str | None = None
    gpus: tuple[str, ...] = ()
    gpu_memory: str | None = None
    clouds: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    spot: bool = False
    prices: tuple[str, ...] = ()
    budget: str | None = None
    sure: bool = False
    quants: tuple[str, ...] = ()
    tensor_parallel: int | None = None
    pipeline_parallel: int | None = None
    replicas: int | None = None
    dtype: str | None = None
    kv_dtype: str | None = None
    settings: tuple[str, ...] = ()
    weights_bytes: int | None = None
    spare: int = 0
    sites: int = 1
    owned: tuple[tuple[str, int], ...] = ()
    calibrations: tuple[Calibration, ...] = ()


def demand_of(wishes: Wishes, model: Model) -> Demand:
    """The traffic, with what was not said assumed. Raises UsageError where the model cannot hold a request."""
    if wishes.rate_per_s is not None and wishes.concurrency is not None:
        raise UsageError("--rate and --concurrency cannot both be given", "an open process has a rate, users wait")
    asked, answered = wishes.input_tokens or INPUT_TOKENS, wishes.output_tokens or OUTPUT_TOKENS
    if asked + answered > model.context_tokens:
        if wishes.input_tokens is None and wishes.output_tokens is None:
            asked, answered = model.context_tokens // 2, model.context_tokens // 4
        else:
            many = f"{asked:,.0f} + {answered:,.0f} tokens"
            hint = "shorten --input or --output, or choose a model with a longer context"
            raise UsageError(f"{many} do not fit {model.name}, made for {model.context_tokens:,}", hint)
    users = wishes.concurrency
    if wishes.rate_per_s is None and users is None:
        users = USERS
    if wishes.sure and not wishes.slo:
        raise UsageError("--sure needs an SLO to be sure of", "add one, such as --slo ttft_p95=1s")
    slo = Slo(tuple(parse_slo(text) for text in wishes.slo))
    return Demand(asked, answered, wishes.rate_per_s, users, wishes.cv, slo)


def pins_of(wishes: Wishes, engines: tuple[str, ...]) -> Pins:
    """What is fixed, for every one of `engines`. Raises UsageError for what one of them does not know."""
    for form in {FORMATS[engine] for engine in engines}:
        if wishes.quants and not any(knows(form, quant) for quant in wishes.quants):
            canonical_quant(wishes.quants[0], form)  # raises, with the nearest word
    if wishes.engine_version is not None and not re.fullmatch(r"[bv]?\d[\w.+-]{0,40}", wishes.engine_version):
        raise UsageError(f'"{wishes.engine_version}" is not a version', "write --engine-version 0.19.0 or b11434")
    if wishes.replicas is not None and wishes.replicas <= wishes.spare:
        lost = f"--replicas {wishes.replicas} leaves nothing when --spare {wishes.spare} fail"
        raise UsageError(lost, "give more replicas, or leave --replicas out")
    if wishes.replicas is not None and wishes.sites > 1:
        raise UsageError("--replicas and --regions cannot both be given", "--regions finds how many each needs")
    return Pins(
        engine_version=wishes.engine_version,
        quants=wishes.quants,
        tensor_parallel=wishes.tensor_parallel,
        pipeline_parallel=wishes.pipeline_parallel,
        replicas=wishes.replicas,
        dtype=_dtype(wishes.dtype),
        kv_dtype=_kv_dtype(wishes.kv_dtype, engines),
        settings=read_settings(wishes.settings, engines),
    )


_DTYPES = {"bf16": "bfloat16", "fp16": "float16", "f16": "float16", "half": "float16", "fp32": "float32"}
"""Short words for what vLLM computes in."""
_KV_DTYPES = {
    "vllm": ("bfloat16", "float16", "float32", "fp8"),
    "llama.cpp": ("f16", "f32", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0"),
    "ollama": ("f16", "q8_0", "q4_0"),
}


def _dtype(text: str | None) -> str | None:
    if text is None or text.lower() == "auto":
        return None
    known = ("bfloat16", "float16", "float32")
    found = _DTYPES.get(text.lower(), text.lower())
    if found not in known:
        raise UsageError(f'--dtype "{text}" is none', nearest(text, known))
    return found


def _kv_dtype(text: str | None, engines: tuple[str, ...]) -> str | None:
    if text is None or text.lower() == "auto":
        return None
    for engine in engines:
        if kv_word(engine, text) not in _KV_DTYPES[engine]:
            raise UsageError(f'--kv-dtype "{text}" is none of {engine}', nearest(text.lower(), _KV_DTYPES[engine]))
    return text.lower()


def assumed(wishes: Wishes) -> Iterator[str]:
    """What was not said, and is therefore assumed."""
    said = []
    if wishes.rate_per_s is None and wishes.concurrency is None:
        said.append(f"{USERS} users at once (--concurrency or --rate)")
    if wishes.input_tokens is None:
        said.append(f"{INPUT_TOKENS:,} tokens in (--input)")
    if wishes.output_tokens is None:
        said.append(f"{OUTPUT_TOKENS:,} out (--output)")
    if said:
        yield f"assumed, since nothing was said: {', '.join(said)}"
    if not wishes.slo:
        yield "no SLO was given, so any speed will do; --slo ttft_p95=1s --slo tpot_p95=60ms asks for one"
