"""Stages and batches: a row for each, the candidates side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.report import figures
from seatrial.report.dense import dense
from seatrial.report.lines import completed, statistic
from seatrial.report.view import Cell, Role, Row, Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.summary import RunSummary, WorkloadSummary

MEANS = "Means over the requests of a stage or batch; their intervals are in the JSON form of this report."


def stages(run: RunSummary) -> Section:
    """One table per workload; alone, a candidate has room for intervals."""
    alone = len(run.candidates) == 1
    by_workload: dict[str, dict[str, WorkloadSummary]] = {}
    for candidate in run.candidates:
        for workload in candidate.workloads:
            if workload.stages:
                by_workload.setdefault(workload.name, {})[candidate.name] = workload
    tables = tuple(_table(name, ran, alone=alone) for name, ran in by_workload.items())
    lines = (Cell(MEANS, Role.DIM),) if tables and not alone else ()
    return Section("Stages and batches", lines=lines, tables=tables)


def _table(title: str, ran: dict[str, WorkloadSummary], *, alone: bool) -> Table:
    columns = (
        ("offered", "per s"),
        ("done", "per s"),
        ("ok",),
        ("TTFT", "mean"),
        ("E2E", "mean"),
        ("output", "tokens/s"),
    )
    lossy = any(stage.counts.completed < stage.counts.planned for w in ran.values() for stage in w.stages)
    longest = max(ran.values(), key=lambda workload: len(workload.stages)).stages
    rows = tuple(
        Row(stage.label, tuple(cell for w in ran.values() for cell in _cells(w, i, lossy=lossy, alone=alone)))
        for i, stage in enumerate(longest)
    )
    groups = () if alone else tuple(ran)
    return dense(Table(title, columns * len(ran), rows, together=len(columns), groups=groups))


def _cells(workload: WorkloadSummary, index: int, *, lossy: bool, alone: bool) -> Iterator[Cell]:
    """The cells of one stage; a batch comes at once and has no rate, `ok` is told where anything was lost."""
    if index >= len(workload.stages):
        yield from (Cell(figures.UNKNOWN, Role.DIM),) * 6
        return
    stage = workload.stages[index]
    yield Cell(figures.plain(stage.offered_per_s))
    yield Cell(figures.UNKNOWN if stage.kind == "batch" else figures.plain(stage.achieved_per_s))
    yield completed(stage.counts) if lossy else Cell(figures.UNKNOWN)
    for distribution in (stage.ttft_s, stage.e2e_s):
        mean = statistic(distribution, "mean")
        if alone or mean is None:
            yield Cell(figures.measured(mean, figures.duration, stage.counts.completed))
        else:
            yield Cell(figures.seconds(mean.value))
    yield Cell(figures.plain(stage.output_tokens_per_s))
