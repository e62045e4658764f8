"""The numbers that matter in one small table: a row per workload, the candidates side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.trial import Verdict
from seatrial.report import figures
from seatrial.report.dense import dense
from seatrial.report.lines import completed, statistic, trust
from seatrial.report.overview import MET_ROLE
from seatrial.report.view import Cell, Role, Row, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.summary import RunSummary, WorkloadSummary

CAPTION = "TTFT: time to first token. E2E: time to complete. Output tokens/s: of all requests together."
_SLO = {True: "met", False: "missed", None: "cannot tell"}
_COLUMNS = (("ok",), ("TTFT", "mean"), ("E2E", "mean"), ("output", "tokens/s"), ("SLO",), ("trust",))


def summary(run: RunSummary) -> Section:
    """Empty where there is only one column of results, which would be said twice."""
    ran = {c.name: {w.name: w for w in c.workloads if w.skipped is None} for c in run.candidates}
    ran = {name: workloads for name, workloads in ran.items() if workloads}
    every = [workload for workloads in ran.values() for workload in workloads.values()]
    if len(every) < 2:
        return Section("Summary")
    columns, ttft = _COLUMNS, "mean"
    if all(statistic(found, "p50") for w in every if (found := w.metrics.get("ttft_s")) is not None):
        columns, ttft = (_COLUMNS[0], ("TTFT", "p50"), *_COLUMNS[2:]), "p50"
    believed = all(workload.trust.verdict is Verdict.TRUSTED for workload in every)
    rows = tuple(
        Row(name, tuple(cell for w in ran.values() for cell in _cells(w.get(name), ttft, believed=believed)))
        for name in dict.fromkeys(workload.name for workload in every)
    )
    groups = tuple(ran) if len(run.candidates) > 1 else ()
    table = Table("", columns * len(ran), rows, together=len(columns), groups=groups)
    return Section("Summary", lines=(Cell(CAPTION, Role.DIM),), tables=(dense(table),))


def _cells(workload: WorkloadSummary | None, ttft: str, *, believed: bool) -> Iterator[Cell]:
    """The cells of `_COLUMNS`; trust is told where any is lowered."""
    if workload is None:
        yield Cell("not run", Role.DIM)
        yield from (Cell(figures.UNKNOWN, Role.DIM),) * (len(_COLUMNS) - 1)
        return
    yield completed(workload.counts)
    for metric, stat in (("ttft_s", ttft), ("e2e_s", "mean")):
        estimate = statistic(workload.metrics.get(metric), stat)
        yield Cell(figures.seconds(None if estimate is None else estimate.value))
    rate = workload.rates.get("output_tokens_per_s")
    yield Cell(figures.plain(None if rate is None else rate.value))
    yield (
        Cell(_SLO[workload.slo_met], MET_ROLE[workload.slo_met])
        if workload.slo
        else Cell(figures.UNKNOWN, Role.DIM)
    )
    yield Cell(figures.UNKNOWN, Role.DIM) if believed else trust(workload)
