"""One SQLite connection, shared by threads: a transaction to write in, a query to read with, errors translated."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

from seatrial.errors import StoreError
from seatrial.store.faults import store_errors
from seatrial.store.place import is_begun
from seatrial.store.schema import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BUSY_TIMEOUT_S = 30.0


class Database:
    """An open store file. Every method takes the lock, so threads may share it. Raises StoreError."""

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path = path
        self._lock = Lock()
        with store_errors(path):
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
            elif not is_begun(path):
                raise StoreError(
                    f"there is no store at {path}", "`seatrial run` makes one; name another with --store"
                )
            self._connection = _connect(path)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: on the disk when the block ends, undone when it raises."""
        with store_errors(self.path), self._lock, self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection

    def rows(self, sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with store_errors(self.path), self._lock:
            return self._connection.execute(sql, parameters).fetchall()

    def shrink(self) -> None:
        """Gives pages no longer used back to the file system."""
        with store_errors(self.path), self._lock:
            # A script, because it steps to the end: execute() would free a single page.
            self._connection.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        with store_errors(self.path), self._lock:
            self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    """The connection, in autocommit mode: transactions are begun by hand."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        prepare(connection, path)
        # In WAL mode NORMAL survives kill -9 whole; a power cut may take the last commits, never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection
