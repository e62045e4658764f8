"""The store of runs: put records in as they are made, get them back as domain records or as a table.

Every add is a transaction of its own, on the disk when it returns: a caller that adds at least once a second loses
at most that second to kill -9. Several processes may write runs into one store at once.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
from seatrial.domain.sample import ClientSecond, Outcome, Sample
from seatrial.errors import StoreError
from seatrial.stats.table import COLUMNS, SampleTable, table_from_batches
from seatrial.store.database import Database
from seatrial.store.rows import (
    SAMPLE_COLUMNS,
    SECOND_COLUMNS,
    damaged,
    from_document,
    from_documents,
    sample_from_row,
    sample_to_row,
    second_to_row,
    to_document,
)
from seatrial.store.runs import RunName, RunRow, StoredRun, pick_run, status_now, this_boot
from seatrial.store.soundness import impossible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from seatrial.domain.telemetry import Reading

R = TypeVar("R", CandidateRecord, WorkloadRecord)

ALL_OUTCOMES = frozenset(Outcome)

_SAMPLES_AT_ONCE = 256
_ROWS_AT_ONCE = 10_000
_FIRST_NS, _LAST_NS = -(2**63), 2**63 - 1


class Store:
    """An open store, to be used in a `with` block; threads may share it. Every method may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Self:
        """The store at `path`; with `create`, an empty one where there is none.

        Raises StoreError, the file untouched, for another version, another program's file or a damaged one.
        """
        return cls(Database(path, create=create))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._database.close()

    def begin_run(self, info: RunInfo) -> None:
        row = (info.id, info.spec.name, info.started_utc, info.status, info.pid, *this_boot(), to_document(info))
        self._add("run", ("id", "name", "started_utc", "status", "pid", "host", "boot", "document"), [row])

    def finish_run(self, run_id: str, status: str) -> None:
        with self._database.write() as connection:
            connection.execute("UPDATE run SET status = ? WHERE id = ?", (status, run_id))

    def put_candidate(self, run_id: str, record: CandidateRecord) -> None:
        """Stores `record`, in place of the one of its position if there is one."""
        row = (run_id, record.position, record.candidate.name, to_document(record))
        self._add("candidate", ("run_id", "position", "name", "document"), [row], replacing=True)

    def put_workload(self, run_id: str, record: WorkloadRecord) -> None:
        """Stores `record`, in place of the one of its position if there is one, whose samples stay."""
        name, document = record.workload.name, to_document(record)
        row = (run_id, record.position, record.candidate_position, name, record.t0_ns, document)
        columns = ("run_id", "position", "candidate", "name", "t0_ns", "document")
        self._add("workload", columns, [row], replacing=True)

    def add_samples(self, run_id: str, workload: int, samples: Sequence[Sample]) -> None:
        """Adds samples of the workload at position `workload`."""
        rows = [(run_id, workload, *sample_to_row(sample)) for sample in samples]
        self._add("sample", ("run_id", "workload", *SAMPLE_COLUMNS), rows)

    def add_client_seconds(self, run_id: str, workload: int, seconds: Sequence[ClientSecond]) -> None:
        """Adds what the client saw of itself during the workload at position `workload`."""
        rows = [(run_id, workload, *second_to_row(second)) for second in seconds]
        self._add("client_second", ("run_id", "workload", *SECOND_COLUMNS), rows)

    def add_readings(self, run_id: str, readings: Sequence[Reading]) -> None:
        """Adds telemetry. NaN is no reading; a second value for one moment of a series replaces the first."""
        with self._database.write() as connection:
            known = dict(connection.execute("SELECT name, series FROM series WHERE run_id = ?", (run_id,)))
            for name in dict.fromkeys(reading.series for reading in readings):
                if name not in known:
                    known[name] = len(known)
                    connection.execute("INSERT INTO series VALUES (?, ?, ?)", (run_id, known[name], name))
            connection.executemany(
                "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?)",
                ((run_id, r.t_ns, known[r.series], r.value) for r in readings if not math.isnan(r.value)),
            )

    def _add(
        self, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]], *, replacing: bool = False
    ) -> None:
        sql = f"INSERT INTO {table} ({_names(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608  our own words
        if replacing:  # not INSERT OR REPLACE: that deletes the old row, and its samples with it
            changed = (f"{name} = excluded.{name}" for name in columns if name not in {"run_id", "position"})
            sql += " ON CONFLICT DO UPDATE SET " + ", ".join(changed)
        with self._database.write() as connection:
            connection.executemany(sql, rows)

    def runs(self) -> list[RunRow]:
        """All runs, newest first."""
        rows = self._database.rows(
            "SELECT id, name, started_utc, status, pid, host, boot,"
            " (SELECT count(*) FROM candidate WHERE run_id = run.id),"
            " (SELECT count(*) FROM workload WHERE run_id = run.id),"
            " (SELECT count(*) FROM sample WHERE run_id = run.id) FROM run ORDER BY run.rowid DESC"
        )
        return [
            RunRow(run_id, name, started_utc, status_now(status, pid, host, boot), candidates, workloads, samples)
            for run_id, name, started_utc, status, pid, host, boot, candidates, workloads, samples in rows
        ]

    def resolve(self, word: str) -> str:
        """The id of the run that `word` means: an id or its beginning, a run's name, or `last`.

        Raises UsageError when there is none, naming the nearest ids.
        """
        rows = self._database.rows("SELECT id, name FROM run ORDER BY rowid DESC")  # without counting their samples
        return pick_run(word, [RunName(*row) for row in rows])

    def load_run(self, run_id: str) -> StoredRun:
        """The run without its samples. Raises StoreError for an id that is not in the store."""
        rows = self._database.rows("SELECT document, status, pid, host, boot FROM run WHERE id = ?", (run_id,))
        if not rows:
            raise StoreError(f"there is no run {run_id} in {self._database.path}", "`seatrial runs list` shows all")
        document, *state = rows[0]
        info = replace(from_document(document, RunInfo), status=status_now(*state))
        candidates = self._records("candidate", run_id, CandidateRecord)
        workloads = self._records("workload", run_id, WorkloadRecord)
        if info.id != run_id or {w.candidate_position for w in workloads} - {c.position for c in candidates}:
            raise damaged(f"the records of run {run_id} in {self._database.path} do not belong together")
        for record in workloads:
            wrong = impossible(record)
            if wrong is not None:
                raise damaged(f'workload "{record.workload.name}" of run {run_id} cannot have been run: {wrong}')
        return StoredRun(info, candidates, workloads)

    def _records(self, table: str, run_id: str, kind: type[R]) -> tuple[R, ...]:
        sql = f"SELECT position, document FROM {table} WHERE run_id = ? ORDER BY position"  # noqa: S608  our own words
        found = {position: from_document(text, kind) for position, text in self._database.rows(sql, (run_id,))}
        if any(record.position != position for position, record in found.items()):
            raise damaged(f"the {table} records of run {run_id} in {self._database.path} are in disorder")
        return tuple(found.values())

    def table(self, run_id: str, workload: int) -> SampleTable:
        """The samples of a workload as columns, ordered by index; times count from `zero_ns`."""
        with self.reading_samples():
            return table_from_batches(self.batches(run_id, workload), self.zero_ns(run_id, workload))

    def batches(
        self, run_id: str, workload: int, columns: Sequence[str] = COLUMNS, size: int = _ROWS_AT_ONCE
    ) -> Iterator[dict[str, Sequence[Any]]]:
        """The samples of a workload ordered by index, `size` at a time, each of `columns` as a sequence."""
        for rows in self._pages(columns, run_id, workload, size):
            batch: dict[str, Sequence[Any]] = dict(zip(columns, zip(*rows, strict=True), strict=True))
            if "server" in batch:
                batch["server"] = from_documents(batch["server"], dict[str, float])
            yield batch

    @contextmanager
    def reading_samples(self) -> Iterator[None]:
        """Raises StoreError for rows that hold what no sample can: a hand or a bad disk was at them."""
        try:
            yield
        except (ValueError, TypeError, OverflowError) as error:
            raise damaged(f"{self._database.path} holds samples that cannot be read: {error}") from error

    def zero_ns(self, run_id: str, workload: int) -> int:
        """The moment a workload's times count from: its schedule's zero.

        Where that was never recorded (killed before the load began), the first intended send.
        """
        rows = self._database.rows(
            "SELECT coalesce(t0_ns, (SELECT min(t_intended_ns) FROM sample WHERE run_id = ?1 AND workload = ?2), 0)"
            " FROM workload WHERE run_id = ?1 AND position = ?2",
            (run_id, workload),
        )
        return int(rows[0][0]) if rows else 0

    def samples(self, run_id: str, workload: int) -> Iterator[Sample]:
        """The samples of a workload ordered by index, a few at a time in memory."""
        for rows in self._pages(SAMPLE_COLUMNS, run_id, workload, _SAMPLES_AT_ONCE):
            yield from map(sample_from_row, rows)

    def _pages(
        self, columns: Sequence[str], run_id: str, workload: int, size: int
    ) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a workload ordered by index, `size` at a time: no query stays open in between."""
        sql = f'{_select(columns)} AND "index" > ? ORDER BY "index" LIMIT {size}'
        last = _FIRST_NS
        while rows := self._database.rows(sql, (run_id, workload, last)):
            yield rows
            last = rows[-1][columns.index("index")]

    def outcomes(self, run_id: str) -> dict[int, dict[str, int]]:
        """By workload position, how many of its stored samples ended how."""
        rows = self._database.rows(
            "SELECT workload, outcome, count(*) FROM sample WHERE run_id = ? GROUP BY 1, 2 ORDER BY 1, 3 DESC",
            (run_id,),
        )
        found: dict[int, dict[str, int]] = {}
        for workload, outcome, count in rows:
            if outcome not in ALL_OUTCOMES:
                raise damaged(
                    f"{self._database.path} holds requests that ended in {outcome!r}, which is no way to end"
                )
            found.setdefault(workload, {})[outcome] = count
        return found

    def failure_details(self, run_id: str, workload: int) -> tuple[str, ...]:
        """The different messages of a workload's failed requests, most frequent first, at most ten."""
        rows = self._database.rows(
            "SELECT outcome || ': ' || detail FROM sample WHERE run_id = ? AND workload = ? AND detail IS NOT NULL"
            " GROUP BY 1 ORDER BY count(*) DESC LIMIT 10",
            (run_id, workload),
        )
        return tuple(message for (message,) in rows)

    def client_seconds(self, run_id: str, workload: int) -> list[ClientSecond]:
        """Ordered by time, then by client process."""
        sql = f"SELECT {_names(SECOND_COLUMNS)} FROM client_second WHERE run_id = ? AND workload = ? ORDER BY t_ns, shard"  # noqa: S608, E501  our own words
        rows = self._database.rows(sql, (run_id, workload))
        if not all(isinstance(value, int | float) and math.isfinite(value) for row in rows for value in row):
            raise damaged(f"{self._database.path} holds client seconds of run {run_id} that are no numbers")
        return [ClientSecond(*row) for row in rows]

    def readings(
        self, run_id: str, start_ns: int | None = None, end_ns: int | None = None
    ) -> dict[str, list[tuple[int, float]]]:
        """By series, (t_ns, value) in order of time, from `start_ns` on and before `end_ns`."""
        rows = self._database.rows(
            "SELECT name, t_ns, value FROM reading JOIN series USING (run_id, series)"
            " WHERE run_id = ? AND t_ns >= ? AND t_ns < ? ORDER BY t_ns, series",
            (run_id, _bounded(start_ns, _FIRST_NS), _bounded(end_ns, _LAST_NS)),
        )
        found: dict[str, list[tuple[int, float]]] = {}
        try:
            for name, t_ns, value in rows:
                if math.isfinite(value):  # an engine may say that it is infinite; there is nothing to draw of it
                    found.setdefault(name, []).append((t_ns, value))
        except TypeError as error:
            raise damaged(f"{self._database.path} holds readings of run {run_id} that are no numbers") from error
        return found

    def delete_run(self, run_id: str) -> None:
        """Deletes the run with all that belongs to it and gives the space back to the file system."""
        with self._database.write() as connection:
            # First, by its own key: from a series, SQLite would look through all readings of the run.
            connection.execute("DELETE FROM reading WHERE run_id = ?", (run_id,))
            connection.execute("DELETE FROM run WHERE id = ?", (run_id,))
        self._database.shrink()


def _bounded(t_ns: int | None, otherwise: int) -> int:
    """A moment that SQLite can hold."""
    return otherwise if t_ns is None else max(_FIRST_NS, min(t_ns, _LAST_NS))


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _select(columns: Iterable[str]) -> str:
    return f"SELECT {_names(columns)} FROM sample WHERE run_id = ? AND workload = ?"  # noqa: S608  our own words
