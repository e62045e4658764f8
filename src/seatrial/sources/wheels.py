"""A Python wheel by the pip of this very Python: it knows the user's index, proxy and certificates."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from seatrial.errors import OutsideError

if TYPE_CHECKING:
    from pathlib import Path

PIP_TIMEOUT_S = 900


def wheel_of(requirement: str, scratch: Path, hint: str) -> Path:
    """The wheel of `requirement` alone, in the folder `scratch`. Raises OutsideError, with `hint`."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet"]
    options = ["--no-deps", "--only-binary", ":all:", "--no-cache-dir", "--dest", str(scratch), "--", requirement]
    try:
        done = subprocess.run(
            pip + options,
            capture_output=True,
            text=True,
            timeout=PIP_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OutsideError(f"{requirement} was not downloaded within {PIP_TIMEOUT_S} s", hint) from None
    if "No module named pip" in done.stderr:
        raise OutsideError(
            f"{sys.executable} has no pip to fetch {requirement} with", "python -m ensurepip, then again"
        )
    wheels = list(scratch.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise OutsideError(f"pip could not download {requirement}: {last}", hint)
    return wheels[0]
