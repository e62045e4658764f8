"""Whether a record can be one that a run wrote: JSON that is whole may still hold what no load can have."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from seatrial.catalog.coefficients import shipped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.coefficients import Calibration, Coefficients
    from seatrial.domain.record import WorkloadRecord

MOST_FACTOR = 1e9
MOST_SPREAD = 5.0
"""exp(1.28 x 5): an interval that reaches 600 times the middle tells nothing."""
OWN_TERMS = frozenset({"attention", "cached", "lockstep"})
"""Terms that no shipped form has: only a calibration tells them."""


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


def impossible_calibration(found: Calibration) -> str | None:
    """What about `found` no fit can have made, in words; None when it is sound."""
    known = OWN_TERMS | {name for form in shipped() for name, _ in form.values}
    for form in (found.decode, found.prefill):
        wrong = _impossible_form(form, known)
        if wrong is not None:
            return f"of its {form.form[:20]}, {wrong}"
    if not 1 <= found.largest_batch < MOST_FACTOR:
        return f"its largest batch is {found.largest_batch:g}"
    return None


def _impossible_form(form: Coefficients, known: frozenset[str]) -> str | None:
    for name, factor in form.values:
        if name not in known:
            return f'"{name[:40]}" is no term'
        if not (isfinite(factor) and 0 <= factor <= MOST_FACTOR):
            return f"{name} is {factor:g}"
    if not any(factor for _, factor in form.values):
        return "no factor is above 0"
    if not 0 <= form.log_spread < MOST_SPREAD:
        return f"the spread is {form.log_spread:g}"
    return None
