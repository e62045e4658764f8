"""Calibrations that plans use, from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.store.calibrations import Calibrations
from seatrial.store.place import default_path

if TYPE_CHECKING:
    from pathlib import Path

    from seatrial.domain.coefficients import Calibration


def stored_calibrations(store_path: Path | None) -> tuple[Calibration, ...]:
    """Every calibration of the store, newest first; none where there is no store yet.

    Raises StoreError where it cannot be read.
    """
    path = store_path or default_path()
    if not path.exists():
        return ()
    with Calibrations.open(path, create=False) as calibrations:
        return tuple(row.calibration for row in calibrations.all())
