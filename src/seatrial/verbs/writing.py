"""Files that are written: never over what is there unless told, and whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from seatrial.errors import OutsideError, UsageError
from seatrial.sources.paths import is_taken

if TYPE_CHECKING:
    from pathlib import Path


def check_free(output: Path, *, force: bool) -> None:
    """Raises UsageError where `output` exists and may not be overwritten; OutsideError where that is not told."""
    if not force and is_taken(output):
        raise UsageError(f"{output} exists", "give --force to overwrite it, or another name")


def make_folder(folder: Path) -> None:
    """Raises OutsideError where it cannot be made."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutsideError(f"{folder} cannot be made: {error.strerror}", "choose another place with -o") from error


def write_whole(output: Path, content: str | bytes) -> None:
    """Puts `content` at `output` in one step: a reader sees the old file or the new one. Raises OutsideError."""
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    part = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(output)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        reason = error.strerror or error
        raise OutsideError(f"{output} cannot be written: {reason}", "choose another place with -o") from error
