"""GuideLLM's benchmarks.json: report schema 2 (checked against 0.8.1), 1 (0.5.3), and the one before it (0.3.1).

Traps of the file: in its own figures a request without a first token counts as 0 ms, and a metric without values
has a mean of 0.0; the mean ITL is weighted by tokens. Where the values of all requests are in the file, the
figures are formed from those instead, by our estimators.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatrial.domain.summary import WorkloadSummary
from seatrial.sources.foreign import parts
from seatrial.sources.foreign.parts import S_PER_MS, Amount, Count
from seatrial.stats.estimate import wilson

if TYPE_CHECKING:
    from seatrial.domain.summary import Distribution, RunSummary

TOOL = "GuideLLM"
WINDOW = "its window: from the first request to the end of the last, less the warm-up and cool-down asked for"
DEFINITIONS = {
    "ttft_s": "GuideLLM's TTFT starts after connecting (before it in 0.5), and is measured by the wall clock",
    "ttfa_s": "GuideLLM's TTFOT starts after connecting, by the wall clock, and a tool call counts as an answer",
    "e2e_s": (
        "GuideLLM's request latency starts after connecting (before it in 0.5) and ends with the stream, "
        "not at the last token"
    ),
    "e2e_intended_s": "GuideLLM's scheduled latency ends with the stream, not at the last token",
    "tpot_s": (
        "GuideLLM calls it ITL: (last - first chunk) / (tokens - 1), the first chunk taken for one token; its "
        "own figures weigh each request by its tokens"
    ),
    "send_lag_s": "GuideLLM's dispatch delay ends when the request is written, so it holds the time to connect too",
    "requests_per_s": f"GuideLLM: completed requests / {WINDOW}",
    "output_tokens_per_s": (
        f"GuideLLM: tokens by when they arrived, spread evenly over the chunks after the first / {WINDOW}"
    ),
    "goodput_per_s": f"GuideLLM: requests within all its limits / {WINDOW}",
    "attainment": (
        "GuideLLM: requests within all its limits / those that could be judged; the ones never sent, or cut off at "
        "the end, are left out"
    ),
}
_SCHEMAS = (1, 2, None)
# Ours -> (the name in `metrics`, the name in a request, seconds per unit).
_TAKEN = {
    "ttft_s": ("time_to_first_token_ms", "time_to_first_token_ms", S_PER_MS),
    "ttfa_s": ("time_to_first_output_token_ms", "time_to_first_output_token_ms", S_PER_MS),
    "tpot_s": ("inter_token_latency_ms", "inter_token_latency_ms", S_PER_MS),
    "e2e_s": ("request_latency", "request_latency", 1.0),
    "e2e_intended_s": ("request_scheduled_latency", "request_scheduled_latency", 1.0),
    "send_lag_s": ("request_dispatch_delay", "request_dispatch_delay", 1.0),
}


class _Percentiles(msgspec.Struct):
    p50: Amount | None = None
    p95: Amount | None = None
    p99: Amount | None = None


class _Figures(msgspec.Struct):
    mean: Amount | None = None
    min: Amount | None = None
    max: Amount | None = None
    count: Count = 0
    percentiles: _Percentiles = msgspec.field(default_factory=_Percentiles)


class _ByStatus(msgspec.Struct):
    successful: _Figures | None = None
    total: _Figures | None = None


class _Totals(msgspec.Struct):
    successful: Count = 0
    errored: Count = 0
    incomplete: Count = 0


class _Strategy(msgspec.Struct):
    type_: str = "benchmark"
    streams: Amount | None = None
    rate: Amount | None = None


def is_ours(document: dict[str, Any]) -> bool:
    benchmarks = document.get("benchmarks")
    if not isinstance(benchmarks, list):
        return False
    return not benchmarks or (isinstance(benchmarks[0], dict) and "metrics" in benchmarks[0])


def read(document: dict[str, Any], name: str) -> RunSummary:
    """One workload per benchmark of the report. Raises msgspec.ValidationError for what GuideLLM does not write."""
    parts.check_schema(_object(document, "metadata").get("version"), _SCHEMAS)
    benchmarks = msgspec.convert(document["benchmarks"], list[dict[str, Any]])
    config = _object(document, "config", "spec")
    arguments = _object(document, "args")
    model = _text(config, "backend", "model") or _text(arguments, "model")
    if model is None and benchmarks:
        first = benchmarks[0]
        model = _text(first, "config", "backend", "model") or _text(first, "worker", "backend_model")
    version = _text(document, "metadata", "guidellm_version")
    return parts.one_candidate(
        name,
        TOOL,
        [_workload(benchmark) for benchmark in benchmarks],
        model=model,
        seed=msgspec.convert(_object(config, "seed").get("value", arguments.get("random_seed")), Count | None),
        host={"measured by": parts.tamed(f"{TOOL} {version}")} if version else {},
    )


def _workload(benchmark: dict[str, Any]) -> WorkloadSummary:
    figures = _object(benchmark, "metrics")
    totals = _totals(benchmark, figures)
    requests = _requests(benchmark, totals)
    metrics = {ours: _metric(figures, requests, *theirs) for ours, theirs in _TAKEN.items()}
    rates = _rates(figures, totals)
    strategy = msgspec.convert(
        _object(benchmark, "config", "strategy") or _object(benchmark, "args", "strategy"), _Strategy
    )
    cut = f"{totals.incomplete} requests were cut off when GuideLLM stopped; they are not counted"
    return WorkloadSummary(
        name=_load(strategy),
        counts=parts.counted(totals.successful, totals.errored),
        metrics=metrics,
        rates=rates,
        trust=parts.unwatched(TOOL),
        failures={"errored": totals.errored} if totals.errored else {},
        tokens={
            "input_counted": _mean(figures, "prompt_token_count"),
            "output_counted": _mean(figures, "output_token_count"),
        },
        notes=(*(() if requests else (parts.NO_VALUES,)), *((cut,) if totals.incomplete else ())),
        concurrency=int(strategy.streams) if strategy.streams else None,
        window_s=msgspec.convert(benchmark.get("duration"), Amount | None),
        definitions=parts.told_only(DEFINITIONS, metrics, rates),
    )


def _load(strategy: _Strategy) -> str:
    """`concurrency 8` or `poisson 4/s`: runs under the same load find each other by it, other tools' too."""
    if strategy.streams or strategy.type_ == "synchronous":
        return f"concurrency {strategy.streams or 1:g}"
    return parts.tamed(f"{strategy.type_} {strategy.rate:g}/s" if strategy.rate else strategy.type_)


