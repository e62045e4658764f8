"""The runs of a store as rows of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.errors import StoreError
from seatrial.store.place import is_begun
from seatrial.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from seatrial.store.runs import RunRow

MOST_RUNS = 500


@dataclass(frozen=True, slots=True)
class ListedRun:
    """`what` names the candidates with their engines and models; `found`: it holds every word looked for."""

    id: str
    name: str
    started: str
    status: str
    what: str
    samples: int
    text: str
    found: bool

    @property
    def measured(self) -> bool:
        """Whether there is something to compare."""
        return self.samples > 0 and self.status != "failed"


@dataclass(frozen=True, slots=True)
class Listing:
    """`left_out`: how many older runs there are that were not looked at."""

    runs: tuple[ListedRun, ...]
    left_out: int

    @property
    def chosen(self) -> tuple[str, str]:
        """The ids of base and new at first: the two newest runs that measured something; empty where none did."""
        new, base = ([run.id for run in self.runs if run.measured] + ["", ""])[:2]
        return base, new

    @property
    def found(self) -> bool:
        return any(run.found for run in self.runs)


def listed_runs(store_path: Path, query: str) -> Listing:
    """The newest runs; those that hold every word of `query` in their row are found. Raises StoreError."""
    if not is_begun(store_path):  # a fresh computer is no error
        return Listing((), 0)
    words = query.lower().split()
    with Store.open(store_path, create=False) as store:
        rows = store.runs()
        listed = tuple(_listed(row, _what(store, row.id), words) for row in rows[:MOST_RUNS])
    return Listing(listed, len(rows) - len(listed))


def shown_utc(moment: str) -> str:
    """An ISO 8601 moment as people write it: 2026-11-21 15:30:00."""
    return moment.removesuffix("Z").replace("T", " ")


def _listed(row: RunRow, what: str, words: list[str]) -> ListedRun:
    name = row.name or ""
    started = shown_utc(row.started_utc)
    text = f"{row.id} {name} {started} {row.status} {what}".lower()
    found = all(word in text for word in words)
    return ListedRun(row.id, name, started, row.status, what, row.samples, text, found)


def _what(store: Store, run_id: str) -> str:
    """One run that cannot be read does not hide the others."""
    try:
        run = store.load_run(run_id)
    except StoreError as problem:
        return f"cannot be read: {problem.message}"
    whats = []
    for record in run.candidates:
        engine = record.info.engine if record.info else record.candidate.engine
        parts = dict.fromkeys(filter(None, (record.candidate.name, engine, record.candidate.model)))
        whats.append(" ".join(parts))
    return ", ".join(whats)
