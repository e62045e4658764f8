"""What is asked of the bytes of a pull: that they come fast enough, and that they are the right ones."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from seatrial.errors import OutsideError
from seatrial.units import MIB

if TYPE_CHECKING:
    from io import BufferedRandom, BufferedReader
    from pathlib import Path

    from seatrial.sources.models.remote import RemoteFile

WINDOW_S = 60.0
LEAST_BYTES = 64 * 1024
"""What must come in every WINDOW_S, or the connection is opened again: a server may drip for years."""
_PIECE_BYTES = MIB


class Pace:
    """How fast it comes, looked at once in every WINDOW_S."""

    def __init__(self, file: RemoteFile) -> None:
        self._file = file
        self._began_s, self._bytes = time.monotonic(), 0

    def came(self, count: int) -> None:
        """Raises OutsideError where too little came."""
        self._bytes += count
        if time.monotonic() - self._began_s < WINDOW_S:
            return
        if self._bytes < LEAST_BYTES:
            what = f"{self._bytes:,} bytes of {self._file.name} in {WINDOW_S:.0f} s"
            raise OutsideError(f"{self._file.host.name} sent {what}", "what came is kept; pull again later")
        self._began_s, self._bytes = time.monotonic(), 0


def is_right_at(path: Path, file: RemoteFile, size: int) -> bool:
    with path.open("rb") as there:
        return is_right(there, file, size)


def is_right(there: BufferedReader | BufferedRandom, file: RemoteFile, size: int) -> bool:
    """Whether the checksum that the index gives is the file's. True where it gives none."""
    there.seek(0)
    if file.sha256:
        return hashlib.file_digest(there, "sha256").hexdigest() == file.sha256
    if file.git_sha1:  # git hashes a header of its own before the content
        digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        while piece := there.read(_PIECE_BYTES):
            digest.update(piece)
        return digest.hexdigest() == file.git_sha1
    return True