def _totals(benchmark: dict[str, Any], figures: dict[str, Any]) -> _Totals:
    """Schema 1 and 2 have them among the metrics, the one before beside them."""
    found = (
        _object(figures, "request_totals")
        or _object(benchmark, "request_totals")
        or _object(benchmark, "run_stats", "requests_made")
    )
    return msgspec.convert(found, _Totals)


def _requests(benchmark: dict[str, Any], totals: _Totals) -> list[dict[str, Any]]:
    """The completed requests in the order they were sent; empty unless all of them are in the file."""
    rows = msgspec.convert(_object(benchmark, "requests").get("successful") or [], list[dict[str, Any]])
    if len(rows) != totals.successful:
        return []
    started = msgspec.convert(
        [row.get("request_start_time", row.get("start_time")) for row in rows], list[Amount | None]
    )
    return [row for _, row in sorted(zip(started, rows, strict=True), key=lambda pair: pair[0] or 0.0)]


def _metric(
    figures: dict[str, Any], requests: list[dict[str, Any]], name: str, in_request: str, scale: float
) -> Distribution | None:
    """From the values where they are there, else as told. All 0 means that it was not measured.

    Figures of null say that the quantity has no meaning under this load, whatever single requests say.
    """
    if figures.get(name) is None:
        return None
    values = msgspec.convert([row.get(in_request) for row in requests], list[Amount | None])
    if any(values):
        return parts.of_values((value or None for value in values), scale)
    told = msgspec.convert(figures.get(name), _ByStatus | None)
    found = None if told is None else told.successful
    if found is None or not found.max:
        return None
    return parts.as_told(
        found.count,
        mean=found.mean,
        p50=found.percentiles.p50,
        p95=found.percentiles.p95,
        p99=found.percentiles.p99,
        minimum=found.min,
        maximum=found.max,
        scale=scale,
    )


def _rates(figures: dict[str, Any], totals: _Totals) -> dict[str, Any]:
    share = msgspec.convert(figures.get("slo_attainment"), Amount | None)
    judged = msgspec.convert(figures.get("slo_determined_requests", 0), Count)
    return {
        "requests_per_s": parts.rate(_mean(figures, "requests_per_second"), totals.successful),
        "output_tokens_per_s": parts.rate(_mean(figures, "output_tokens_per_second", "total"), totals.successful),
        "goodput_per_s": parts.rate(_mean(figures, "request_goodput"), totals.successful),
        "attainment": None if share is None or share > 1 else wilson(round(share * judged), judged),
    }


def _mean(figures: dict[str, Any], name: str, status: str = "successful") -> float | None:
    """None where nothing was measured, which GuideLLM writes as figures of 0 values."""
    told = msgspec.convert(figures.get(name), _ByStatus | None)
    found = None if told is None else getattr(told, status)
    return found.mean if found is not None and found.count else None


def _object(value: Any, *path: str) -> dict[str, Any]:
    """What stands at `path`; empty where nothing does, or no object."""
    found = parts.inside(value, *path)
    return found if isinstance(found, dict) else {}


def _text(value: Any, *path: str) -> str | None:
    found = _object(value, *path[:-1]).get(path[-1])
    return found if isinstance(found, str) else None
