"""The runs of a store as rows of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from seatrial.store.runs import RunRow, StoredRun

MOST_RUNS = 500


@dataclass(frozen=True, slots=True)
class ListedRun:
    """`what` names the candidates with their engines and models."""

    id: str
    name: str
    started: str
    status: str
    what: str
    samples: int


@dataclass(frozen=True, slots=True)
class Listing:
    """`left_out`: how many older runs there are that were not looked at."""

    runs: tuple[ListedRun, ...]
    left_out: int


def listed_runs(store_path: Path, query: str) -> Listing:
    """The newest runs that hold every word of `query` somewhere in their row. Raises StoreError."""
    if not store_path.exists():  # a fresh computer is no error
        return Listing((), 0)
    words = query.lower().split()
    with Store.open(store_path, create=False) as store:
        rows = store.runs()
        found = [_listed(row, store.load_run(row.id)) for row in rows[:MOST_RUNS]]
    matching = tuple(run for run in found if all(word in _text(run) for word in words))
    return Listing(matching, max(0, len(rows) - MOST_RUNS))


def _listed(row: RunRow, run: StoredRun) -> ListedRun:
    whats = []
    for record in run.candidates:
        engine = record.info.engine if record.info else record.candidate.engine
        parts = dict.fromkeys(filter(None, (record.candidate.name, engine, record.candidate.model)))
        whats.append(" ".join(parts))
    return ListedRun(row.id, row.name or "", row.started_utc, row.status, ", ".join(whats), row.samples)


def _text(run: ListedRun) -> str:
    return f"{run.id} {run.name} {run.started} {run.status} {run.what}".lower()
