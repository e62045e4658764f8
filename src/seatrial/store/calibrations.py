"""Calibrations in the store: kept until they are deleted, whatever becomes of the run they rest on."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from seatrial.domain.coefficients import Calibration
from seatrial.errors import StoreError, UsageError
from seatrial.store.database import Database
from seatrial.store.rows import from_document, to_document
from seatrial.store.soundness import impossible_calibration

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Self


@dataclass(frozen=True, slots=True)
class StoredCalibration:
    """A calibration and the id it is listed and deleted by."""

    id: str
    calibration: Calibration


class Calibrations:
    """The calibrations of an open store file, to be used in a `with` block. Every method may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Self:
        """As `Store.open`."""
        return cls(Database(path, create=create))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._database.close()

    def add(self, calibration: Calibration) -> StoredCalibration:
        """Stores it under a new id; older ones of the same server stay, the newest is what plans use."""
        row = StoredCalibration(f"c-{datetime.now(UTC):%Y%m%d-%H%M}-{secrets.token_hex(2)}", calibration)
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO calibration (id, engine, device, model, created, document) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    row.id,
                    calibration.engine,
                    calibration.device,
                    calibration.model,
                    calibration.created,
                    to_document(calibration),
                ),
            )
        return row

    def all(self) -> tuple[StoredCalibration, ...]:
        """Newest first. Raises StoreError that names the one no fit can have made: a plan would rest on it."""
        rows = self._database.rows("SELECT id, document FROM calibration ORDER BY created DESC, rowid DESC")
        return tuple(StoredCalibration(name, _sound(name, document)) for name, document in rows)

    def delete(self, word: str) -> str:
        """Deletes the one that `word` means, an id or its beginning, and gives its id.

        Raises UsageError where it means none, naming those there are, or several.
        """
        ids = [name for (name,) in self._database.rows("SELECT id FROM calibration ORDER BY created DESC")]
        found = _meant(word, ids)
        with self._database.write() as connection:
            connection.execute("DELETE FROM calibration WHERE id = ?", (found,))
        return found


def _sound(name: str, document: str) -> Calibration:
    hint = f"`seatrial calibrate --delete {name}` removes it; `seatrial plan --no-calibration` plans without"
    try:
        found = from_document(document, Calibration)
    except StoreError as error:
        raise StoreError(f"calibration {name} is damaged: {error.message}", hint) from None
    wrong = impossible_calibration(found)
    if wrong is not None:
        raise StoreError(f"calibration {name} cannot be: {wrong}", hint)
    return found


def _meant(word: str, ids: Sequence[str]) -> str:
    matches = [name for name in ids if name == word] or [name for name in ids if word and name.startswith(word)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UsageError(f'"{word}" is the beginning of {len(matches)} calibrations', ", ".join(matches))
    known = ", ".join(ids[:5]) or "none yet; `seatrial calibrate RUN` makes one"
    raise UsageError(f'there is no calibration "{word}"', f"those there are: {known}")
