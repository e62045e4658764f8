"""The JSON report of seatrial itself, read back: a baseline that a build keeps as one file."""

from __future__ import annotations

from typing import Any

import msgspec

from seatrial.domain.summary import RunSummary
from seatrial.report.document import SCHEMA
from seatrial.sources.foreign import parts

_STATISTICS = frozenset({"mean", "p50", "p95", "p99", "minimum", "maximum"})


def is_ours(document: dict[str, Any]) -> bool:
    return "schema" in document and ("candidates" in document or "verdict" in document)


def read(document: dict[str, Any], name: str) -> RunSummary:  # noqa: ARG001  all readers are called alike
    """The run as it was reported. Raises msgspec.ValidationError for another schema or shape."""
    if "candidates" not in document:
        raise msgspec.ValidationError("it is a comparison; give the two reports that it compares")
    parts.check_schema(document["schema"], (SCHEMA,))
    known = {key: value for key, value in document.items() if value is not None}
    return msgspec.convert(known | {"candidates": _each(document["candidates"], _candidate)}, RunSummary)


def _candidate(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"workloads": _each(fields.get("workloads"), _workload)}


def _workload(fields: dict[str, Any]) -> dict[str, Any]:
    """Figures that the report puts together (`metrics`) or wraps (`slo`) as the record has them."""
    figures = fields.get("metrics")
    slo = fields.get("slo")
    return fields | {
        "counts": fields.get("requests"),
        "metrics": _chosen(figures, distributions=True),
        "rates": _chosen(figures, distributions=False),
        "slo": slo.get("checks") if isinstance(slo, dict) else slo,
        "stages": _each(fields.get("stages"), _stage),
    }


def _stage(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | {"counts": fields.get("requests")}


def _chosen(figures: Any, *, distributions: bool) -> Any:
    """The distributions, or the others; what is null is called a distribution, as which it says as little."""
    if not isinstance(figures, dict):
        return figures
    return {
        name: value
        for name, value in figures.items()
        if (value is None or (isinstance(value, dict) and not _STATISTICS.isdisjoint(value))) is distributions
    }


def _each(values: Any, change: Any) -> Any:
    """Every object of a list changed. What is no list or no object is left for msgspec to name."""
    if not isinstance(values, list):
        return values
    return [change(value) if isinstance(value, dict) else value for value in values]
