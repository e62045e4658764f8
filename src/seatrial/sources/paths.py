"""What lies at a path that somebody wrote: names that no file can have are no fault of ours."""

from __future__ import annotations

import errno
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.errors import OutsideError, UsageError

if TYPE_CHECKING:
    import os

_NOT_THERE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL})


def expanded(text: str) -> Path:
    """The path with its ~ or ~USER as a folder. Raises UsageError for a user who is not known here."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise UsageError(f"{text[:200]}: there is no such user here", "write the whole path") from None


def status_of(path: Path) -> os.stat_result | None:
    """What the system knows of it, links followed; None where nothing is, or can be, of that name.

    Raises OutsideError where it may not be looked at.
    """
    try:
        return path.stat()
    except ValueError:  # a NUL in it
        return None
    except OSError as problem:
        if problem.errno in _NOT_THERE:
            return None
        raise OutsideError(
            f"{path} cannot be read: {problem.strerror or problem}", "ask whoever owns it, or copy it"
        ) from None


def is_there(path: Path) -> bool:
    """Raises OutsideError."""
    return status_of(path) is not None


def is_plain(path: Path) -> bool:
    """Whether it is a file of bytes: no folder, no pipe, no device. Raises OutsideError."""
    found = status_of(path)
    return found is not None and stat.S_ISREG(found.st_mode)


def is_folder(path: Path) -> bool:
    """Raises OutsideError."""
    found = status_of(path)
    return found is not None and stat.S_ISDIR(found.st_mode)


def is_taken(path: Path) -> bool:
    """Whether something has that name, be it a link that leads nowhere. Raises OutsideError."""
    try:
        return path.is_symlink() or is_there(path)
    except (ValueError, OSError):
        return is_there(path)
