"""SQLite's errors as StoreError: the one place that knows what each means to a user and what to do next."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from seatrial.errors import StoreError
from seatrial.units import MIB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DAMAGED = "keep a copy; `sqlite3 {path} .recover` may save its rows; choose another --store for new runs"
_PERMISSION = "check who owns the file and its folder, or choose another --store"

_MEANING = {
    sqlite3.SQLITE_FULL: (
        "the disk holding {path} is full",
        "free space or choose another --store; everything up to the last second is kept",
    ),
    sqlite3.SQLITE_BUSY: ("{path} is locked by another process", "try again when the other run has ended"),
    sqlite3.SQLITE_READONLY: ("{path} is read-only", _PERMISSION),
    sqlite3.SQLITE_PERM: ("{path} may not be opened", _PERMISSION),
    sqlite3.SQLITE_CANTOPEN: ("{path} cannot be opened", _PERMISSION),
    sqlite3.SQLITE_NOTADB: ("{path} is not a store", "choose another file with --store"),
    sqlite3.SQLITE_CORRUPT: ("{path} is damaged", _DAMAGED),
    sqlite3.SQLITE_IOERR: ("the disk holding {path} failed: {error}", "check the disk, or choose another --store"),
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: (
        "what is being added belongs to a run that is no longer in {path}",
        "it was deleted while it was running; start it again",
    ),
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: ("{path} already holds this record", "start the run again"),
}
_OTHER = ("{path} cannot be used: {error}", "choose another --store")


@contextmanager
def store_errors(path: Path) -> Iterator[None]:
    """Raises StoreError for whatever SQLite or the file system raises inside; a wrong call of ours stays a bug."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except sqlite3.Error as error:
        message, hint = _meaning(error, path)
        raise StoreError(message.format(path=path, error=error), hint.format(path=path)) from error
    except OSError as error:
        raise StoreError(f"{path} cannot be opened: {error.strerror}", _PERMISSION) from error


def _meaning(error: sqlite3.Error, path: Path) -> tuple[str, str]:
    # The module sets no code on errors of its own, such as text that is not UTF-8.
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    primary = code & 0xFF
    if primary == sqlite3.SQLITE_IOERR and shutil.disk_usage(path.parent).free < MIB:
        primary = sqlite3.SQLITE_FULL  # the write-ahead index could not grow: an I/O error to SQLite
    return _MEANING.get(code) or _MEANING.get(primary) or _OTHER
