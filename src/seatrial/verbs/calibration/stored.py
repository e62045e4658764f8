"""The calibrations of the store: listed, and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.store.calibrations import Calibrations, StoredCalibration
from seatrial.store.place import default_path, is_begun

if TYPE_CHECKING:
    from pathlib import Path


def calibrations(store_path: Path | None = None) -> tuple[StoredCalibration, ...]:
    """Those of the store, newest first; none where there is no store yet. Raises StoreError."""
    path = store_path or default_path()
    if not is_begun(path):
        return ()
    with Calibrations.open(path, create=False) as kept:
        return kept.all()


def delete_calibration(word: str, store_path: Path | None = None) -> str:
    """Deletes the calibration `word` means, an id or its beginning; gives its id. Raises UsageError, StoreError."""
    with Calibrations.open(store_path or default_path(), create=False) as kept:
        return kept.delete(word)
