"""AIPerf's profile_export_aiperf.json, export schema 1. Checked against 0.13.0 (schema 1.4).

AIPerf's chunks are ours: those with content, reasoning or a tool call in them. What differs is who counts tokens:
its client does, with a tokenizer, unless --use-server-token-count is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from seatrial.domain.summary import WorkloadSummary
from seatrial.sources.foreign import parts
from seatrial.sources.foreign.parts import Amount, Count
from seatrial.stats.estimate import wilson

if TYPE_CHECKING:
    from seatrial.domain.summary import Distribution, RunSummary
    from seatrial.domain.values import Estimate

TOOL = "AIPerf"
BY_CLIENT = "tokens are counted by the client's tokenizer unless --use-server-token-count was given"
PHASE = "the length of its profiling phase, from its beginning until the last answer"
DEFINITIONS = {
    "ttfa_s": "AIPerf's TTFO ends at the first chunk that is not reasoning: a tool call counts as an answer",
    "tpot_s": (
        "AIPerf calls it inter token latency: (e2e - TTFT) / (tokens - those of the first chunk), as ours; "
        f"{BY_CLIENT}"
    ),
    "user_tokens_per_s": f"AIPerf: 1 / its inter token latency; {BY_CLIENT}",
    "e2e_tokens_per_s": f"AIPerf: tokens / request latency; {BY_CLIENT}",
    "output_tokens_per_s": (f"AIPerf: tokens of completed requests / {PHASE}; {BY_CLIENT}"),
    "requests_per_s": f"AIPerf: completed requests / {PHASE}",
    "attainment": "AIPerf: requests within its own limits / all that were sent; those never sent are left out",
    "goodput_per_s": f"AIPerf: requests within its own limits / {PHASE}",
}
_METRICS = {
    "ttft_s": "time_to_first_token",
    "ttfa_s": "time_to_first_output_token",
    "tpot_s": "inter_token_latency",
    "icl_s": "inter_chunk_latency",
    "e2e_s": "request_latency",
    "user_tokens_per_s": "output_token_throughput_per_user",
    "e2e_tokens_per_s": "e2e_output_token_throughput",
}
_RATES = {
    "output_tokens_per_s": "output_token_throughput",
    "requests_per_s": "request_throughput",
    "goodput_per_s": "goodput",
}
_SCHEMAS = ("1", None)
_TO_SECONDS = len("2026-11-21T15:15:26")
# A unit says the scale; one that is not here is not read, whatever the metric is called.
_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "tokens/sec": 1.0,
    "tokens/sec/user": 1.0,
    "requests/sec": 1.0,
    "requests": 1.0,
    "tokens": 1.0,
}


class _Figures(msgspec.Struct):
    unit: str
    avg: Amount | None = None
    min: Amount | None = None
    max: Amount | None = None
    p50: Amount | None = None
    p95: Amount | None = None
    p99: Amount | None = None
    count: Count | None = None


class _About(msgspec.Struct):
    aiperf_version: str
    schema_version: str | None = None
    start_time: str | None = None
    was_cancelled: bool | None = None
    is_complete: bool | None = None


def is_ours(document: dict[str, Any]) -> bool:
    return "aiperf_version" in document


def read(document: dict[str, Any], name: str) -> RunSummary:
    """Raises msgspec.ValidationError where the document is not as AIPerf writes it."""
    about = msgspec.convert(document, _About)
    parts.check_schema(None if about.schema_version is None else about.schema_version.partition(".")[0], _SCHEMAS)
    completed = round(_scalar(document, "request_count") or 0)
    failed = round(_scalar(document, "error_request_count") or 0)
    metrics = {ours: _metric(document, theirs) for ours, theirs in _METRICS.items()}
    rates = {ours: parts.rate(_scalar(document, theirs), completed) for ours, theirs in _RATES.items()}
    good = _scalar(document, "good_request_count")
    rates["attainment"] = None if good is None else _share(round(good), completed + failed)
    load = _load(document)
    workload = WorkloadSummary(
        name=_named(load),
        counts=parts.counted(completed, failed),
        metrics=metrics,
        rates=rates,
        trust=parts.unwatched(TOOL),
        failures={"failed": failed} if failed else {},
        tokens={
            "input_counted": _scalar(document, "input_sequence_length"),
            "output_counted": _scalar(document, "output_sequence_length"),
        },
        notes=(parts.NO_VALUES,),
        concurrency=load.concurrency,
        window_s=_scalar(document, "benchmark_duration"),
        definitions=parts.told_only(DEFINITIONS, metrics, rates),
    )
    whole = not about.was_cancelled and about.is_complete is not False
    return parts.one_candidate(
        name,
        TOOL,
        [workload],
        model=_model(document),
        seed=_seed(document),
        started=(about.start_time or "")[:_TO_SECONDS],
        status="finished" if whole else "interrupted",
        host={"measured by": parts.tamed(f"{TOOL} {about.aiperf_version}")},
    )


def _share(good: int, of: int) -> Estimate | None:
    """None for counts that contradict each other, too."""
    return wilson(good, of) if good <= of else None


def _figures(document: dict[str, Any], name: str) -> _Figures | None:
    found = msgspec.convert(document.get(name), _Figures | None)
    return found if found is not None and found.unit in _UNITS else None


def _scalar(document: dict[str, Any], name: str) -> float | None:
    found = _figures(document, name)
    return None if found is None or found.avg is None else found.avg * _UNITS[found.unit]


def _metric(document: dict[str, Any], name: str) -> Distribution | None:
    """`count` came with schema 1.1; before it, n is the number of completed requests."""
    found = _figures(document, name)
    if found is None:
        return None
    n = found.count if found.count is not None else round(_scalar(document, "request_count") or 0)
    return parts.as_told(
        n,
        mean=found.avg,
        p50=found.p50,
        p95=found.p95,
        p99=found.p99,
        minimum=found.min,
        maximum=found.max,
        scale=_UNITS[found.unit],
    )


class _Load(NamedTuple):
    rate_per_s: float | None
    concurrency: int | None


def _load(document: dict[str, Any]) -> _Load:
    """Of the last phase that is no warm-up, as far as the configuration in the file has it as plain numbers."""
    phases = parts.inside(document, "input_config", "phases")
    asked: dict[str, Any] = {}
    for phase in phases if isinstance(phases, list) else []:
        if isinstance(phase, dict) and phase.get("kind") != "warmup":
            asked = phase
    rate, concurrency = asked.get("rate"), asked.get("concurrency")
    return _Load(
        msgspec.convert(rate, Amount) if isinstance(rate, int | float) else None,
        msgspec.convert(concurrency, Count) if isinstance(concurrency, int) else None,
    )


def _named(load: _Load) -> str:
    """`rate 2/s, concurrency 8`: runs under the same load find each other by it."""
    told = [f"rate {load.rate_per_s:g}/s"] if load.rate_per_s else []
    if load.concurrency:
        told.append(f"concurrency {load.concurrency}")
    return ", ".join(told) or "profile"


def _model(document: dict[str, Any]) -> str | None:
    items = parts.inside(document, "input_config", "models", "items")
    first = items[0] if isinstance(items, list) and items else None
    name = first.get("name") if isinstance(first, dict) else None
    return name if isinstance(name, str) else None


def _seed(document: dict[str, Any]) -> int | None:
    return msgspec.convert(parts.inside(document, "run_info", "random_seed"), Count | None)
