"""Where the store is, if nobody says."""

from __future__ import annotations

import os
from pathlib import Path


def default_path() -> Path:
    """$SEATRIAL_STORE, else seatrial/seatrial.db in $XDG_DATA_HOME, else in ~/.local/share."""
    named = os.environ.get("SEATRIAL_STORE")
    if named:
        return Path(named)
    data_home = os.environ.get("XDG_DATA_HOME")
    return (Path(data_home) if data_home else Path.home() / ".local" / "share") / "seatrial" / "seatrial.db"
