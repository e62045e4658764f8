"""The options of `seatrial plan` that say what is wished for, and the wishes they make.

Each option's parameter is named as the field of Wishes that it fills.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import click

from seatrial.cli.numbers import RATE, TOKENS, FiniteRange

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.verbs.planning.wishes import Wishes

_MANY: dict[str, Any] = {"multiple": True}
_COUNT = click.IntRange(1, 1_000_000)
_GPUS = click.IntRange(1, 64)
_TOKENS: dict[str, Any] = {"type": TOKENS, "metavar": "TOKENS"}
_NAMES: dict[str, Any] = {"multiple": True, "metavar": "NAME[,NAME]"}

_OPTIONS = [
    click.Option(["--rate", "rate_per_s"], type=RATE, help="Requests per second."),
    click.Option(["--concurrency", "concurrency"], type=_COUNT, help="Users who each wait for their answer."),
    click.Option(["--input", "input_tokens"], **_TOKENS, help="Mean length of prompts. Default: 1024."),
    click.Option(["--output", "output_tokens"], **_TOKENS, help="Mean length of answers. Default: 256."),
    click.Option(
        ["--cv", "cv"], type=FiniteRange(0, 5), default=0.0, help="Coefficient of variation of both lengths."
    ),
    click.Option(["--slo", "slo"], **_MANY, metavar="KEY=LIMIT", help="Such as ttft_p95=1s or tpot_p95=60ms."),
    click.Option(["--sure", "sure"], is_flag=True, help="The SLO is met at the slow end of the interval too."),
    click.Option(["--engine", "engines"], **_MANY, help="vllm, llama.cpp, ollama. Default: all."),
    click.Option(["--engine-version", "engine_version"], help="Such as 0.19.0. Default: the newest known."),
    click.Option(
        ["--gpu", "gpus"],
        **_MANY,
        metavar="NAME",
        help='L4, "2 x L4" (you have two), cpu (this computer), all. Default: those on offer.',
    ),
    click.Option(["--gpu-memory", "gpu_memory"], metavar="SIZE", help="What the GPU may use, such as 64GiB."),
    click.Option(["--cloud", "clouds"], **_NAMES, help="aws, azure, gcp, cloud-run. Default: all."),
    click.Option(["--region", "regions"], **_NAMES, help="Offers of these regions only."),
    click.Option(["--instance", "instances"], **_NAMES, help="These machines only, such as g5.2xlarge."),
    click.Option(["--spot", "spot"], is_flag=True, help="Spot prices count too."),
    click.Option(
        ["--price", "prices"],
        **_MANY,
        metavar="[NAME=]USD",
        help="Your price an hour: of a GPU, a machine, any GPU.",
    ),
    click.Option(["--budget", "budget"], metavar="USD/PERIOD", help="2000/month or 3/hour."),
    click.Option(["--quant", "quants"], **_NAMES, help="bf16, fp8, w4a16, Q4_K_M ... Default: the usual ones."),
    click.Option(["--tp", "tensor_parallel"], type=_GPUS, help="GPUs that share each layer."),
    click.Option(["--pp", "pipeline_parallel"], type=_GPUS, help="Stages that share the layers."),
    click.Option(["--replicas", "replicas"], type=_COUNT, help="Default: the least that serve."),
    click.Option(["--dtype", "dtype"], help="bfloat16, float16, float32. Default: what the GPU has."),
    click.Option(["--kv-dtype", "kv_dtype"], help="Of the KV cache: fp8 (vLLM); q8_0, q4_0 (GGUF engines)."),
    click.Option(
        ["--set", "settings"], **_MANY, metavar="KEY=VALUE", help="Of the engine, such as max_model_len=8192."
    ),
    click.Option(["--weights-bytes", "weights_bytes"], metavar="SIZE", help="Size of the whole weights."),
    click.Option(
        ["--spare", "spare"], type=click.IntRange(0, 100), default=0, help="Replicas that may fail (N+1: 1)."
    ),
    click.Option(
        ["--regions", "sites"],
        type=click.IntRange(1, 50),
        default=1,
        help="How many regions, of which one may fail.",
    ),
]


def wish_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options to a command, in their order."""
    command.__click_params__ = [*getattr(command, "__click_params__", []), *reversed(_OPTIONS)]  # type: ignore[attr-defined]
    return command


def wishes_of(values: dict[str, Any], calibrations: tuple[Any, ...] = ()) -> Wishes:
    """The wishes in click's `values`, by parameter name; others are passed over. Raises UsageError."""
    from seatrial.verbs.planning.wishes import Wishes
    from seatrial.verbs.planning.words import read_size

    known = {field.name for field in fields(Wishes)}
    given = {name: value for name, value in values.items() if name in known and value is not None}
    if "weights_bytes" in given:
        given["weights_bytes"] = read_size(given["weights_bytes"], "--weights-bytes")
    return Wishes(**given, calibrations=calibrations)
