"""k6's end-of-test summary in its three forms. Checked against k6 1.8.1.

They are --summary-export, the data of handleSummary, and either with --new-machine-readable-summary.

k6 knows HTTP and no tokens. Traps of the file: `passes` of http_req_failed are the requests that failed; the
timings without a tag hold failed requests too; a kept connection is counted as 0 ms of connecting, so that is not
taken over. All times are milliseconds, whatever --summary-time-unit says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from seatrial.domain.summary import Counts, WorkloadSummary
from seatrial.sources.foreign import parts
from seatrial.sources.foreign.parts import S_PER_MS, Amount, Count

if TYPE_CHECKING:
    from seatrial.domain.summary import Distribution, RunSummary

TOOL = "k6"
COMPLETED = "http_req_duration{expected_response:true}"
DEFINITIONS = {
    "e2e_s": (
        "k6's http_req_duration runs from the first byte sent to the last byte of the response; ours begins before "
        "connecting and ends at the last token"
    ),
    "http_waiting_s": (
        "k6's http_req_waiting: from the request sent to the first byte of the head, which is not the first token; "
        "failed requests are included"
    ),
    "requests_per_s": "k6: requests that were answered as expected / the time of the whole test, its end included",
}
_ONE_WORKLOAD = "http requests"


class _Trend(msgspec.Struct):
    avg: Amount | None = None
    min: Amount | None = None
    max: Amount | None = None
    med: Amount | None = None
    p95: Amount | None = None
    p99: Amount | None = None


class _Counter(msgspec.Struct):
    count: Count = 0
    rate: Amount | None = None


class _Failed(msgspec.Struct):
    """`passes` in the older forms and `matches` in the newest are how often it was true that a request failed."""

    passes: Count | None = None
    matches: Count | None = None


def is_ours(document: dict[str, Any]) -> bool:
    if isinstance(document.get("metrics"), dict) and "root_group" in document:
        return True
    metadata = document.get("metadata")
    return isinstance(metadata, dict) and "k6_version" in metadata and "results" in document


def read(document: dict[str, Any], name: str) -> RunSummary:
    """Raises msgspec.ValidationError where the document is not as k6 writes it."""
    values = _values(document)
    requests = msgspec.convert(values.get("http_reqs", {}), _Counter)
    counts = _counts(values, requests)
    metrics = {
        "e2e_s": _trend(values, COMPLETED if COMPLETED in values else "http_req_duration", counts.completed),
        "http_waiting_s": _trend(values, "http_req_waiting", requests.count),
    }
    window_s = _duration_s(document, requests)
    rates = {"requests_per_s": parts.rate(counts.completed / window_s if window_s else None, counts.completed)}
    workload = WorkloadSummary(
        name=_ONE_WORKLOAD,
        counts=counts,
        metrics=metrics,
        rates=rates,
        trust=parts.unwatched(TOOL),
        failures={"failed": counts.failed} if counts.failed else {},
        notes=(parts.NO_VALUES, "k6 counts no tokens: there is no TTFT, no TPOT and no token rate"),
        window_s=window_s,
        definitions=parts.told_only(DEFINITIONS, metrics, rates),
    )
    version = parts.inside(document, "metadata", "k6_version")
    return parts.one_candidate(
        name,
        TOOL,
        [workload],
        model=None,
        host={"measured by": parts.tamed(f"{TOOL} {version}")} if isinstance(version, str) else {},
    )


def _values(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Metric -> its figures, the three forms made alike: `p(95)` is p95."""
    listed = parts.inside(document, "results", "metrics")
    if isinstance(listed, list):
        rows = msgspec.convert(listed, list[dict[str, Any]])
        found = {str(row.get("name")): row.get("values") for row in rows}
    else:
        metrics = msgspec.convert(document.get("metrics"), dict[str, dict[str, Any]])
        found = {metric: entry.get("values", entry) for metric, entry in metrics.items()}
    plain = msgspec.convert(found, dict[str, dict[str, Any]])
    return {
        metric: {name.replace("p(95)", "p95").replace("p(99)", "p99"): value for name, value in figures.items()}
        for metric, figures in plain.items()
    }


def _counts(values: dict[str, dict[str, Any]], requests: _Counter) -> Counts:
    """Iterations that k6 dropped are requests never sent, where an iteration is one request."""
    failures = msgspec.convert(values.get("http_req_failed", {}), _Failed)
    failed = min(failures.passes or failures.matches or 0, requests.count)
    iterations = msgspec.convert(values.get("iterations", {}), _Counter)
    dropped = msgspec.convert(values.get("dropped_iterations", {}), _Counter)
    one_each = iterations.count == requests.count
    return parts.counted(requests.count - failed, failed, dropped.count if one_each else 0)


def _trend(values: dict[str, dict[str, Any]], name: str, n: int) -> Distribution | None:
    found = msgspec.convert(values.get(name), _Trend | None)
    if found is None:
        return None
    return parts.as_told(
        n,
        mean=found.avg,
        p50=found.med,
        p95=found.p95,
        p99=found.p99,
        minimum=found.min,
        maximum=found.max,
        scale=S_PER_MS,
    )


def _duration_s(document: dict[str, Any], requests: _Counter) -> float | None:
    """Of the whole test. --summary-export has only the rate that was formed with it."""
    told_s = msgspec.convert(parts.inside(document, "config", "duration"), Amount | None)
    told_ms = msgspec.convert(parts.inside(document, "state", "testRunDurationMs"), Amount | None)
    if told_s is not None or told_ms is not None:
        return told_s if told_s is not None else (told_ms or 0.0) * S_PER_MS
    return requests.count / requests.rate if requests.rate else None
