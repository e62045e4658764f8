"""The result tables: metrics down, workloads and candidates across.

An experiment is a group of workloads (1, 2, 4 and 8 users) or the ungrouped workloads of a suite. Where several
candidates were tried they stand side by side under each workload.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.report import figures
from seatrial.report.lines import LINES, Line
from seatrial.report.view import Cell, Role, Row, Section, Table
from seatrial.words import joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.summary import RunSummary, WorkloadSummary

CAPTION = "Over completed requests, with 95 % intervals [low, high]. TPOT: time per token after the first."


class _Experiment(NamedTuple):
    """`names` of its workloads, in the order they were run."""

    title: str
    names: list[str]


def results(run: RunSummary) -> Section:
    """One table per experiment, then which quantiles need more requests than there were."""
    tables = tuple(_table(run, experiment) for experiment in _experiments(run))
    if not tables:
        return Section("Results")
    return Section("Results", (Cell(CAPTION, Role.DIM),), tables, tuple(_left_out(run)))


def _experiments(run: RunSummary) -> Iterator[_Experiment]:
    grouped: dict[tuple[str | None, str], dict[str, None]] = {}
    for workload in _measured(run):
        grouped.setdefault((workload.suite, workload.group or workload.name), {})[workload.name] = None
    experiments: dict[tuple[str | None, str | None], list[str]] = {}
    for (suite, group), names in grouped.items():
        experiments.setdefault((suite, group if len(names) > 1 else None), []).extend(names)
    for (suite, several), members in experiments.items():
        what = several or (members[0] if len(members) == 1 else None)
        parts = dict.fromkeys(part for part in (suite, what) if part)
        yield _Experiment(": ".join(parts) or "workloads", members)


def _measured(run: RunSummary) -> Iterator[WorkloadSummary]:
    for candidate in run.candidates:
        yield from (workload for workload in candidate.workloads if workload.skipped is None)


def _table(run: RunSummary, experiment: _Experiment) -> Table:
    by_candidate = {c.name: {w.name: w for w in c.workloads if w.skipped is None} for c in run.candidates}
    candidates = [name for name, ran in by_candidate.items() if not ran.keys().isdisjoint(experiment.names)]
    columns = [(name, by_candidate[c].get(name), c) for name in experiment.names for c in candidates]
    workloads = [workload for _, workload, _ in columns]
    rows = tuple(_row(line, workloads) for line in LINES if any(w and line.cell(w) for w in workloads))
    # What the title says, the head does not repeat.
    several_workloads, several_candidates = len(experiment.names) > 1, len(run.candidates) > 1
    if not several_candidates:
        return Table(experiment.title, tuple((name,) if several_workloads else () for name, _, _ in columns), rows)
    return Table(
        experiment.title,
        tuple((candidate,) for _, _, candidate in columns),
        rows,
        together=len(candidates),
        groups=tuple(experiment.names) if several_workloads else (),
    )


def _row(line: Line, workloads: Sequence[WorkloadSummary | None]) -> Row:
    return Row(line.label, tuple(_cell(line, workload) for workload in workloads))


def _cell(line: Line, workload: WorkloadSummary | None) -> Cell:
    if workload is None:
        return Cell(figures.UNKNOWN, Role.DIM)
    return line.cell(workload) or Cell(line.absent, Role.DIM)


def _left_out(run: RunSummary) -> Iterator[Cell]:
    needs: dict[str, int] = {}
    for workload in _measured(run):
        times = workload.metrics.get("e2e_s")
        if times is not None:
            needs |= {stat: n for stat, n in times.needed.items() if getattr(times, stat) is None}
    if needs:
        counts = joined(f"{needs[stat]:,}" for stat in sorted(needs))
        verb = "is" if len(needs) == 1 else "are"
        which = joined(sorted(needs))
        yield Cell(f"{which} {verb} unknown where fewer than {counts} completed requests count", Role.DIM)
