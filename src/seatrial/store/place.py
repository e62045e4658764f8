"""Where the store is, if nobody says."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def is_begun(path: Path) -> bool:
    """Whether there is something to open: an empty file is none yet. What may not be looked at is for opening."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return found.st_size > 0 or not stat.S_ISREG(found.st_mode)


def default_path() -> Path:
    """$SEATRIAL_STORE, else seatrial/seatrial.db in $XDG_DATA_HOME, else in ~/.local/share."""
    named = os.environ.get("SEATRIAL_STORE")
    if named:
        return Path(named)
    data_home = os.environ.get("XDG_DATA_HOME")
    return (Path(data_home) if data_home else Path.home() / ".local" / "share") / "seatrial" / "seatrial.db"
