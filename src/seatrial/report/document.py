"""A run as one JSON document: the contract that scripts depend on, `schema` 1. Absent is null, never NaN."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seatrial.domain.summary import (
        CandidateSummary,
        RunSummary,
        StageSummary,
        WorkloadSummary,
    )

SCHEMA = 1


def run_document(run: RunSummary) -> dict[str, Any]:
    """The document as plain dicts, lists, strings and finite numbers."""
    document: dict[str, Any] = _clean(
        {
            "schema": SCHEMA,
            "run": run.run,
            "name": run.name,
            "status": run.status,
            "started": run.started,
            "tool": run.tool,
            "seed": run.seed,
            "command": run.command or None,
            "trust": asdict(run.trust),
            "recommendation": run.recommendation or None,
            "answer": None if run.answer is None else asdict(run.answer),
            "comparisons": [asdict(comparison) for comparison in run.comparisons],
            "candidates": [_candidate(candidate) for candidate in run.candidates],
            "host": run.host,
            "spec": None if run.spec is None else asdict(run.spec),
        }
    )
    return document


def _candidate(candidate: CandidateSummary) -> dict[str, Any]:
    return {
        "name": candidate.name,
        "engine": candidate.engine,
        "engine_version": candidate.engine_version,
        "model": candidate.model,
        "recommended": candidate.recommended,
        "failed": candidate.failed,
        "usd_per_hour": candidate.usd_per_hour,
        "workloads": [_workload(workload) for workload in candidate.workloads],
        "growth": [asdict(growth) for growth in candidate.growth],
        "harness": [asdict(result) for result in candidate.harness],
        "busy": candidate.busy,
        "notes": candidate.notes,
    }


def _workload(workload: WorkloadSummary) -> dict[str, Any]:
    return {
        "name": workload.name,
        "suite": workload.suite,
        "group": workload.group,
        "level": workload.level,
        "concurrency": workload.concurrency,
        "skipped": workload.skipped,
        "window_s": workload.window_s,
        "requests": asdict(workload.counts),
        "metrics": {
            name: None if value is None else asdict(value)
            for name, value in (workload.metrics | workload.rates).items()
        },
        "tokens": workload.tokens,
        "definitions": workload.definitions,
        "steady": None if workload.steady is None else asdict(workload.steady),
        "trust": asdict(workload.trust),
        "slo": {"met": workload.slo_met, "checks": [asdict(check) for check in workload.slo]},
        "arrivals": None if workload.arrivals is None else asdict(workload.arrivals),
        "stages": [_stage(stage) for stage in workload.stages],
        "cold": None if workload.cold is None else asdict(workload.cold),
        "quality": None if workload.quality is None else asdict(workload.quality),
        "failures": workload.failures,
        "failure_details": workload.failure_details,
        "notes": workload.notes,
    }


def _stage(stage: StageSummary) -> dict[str, Any]:
    fields = asdict(stage)
    fields["requests"] = fields.pop("counts")
    return fields


def _clean(value: Any) -> Any:
    """`value` as JSON has it: tuples are lists, numbers that are not finite are None."""
    if isinstance(value, dict):
        return {str(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, str) else value
