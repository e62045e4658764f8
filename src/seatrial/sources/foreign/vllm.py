"""`vllm bench serve --save-result`, with or without --save-detailed. Checked against vllm/benchmarks of 0.32.

Traps of the file: a failed request has a TTFT and a latency of 0.0 in the arrays; `latencies` are there without
--save-detailed too; older versions do not say how many failed; `ITL` is the gap between chunks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from seatrial.domain.summary import Distribution, WorkloadSummary
from seatrial.sources.foreign import parts
from seatrial.sources.foreign.parts import S_PER_MS, Amount, Count

if TYPE_CHECKING:
    from seatrial.domain.summary import RunSummary

TOOL = "vllm bench serve"
FROM_FIRST_TO_LAST = "from the first request to the end of the last answer"
DEFINITIONS = {
    "ttft_s": "vllm bench serve's TTFT ends at the first chunk with a choice in it, be that only the role",
    "tpot_s": (
        "vllm bench serve's TPOT is the time from the first to the last chunk with a choice in it, token or none, "
        "/ (tokens - 1); where the server does not count tokens, the client's tokenizer does"
    ),
    "icl_s": (
        "vllm bench serve calls it ITL: gaps between chunks, those around a chunk with only a role or a finish "
        "reason included"
    ),
    "worst_stall_s": "the longest gap between the chunks of vllm bench serve, those without a token included",
    "e2e_s": ("vllm bench serve's E2EL ends at the last chunk with a choice in it, be that only the finish reason"),
    "output_tokens_per_s": f"vllm bench serve: tokens of completed requests / the time {FROM_FIRST_TO_LAST}",
    "requests_per_s": f"vllm bench serve: completed requests / the time {FROM_FIRST_TO_LAST}",
    "goodput_per_s": (
        "vllm bench serve: requests within its own --goodput limits / the time "
        f"{FROM_FIRST_TO_LAST}; an answer of one token has a TPOT of 0"
    ),
}
_SHORT = {"ttft_s": "ttft", "tpot_s": "tpot", "icl_s": "itl", "e2e_s": "e2el"}


class _Result(msgspec.Struct):
    """The part of the file that is read. Times in seconds; `request_rate` is "inf" for all at once."""

    completed: Count
    duration: Amount
    model_id: str | None = None
    date: str | None = None
    num_prompts: Count | None = None
    failed: Count | None = None
    request_rate: Amount | str | None = None
    burstiness: Amount | None = None
    max_concurrency: Count | None = None
    total_input_tokens: Count | None = None
    total_output_tokens: Count | None = None
    request_throughput: Amount | None = None
    request_goodput: Amount | None = None
    output_throughput: Amount | None = None
    ttfts: list[Amount | None] = []
    latencies: list[Amount | None] = []
    output_lens: list[Count | None] = []
    itls: list[list[Amount]] = []
    errors: list[str | None] = []


def is_ours(document: dict[str, Any]) -> bool:
    """`total_token_throughput` is in no result of SGLang's bench_serving, which is alike otherwise."""
    return {"completed", "duration", "total_token_throughput"} <= document.keys()


def read(document: dict[str, Any], name: str) -> RunSummary:
    """Raises msgspec.ValidationError where the document is not as the tool writes it."""
    result = msgspec.convert(document, _Result)
    metrics = {metric: _told(document, result.completed, short) for metric, short in _SHORT.items()}
    detailed = _detailed(result)
    metrics |= {metric: found for metric, found in detailed.items() if found is not None}
    rates = {
        "output_tokens_per_s": parts.rate(result.output_throughput, result.total_output_tokens or 0),
        "requests_per_s": parts.rate(result.request_throughput, result.completed),
        "goodput_per_s": parts.rate(result.request_goodput, result.completed),
    }
    failed = result.failed if result.failed is not None else max(0, (result.num_prompts or 0) - result.completed)
    workload = WorkloadSummary(
        name=_load(result),
        counts=parts.counted(result.completed, failed),
        metrics=metrics,
        rates=rates,
        trust=parts.unwatched(TOOL),
        failures={"failed": failed} if failed else {},
        tokens={
            "input_counted": _each(result.total_input_tokens, result.completed),
            "output_counted": _each(result.total_output_tokens, result.completed),
        },
        notes=() if "ttft_s" in detailed else (f"{parts.NO_VALUES}; `--save-detailed` saves the values",),
        concurrency=result.max_concurrency,
        window_s=result.duration,
        definitions=parts.told_only(DEFINITIONS, metrics, rates),
    )
    return parts.one_candidate(name, TOOL, [workload], model=result.model_id, started=_started(result.date or ""))


def _started(date: str) -> str:
    """`20261121-151113`, a local time, as ISO 8601 has it; empty for any other form."""
    found = re.fullmatch(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)", date)
    return "{}-{}-{}T{}:{}:{}".format(*found.groups()) if found else ""


def _load(result: _Result) -> str:
    """`poisson 2/s, concurrency 8`: runs under the same load find each other by it, other tools' too."""
    arrivals = "poisson" if result.burstiness in {None, 1.0} else f"gamma (burstiness {result.burstiness:g})"
    told = [f"{arrivals} {result.request_rate:g}/s"] if isinstance(result.request_rate, float) else []
    if result.max_concurrency is not None:
        told.append(f"concurrency {result.max_concurrency}")
    return ", ".join(told) or "all at once"


def _told(document: dict[str, Any], n: int, short: str) -> Distribution | None:
    """The figures of one metric. A mean of 0 stands for no values at all."""
    names = {"mean": "mean", "p50": "median", "p95": "p95", "p99": "p99"}
    figures = {ours: document.get(f"{theirs}_{short}_ms") for ours, theirs in names.items()}
    given = msgspec.convert(figures, dict[str, Amount | None])
    return parts.as_told(n, **given, scale=S_PER_MS) if given["mean"] else None


def _detailed(result: _Result) -> dict[str, Distribution | None]:
    """From the arrays, for the metrics whose arrays are whole: as many values as requests were completed."""
    e2e = [latency for latency in result.latencies if latency]
    found = {"e2e_s": parts.of_values(e2e)} if len(e2e) == result.completed else {}
    rows = list(zip(result.ttfts, result.output_lens, result.itls, strict=False))
    done = [row for row, error in zip(rows, result.errors, strict=False) if not error and row[0]]
    if not done or len(done) != result.completed:
        return found
    tpot = [sum(gaps) / (tokens - 1) if tokens and tokens > 1 and gaps else None for _, tokens, gaps in done]
    return found | {
        "ttft_s": parts.of_values(ttft for ttft, _, _ in done),
        "tpot_s": parts.of_values(tpot),
        "icl_s": parts.of_gaps([gaps for _, _, gaps in done]),
        "worst_stall_s": parts.of_values(max(gaps, default=None) for _, _, gaps in done),
    }


def _each(total: int | None, requests: int) -> float | None:
    return total / requests if total and requests else None
