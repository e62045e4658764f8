"""What is said in sentences: who was busy, what failed and why, what was not run, what to bear in mind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.sample import Outcome
from seatrial.report.details import labelled_workloads
from seatrial.report.view import Cell, Role, Section
from seatrial.units import format_s
from seatrial.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seatrial.domain.summary import RunSummary, WorkloadSummary
    from seatrial.domain.values import Estimate

_NAMES_SHOWN = 2
ONE_TRIAL = (
    "the verdict compares one trial of each candidate; what differs from trial to trial is not in its interval: "
    "run again to see it"
)


def busy(run: RunSummary) -> Section:
    several = len(run.candidates) > 1
    return Section(
        "Who was busy",
        bullets=tuple(
            Cell(f"{candidate.name}: {sentence}" if several else sentence)
            for candidate in run.candidates
            for sentence in candidate.busy
        ),
    )


def failures(run: RunSummary) -> Section:
    """How many requests of each workload failed of what, with the messages there were; and what was not run."""
    return Section("Failures", bullets=tuple(_failures(run)))


def _failures(run: RunSummary) -> Iterator[Cell]:
    for candidate in run.candidates:
        for workload in candidate.workloads:
            if workload.skipped is not None:
                yield Cell(f"{candidate.name}, {workload.name} was not run: {workload.skipped}", Role.WARN)
    for label, workload in labelled_workloads(run):
        causes = [_cause(count, outcome, workload.failure_details) for outcome, count in workload.failures.items()]
        if causes:
            yield Cell(f"{label}: {'; '.join(causes)}", Role.BAD)


def _cause(count: int, outcome: str, details: Iterable[str]) -> str:
    """`2 cut off (the stream ended without its end mark)`; a detail begins with the outcome it belongs to."""
    if outcome == Outcome.INTERRUPTED:
        return f"{count} {'was' if count == 1 else 'were'} cut off by the interruption"
    said = [detail.removeprefix(f"{outcome}: ") for detail in details if detail.startswith(f"{outcome}: ")]
    return f"{count} {outcome.replace('_', ' ')}" + (f" ({'; '.join(said)})" if said else "")


def notes(run: RunSummary) -> Section:
    """Every different note once, with the workloads it holds for; also what was cut as warm-up, and drift."""
    by_candidate = [(c.name, note) for c in run.candidates for note in c.notes]
    by_workload = [(label, note) for label, w in labelled_workloads(run) for note in (*_settling(w), *w.notes)]
    everyone = sum(1 for _ in labelled_workloads(run))
    told = [_attributed(note, names, everyone) for note, names in _by_note([*by_candidate, *by_workload]).items()]
    if run.comparisons:
        told.insert(0, ONE_TRIAL)
    return Section("Notes", bullets=tuple(Cell(text, Role.DIM) for text in told))


def _settling(workload: WorkloadSummary) -> Iterator[str]:
    """What was cut as warm-up, that there was no steady state, and how far times moved over what was measured."""
    steady = workload.steady
    if steady is None:
        return
    if steady.cut_requests or steady.found is False:
        requests = (
            f"; {steady.cut_requests:,} of {workload.counts.planned:,} requests" if steady.cut_requests else ""
        )
        yield steady.reason + requests
    if steady.drift is not None and steady.drift.found:
        yield _drift(steady.drift.per_minute, (steady.end_s - steady.start_s) / 60)


def _drift(per_minute: Estimate, minutes: float) -> str:
    """`time to complete grew by 23 % [15, 31] of its mean over the 2.0 min measured`."""
    value, *ends = (
        None if share is None else 100 * share * minutes
        for share in (per_minute.value, per_minute.low, per_minute.high)
    )
    assert value is not None
    if value < 0:
        ends = [None if end is None else -end for end in reversed(ends)]
    within = f" [{ends[0]:.0f}, {ends[1]:.0f}]" if ends[0] is not None and ends[1] is not None else ""
    share = f"{'grew' if value > 0 else 'fell'} by {abs(value):.0f} %{within} of its mean"
    return f"time to complete {share} over the {format_s(minutes * 60)} measured"


def _by_note(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for name, note in pairs:
        names.setdefault(note, []).append(name)
    return names


def _attributed(note: str, names: list[str], everyone: int) -> str:
    if len(names) == everyone > 1:
        return f"all workloads: {note}"
    return f"{listed(names, _NAMES_SHOWN, sep='; ')}: {note}"
