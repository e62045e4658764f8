"""The tables behind the results: cold starts, growth, arrivals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report import figures
from seatrial.report.dense import dense
from seatrial.report.view import Cell, Role, Row, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.summary import (
        ArrivalCheck,
        ColdSummary,
        Growth,
        RunSummary,
        WorkloadSummary,
    )

PER_TOKENS = 100
_QUANTITY = {
    "e2e_s": "time to complete",
    "user_tokens_per_s": "tokens/s of one user",
    "input_tokens_per_s": "input tokens/s",
}


def cold_starts(run: RunSummary) -> Section:
    found = [(label, w.cold) for label, w in labelled_workloads(run) if w.cold is not None]
    if not found:
        return Section("Cold starts")
    columns = (
        ("accepts",), ("ready",), ("first", "byte"), ("first", "token"), ("engine's", "load"), ("over", "warm TTFT")
    )  # fmt: skip
    rows = tuple(Row(label, _cold_cells(cold)) for label, cold in found)
    hows = "; ".join(dict.fromkeys(cold.how for _, cold in found))
    return Section(
        "Cold starts", tables=(dense(Table(f"from nothing loaded: {hows}", columns, rows, len(columns))),)
    )


def _cold_cells(cold: ColdSummary) -> tuple[Cell, ...]:
    phases = (cold.accept_s, cold.ready_s, cold.ttfb_s, cold.ttft_s, cold.load_s, cold.penalty_s)
    return tuple(Cell(figures.seconds(phase)) for phase in phases)


def growth(run: RunSummary) -> Section:
    """One table per candidate and length that was varied."""
    several = len(run.candidates) > 1
    tables: dict[str, list[Row]] = {}
    for candidate in run.candidates:
        for line in candidate.growth:
            title = f"{PER_TOKENS} more {line.x.replace('_', ' ')}"
            rows = tables.setdefault(f"{candidate.name}: {title}" if several else title, [])
            rows.append(Row(_growth_label(line), _growth_cells(line)))
    columns = (("change",), ("at 0 tokens",), ("levels",))
    return Section("Growth", tables=tuple(Table(title, columns, tuple(rows)) for title, rows in tables.items()))


def _growth_label(line: Growth) -> str:
    quantity = _QUANTITY.get(line.metric, line.metric)
    return quantity if line.concurrency is None else f"{quantity}, concurrency {line.concurrency}"


def _growth_cells(line: Growth) -> tuple[Cell, ...]:
    slope = line.slope
    is_time = not line.metric.endswith("_per_s")
    # The unit follows the larger end of the interval: a slope near 0 with a wide interval is readable then.
    size = max(abs(end) for end in (slope.value, slope.low, slope.high) if end is not None) * PER_TOKENS
    scale = figures.duration_scale(size) if is_time else figures.PLAIN
    shown = figures.figure(slope, figures.Scale(scale.factor * PER_TOKENS, scale.unit))
    start = figures.seconds(line.intercept) if is_time else figures.plain(line.intercept)
    return Cell(shown), Cell(start), Cell(str(slope.n))


def arrivals(run: RunSummary) -> Section:
    found = [(label, w.arrivals) for label, w in labelled_workloads(run) if w.arrivals is not None]
    if not found:
        return Section("Arrivals")
    columns = ("process", "n", "asked/s", "came/s", "cv asked", "cv came", "dispersion", "lag-1")
    rows = tuple(Row(label, _arrival_cells(check)) for label, check in found)
    table = Table("as sent", tuple((name,) for name in columns), rows, together=len(columns))
    return Section("Arrivals", tables=(dense(table),))


def _arrival_cells(check: ArrivalCheck) -> tuple[Cell, ...]:
    role = Role.BAD if check.reasons else Role.PLAIN
    values = (check.asked_rate_per_s, check.rate_per_s, check.asked_cv, check.cv, check.dispersion, check.lag1)
    return (
        Cell(check.process, role),
        Cell(str(check.n)),
        *(Cell(figures.plain(value), role) for value in values),
    )


def labelled_workloads(run: RunSummary) -> Iterator[tuple[str, WorkloadSummary]]:
    """Every workload that was run, named with its candidate where there are several."""
    several = len(run.candidates) > 1
    for candidate in run.candidates:
        for workload in candidate.workloads:
            if workload.skipped is None:
                yield (f"{candidate.name}, {workload.name}" if several else workload.name), workload
