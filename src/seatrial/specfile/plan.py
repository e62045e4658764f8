"""[plan] of a spec: what `seatrial plan` predicted and with which settings. A run checks it and does not use it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seatrial.domain.values import Range
from seatrial.specfile.kinds import AMOUNT, FRACTION, SETTINGS, SIZE, TEXT
from seatrial.specfile.tables import FaultError, Key, Kind, inside, take

if TYPE_CHECKING:
    from collections.abc import Mapping

PREDICTION_KEYS: dict[str, Key] = {
    "value": Key(AMOUNT, "required", "the middle of the prediction", "0.055"),
    "low": Key(AMOUNT, "the value", "the lower end of its 80 % interval", "0.045"),
    "high": Key(AMOUNT, "no bound", "the upper end of its 80 % interval", "0.068"),
}

DEMAND_KEYS: dict[str, Key] = {
    "rate": Key(AMOUNT, "none", "requests per second of all replicas together", "4.0", "rate_per_s"),
    "concurrency": Key(SIZE, "none", "users who each wait for their answer", "32"),
    "input_tokens": Key(AMOUNT, "none", "mean length of prompts", "512"),
    "output_tokens": Key(AMOUNT, "none", "mean length of answers", "128"),
    "cv": Key(AMOUNT, "none", "coefficient of variation of both lengths", "0.5"),
}

PRICE_KEYS: dict[str, Key] = {
    "usd_per_hour": Key(AMOUNT, "none", "of all machines together", "0.854"),
    "usd_per_month": Key(AMOUNT, "none", "of all machines together, 730 hours", "623.0"),
    "machines": Key(SIZE, "one", "how many machines", "2"),
    "cloud": Key(TEXT, "none", "who sells them", '"gcp"'),
    "instance": Key(TEXT, "none", "what they are called there", '"g2-standard-8"'),
    "region": Key(TEXT, "none", "where they stand", '"us-central1"'),
    "kind": Key(TEXT, "none", "on-demand, spot, as you stated it ...", '"on-demand"'),
    "date": Key(TEXT, "none", "when the price was read", '"2026-11-20"'),
    "source": Key(TEXT, "none", "where the price was read", '"price list"'),
}


def _prediction(value: Any) -> Range:
    given = take(PREDICTION_KEYS, value, "a prediction")
    if "value" not in given:
        raise FaultError((), "needs value", "for example { value = 0.055, low = 0.045, high = 0.068 }")
    found = Range(given["value"], given.get("low", given["value"]), given.get("high", math.inf))
    if not found.low <= found.value <= found.high:
        raise FaultError((), "does not have its value between low and high")
    return found


def _predictions(value: Any) -> dict[str, Range]:
    if not isinstance(value, dict):
        raise ValueError  # noqa: TRY004  one error for every value that will not do
    found = {}
    for name, prediction in value.items():
        with inside(name):
            found[name] = _prediction(prediction)
    return found


def _table_of(keys: Mapping[str, Key], title: str) -> Kind:
    return Kind("a table", lambda value: take(keys, value, title))


PLAN_KEYS: dict[str, Key] = {
    "model": Key(TEXT, "none", "the model as the planner calls it", '"llama-3.1-8b-instruct"'),
    "engine": Key(TEXT, "none", "the engine", '"vllm"'),
    "engine_version": Key(TEXT, "none", "its version, for which the flags are", '"0.19.0"'),
    "gpu": Key(TEXT, "none", "the GPU, or the processor", '"L4"'),
    "gpu_count": Key(SIZE, "one", "GPUs of each replica", "2"),
    "tensor_parallel": Key(SIZE, "one", "GPUs that share each layer", "2"),
    "pipeline_parallel": Key(SIZE, "one", "groups of GPUs that share the layers", "1"),
    "replicas": Key(SIZE, "one", "engines side by side", "3"),
    "quant": Key(TEXT, "none", "quantisation of the weights", '"bf16"'),
    "weights_bytes": Key(SIZE, "none", "size of the weights before any splitting", "16060522496"),
    "dtype": Key(TEXT, "none", "what is computed in", '"bfloat16"'),
    "kv_dtype": Key(TEXT, "none", "what the KV cache is kept in", '"bfloat16"'),
    "max_model_len": Key(SIZE, "none", "tokens of one request, prompt and answer", "8192"),
    "max_num_seqs": Key(SIZE, "none", "requests decoded together; slots of llama.cpp and Ollama", "256"),
    "max_num_batched_tokens": Key(SIZE, "none", "tokens of one step", "2048"),
    "gpu_memory_utilization": Key(FRACTION, "none", "share of the GPU's memory that the engine takes", "0.9"),
    "gpu_layers": Key(AMOUNT, "all", "layers on the GPU", "24"),
    "flags": Key(SETTINGS, "none", "the engine's own flags or variables", '{ "--max-model-len" = "8192" }'),
    "demand": Key(
        _table_of(DEMAND_KEYS, "[plan.demand]"), "none", "the traffic that was planned for", "{ rate = 4.0 }"
    ),
    "price": Key(
        _table_of(PRICE_KEYS, "[plan.price]"), "none", "what it costs, and who says so", '{ cloud = "gcp" }'
    ),
    "predicted": Key(
        Kind("a table of predictions", _predictions),
        "none",
        "by name (tpot_s, kv_pool_bytes ...): value, low and high; sizes are per GPU",
        "{ tpot_s = { value = 0.055, low = 0.045, high = 0.068 } }",
    ),
}

PLAN = _table_of(PLAN_KEYS, "[plan]")
