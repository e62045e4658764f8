"""Whether a record can be one that a run wrote: JSON that is whole may still hold what no load can have."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.record import WorkloadRecord


def impossible(record: WorkloadRecord) -> str | None:
    """What about `record` no run can have written, with its value; None when it is sound."""
    return next((f"{name} {value:g}" for name, value, least in _bounded(record) if not value >= least), None)


def _bounded(record: WorkloadRecord) -> Iterator[tuple[str, float, float]]:
    """Every number that must not fall below a bound: what it is, its value, the bound."""
    workload, smallest = record.workload, 1e-9
    yield "planned requests:", record.planned, 0
    yield "load processes:", record.processes, 1
    yield "requests:", _given(workload.requests, 1), 1
    yield "duration_s", _given(workload.duration_s, 1), smallest
    yield "rate_per_s", _given(workload.rate_per_s, 1), smallest
    yield "concurrency", _given(workload.concurrency, 1), 1
    for stage in workload.stages:
        yield "a stage over_s", stage.over_s, smallest
        yield "a stage from", min(stage.start, stage.end), 0
    for size in workload.batches:
        yield "a batch of", size, 1


def _given(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value
