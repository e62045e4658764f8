"""One remote file brought into a folder: resumed where it stopped, checked before it is called by its name.

What arrives grows in NAME.part. Only when its length and checksum are right does it become NAME, so a file that
carries its name is whole, and an error never touches one that was there before.
"""

from __future__ import annotations

import fcntl
import re
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from seatrial.errors import ModelNotFound, OutsideError, Unauthorized, UsageError
from seatrial.sources.models.arriving import LEAST_BYTES, Pace, is_right, is_right_at
from seatrial.sources.models.remote import answered, part_offset
from seatrial.sources.paths import is_plain, is_there, status_of
from seatrial.units import MIB, format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BufferedRandom
    from pathlib import Path

    import httpx

    from seatrial.sources.models.remote import RemoteFile

_TRIES = 5  # in a row without a single new byte
_SPARE_BYTES = 64 * MIB  # left on the disk for everybody else
_LENGTH = re.compile(r"bytes \d{1,18}-\d{1,18}/(\d{1,18})")
_DIGITS = re.compile(r"\d{1,18}")


class WrongAnswer(OutsideError):
    """The server says what cannot be true; asking again would not change it."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is whole. `fetched_bytes` is what came over the network for it: 0 where it was here already."""

    path: Path
    size: int
    fetched_bytes: int


@dataclass(frozen=True, slots=True)
class _Job:
    """`watch` is told of the file's name, how many bytes of it are here, and its size."""

    client: httpx.Client
    file: RemoteFile
    size: int
    watch: Callable[[str, int, int], None]
    pause_s: float


def fetch(
    client: httpx.Client,
    file: RemoteFile,
    folder: Path,
    watch: Callable[[str, int, int], None],
    *,
    pause_s: float = 1.0,
) -> Fetched:
    """Brings `file` into `folder`; `watch` is told of its name, the bytes that are here, and its size.

    Raises UsageError when another file has its name there, OutsideError and its kin for everything else; what has
    come so far is kept for the next time, unless its checksum says that it is wrong.
    """
    path, job = place_of(file, folder), _Job(client, file, _size(file), watch, pause_s)
    if is_there(path):
        return _kept(path, file, job.size)
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(part) as out:
            came = _grow(job, out)
            _check(out, file)
            part.replace(path)
    except OSError as problem:
        hint = "make room, or name another folder with -o"
        raise OutsideError(f"cannot write {part}: {problem.strerror or problem}", hint) from problem
    return Fetched(path, job.size, came)


def place_of(file: RemoteFile, folder: Path) -> Path:
    """Where `file` goes. Raises OutsideError for a name that leads out of the folder: names come from strangers."""
    parts = PurePosixPath(file.name).parts
    if not parts or file.name.startswith("/") or any(part == ".." or set(part) & set("\\:\0") for part in parts):
        raise OutsideError(f'{file.host.name} calls a file "{file.name[:80]}", which no honest one is called')
    return folder.joinpath(*parts)


def check_space(folder: Path, needed_bytes: int) -> None:
    """Raises OutsideError unless the disk of `folder` has room for so much, with some to spare."""
    there = next(parent for parent in (folder, *folder.absolute().parents) if is_there(parent))
    free = shutil.disk_usage(there).free
    if free < needed_bytes + _SPARE_BYTES:
        raise OutsideError(
            f"{folder} has {format_bytes(free)} left, {format_bytes(needed_bytes)} are to come",
            "make room there, or name another folder with -o",
        )


def missing_bytes(file: RemoteFile, folder: Path) -> int:
    """How much of `file` is not in `folder` yet."""
    path = place_of(file, folder)
    part = path.with_name(path.name + ".part")
    if is_there(path):
        return 0
    begun = status_of(part)
    return max(_size(file) - (begun.st_size if begun else 0), 0)


def _size(file: RemoteFile) -> int:
    if file.size is None:
        raise OutsideError(f"{file.host.name} does not say how long {file.name} is", "try again later")
    return file.size


def _kept(path: Path, file: RemoteFile, size: int) -> Fetched:
    try:
        same = is_plain(path) and path.stat().st_size == size and is_right_at(path, file, size)
    except OSError as problem:
        raise OutsideError(f"{path} cannot be read: {problem.strerror or problem}") from problem
    if not same:
        raise UsageError(f"{path} is there and is another file", "move it away, or name another folder with -o")
    return Fetched(path, size, 0)


@contextmanager
def _alone(part: Path) -> Iterator[BufferedRandom]:
    """The part file, locked: two at once would write into each other's."""
    with part.open("ab+") as out:
        try:
            fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"{part} is being written by another pull", "wait for it to end") from None
        yield out


def _grow(job: _Job, out: BufferedRandom) -> int:
    """The bytes that came until the part is as long as the file. A connection that breaks is opened again."""
    came, tries = 0, 0
    if out.seek(0, 2) > job.size:
        out.truncate(0)
    while (have := out.seek(0, 2)) < job.size:
        failed = _appended(job, out, have)
        grown = out.seek(0, 2) - have
        came, tries = came + max(grown, 0), 0 if grown >= LEAST_BYTES else tries + 1
        if not _may_pass(failed) or (have + grown < job.size and tries >= _TRIES):
            raise failed
        if have + grown < job.size:
            time.sleep(job.pause_s)
    return came


def _appended(job: _Job, out: BufferedRandom, have: int) -> OutsideError:
    """What has come is appended; why no more came."""
    try:
        _append(job, out, have)
    except OutsideError as problem:
        return problem
    return OutsideError(f"{job.file.host.name} sends no more of {job.file.name} than {out.seek(0, 2):,} bytes")


def _may_pass(problem: OutsideError) -> bool:
    """Whether trying again can help: a broken connection may be whole next time, a missing key stays missing."""
    return not isinstance(problem, (Unauthorized, ModelNotFound, WrongAnswer))


def _append(job: _Job, out: BufferedRandom, have: int) -> None:
    span = {"range": f"bytes={have}-"} if have else {}
    with answered(job.client, job.file, span) as response:
        if part_offset(job.file, response, have):  # it sends the whole again
            out.truncate(0)
            have = 0
        _check_length(job, response, have)
        pace = Pace(job.file)
        for piece in response.iter_raw():
            if have + len(piece) > job.size:
                raise WrongAnswer(f"{job.file.host.name} sends more than the {job.size:,} bytes of {job.file.name}")
            out.write(piece)
            have += len(piece)
            job.watch(job.file.name, have, job.size)
            pace.came(len(piece))
    out.flush()


def _check_length(job: _Job, response: httpx.Response, have: int) -> None:
    """Raises WrongAnswer when the server announces another length than its index does."""
    total = _LENGTH.match(response.headers.get("content-range", ""))
    said = total[1] if total else response.headers.get("content-length", "")
    expected = job.size if total else job.size - have
    if _DIGITS.fullmatch(said) and int(said) != expected:
        raise WrongAnswer(
            f"{job.file.host.name} announces {int(said):,} bytes of {job.file.name}, its index says {expected:,}",
            "something between here and there answers in its place",
        )


def _check(out: BufferedRandom, file: RemoteFile) -> None:
    size = out.seek(0, 2)
    if not is_right(out, file, size):
        out.truncate(0)  # nothing of it can be trusted, so the next pull begins anew
        raise OutsideError(
            f"{file.name} is not what it should be: its checksum is wrong", "nothing of it was kept; pull again"
        )
