"""What `from seatrial import ...` gives: stored runs, their numbers and their raw samples, with types.

    from seatrial import compare, load_run, summarize

    run = load_run("last")
    summary = summarize(run)                     # every number with its interval, as in the report
    table = run.table("concurrency-4")           # the raw samples as numpy columns
    compare("yesterday", run).verdict            # better, worse, same, cannot tell or mixed

Everything is read from the store when it is asked for; nothing here changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.domain.comparison import RunComparison
from seatrial.domain.summary import RunSummary
from seatrial.errors import UsageError, nearest
from seatrial.stats.table import SampleTable
from seatrial.store.place import default_path
from seatrial.store.store import Store
from seatrial.verbs.compare import compare_runs
from seatrial.verbs.figures import Figure, figures_stored
from seatrial.verbs.summary import summarize_stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
    from seatrial.domain.sample import Sample

__all__ = ["Figure", "Run", "RunComparison", "RunSummary", "SampleTable", "compare", "load_run", "summarize"]

MARGIN = 0.05


@dataclass(frozen=True)
class Run:
    """A stored run: what it was (`info`), whom it met (`candidates`), what it asked (`workloads`)."""

    store: Path
    info: RunInfo
    candidates: tuple[CandidateRecord, ...]
    workloads: tuple[WorkloadRecord, ...]

    @property
    def id(self) -> str:
        return self.info.id

    def table(self, workload: str, *, candidate: str | None = None) -> SampleTable:
        """The samples of a workload as numpy columns, times in seconds since the workload's zero.

        `candidate` may be left out where only one has a workload of this name. Raises UsageError for an unknown
        name, StoreError for samples that cannot be read.
        """
        with Store.open(self.store, create=False) as opened:
            return opened.table(self.id, self._position(workload, candidate))

    def samples(self, workload: str, *, candidate: str | None = None) -> Iterator[Sample]:
        """The same as records, one by one in order of index: with texts, statuses and details of failures."""
        return self._read(self._position(workload, candidate))  # a wrong name is told now, not at the first sample

    def _read(self, position: int) -> Iterator[Sample]:
        with Store.open(self.store, create=False) as opened, opened.reading_samples():
            yield from opened.samples(self.id, position)

    def telemetry(self) -> dict[str, list[tuple[int, float]]]:
        """By series, (t_ns, value) in order of time; the clock is that of the samples."""
        with Store.open(self.store, create=False) as opened:
            return opened.readings(self.id)

    def figures(self) -> dict[str, Figure]:
        """The report's charts by id, which a notebook shows."""
        with Store.open(self.store, create=False) as opened:
            return figures_stored(opened, self.id)

    def _position(self, workload: str, candidate: str | None) -> int:
        names = {record.position: record.candidate.name for record in self.candidates}
        _known("candidate", candidate, list(names.values()))
        _known("workload", workload, [record.workload.name for record in self.workloads])
        found = {
            names[record.candidate_position]: record.position
            for record in self.workloads
            if record.workload.name == workload and candidate in {None, names[record.candidate_position]}
        }
        if not found:
            raise UsageError(f'"{candidate}" has no workload "{workload}" in run {self.id}')
        if len(found) > 1:
            raise UsageError(
                f'{len(found)} candidates have a workload "{workload}"', "name one: " + ", ".join(map(repr, found))
            )
        return next(iter(found.values()))


def _known(what: str, name: str | None, names: Sequence[str]) -> None:
    if name is not None and name not in names:
        raise UsageError(f'there is no {what} "{name}" in this run', nearest(name, names) if names else "")


def load_run(run: str = "last", store: Path | str | None = None) -> Run:
    """The run that `run` means: an id, the beginning of one, a run's name, or `last`.

    `store` defaults to the one the command line uses. Raises UsageError for an unknown run, naming the nearest;
    StoreError for a store that is not there or cannot be read.
    """
    path = default_path() if store is None else Path(store)
    with Store.open(path, create=False) as opened:
        found = opened.load_run(opened.resolve(run))
    return Run(path, found.info, found.candidates, found.workloads)


def summarize(run: Run | str = "last", store: Path | str | None = None) -> RunSummary:
    """Every number of the report, as estimates with interval and n.

    `run` is one that was loaded, or a word as for `load_run`.
    """
    loaded = run if isinstance(run, Run) else load_run(run, store)
    with Store.open(loaded.store, create=False) as opened:
        return summarize_stored(opened, loaded.id)


def compare(
    base: Run | str, new: Run | str, *, margin: float = MARGIN, store: Path | str | None = None
) -> RunComparison:
    """Per metric the ratio new over base with its interval, and one word: better, worse, same or cannot tell.

    A side is a `Run`, or what `seatrial compare` takes: a word for a run, RUN:CANDIDATE, the result file of another
    tool, or several of these joined by commas. `margin` is how far apart still counts as the same (0.05: 5 %).
    Raises UsageError for an unknown side, and where the sides share nothing that could be compared.
    """
    return compare_runs(_side(base, store), _side(new, store), margin=margin)


def _side(side: Run | str, store: Path | str | None) -> Sequence[RunSummary]:
    if isinstance(side, Run):
        return [summarize(side)]
    from seatrial.verbs.sides import load_sides  # noqa: PLC0415  brings the readers of other tools' files

    return load_sides(side, None if store is None else Path(store))
