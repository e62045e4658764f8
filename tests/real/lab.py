"""Engines of the lab (folder in $SEATRIAL_LAB), one at a time, each taken down again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engines.harness import free_port


@contextmanager
def lab_engine(script: str, *options: str) -> Iterator[str]:
    """The URL of a lab engine that runs as long as the context; skips where there is no lab."""
    folder = os.environ.get("SEATRIAL_LAB")
    if not folder:
        pytest.skip("SEATRIAL_LAB names no lab folder: the real engines are not tried")
    path = Path(folder) / script
    if not path.is_file():
        pytest.skip(f"{path} is not there: {script} is not tried")
    up = subprocess.run(
        [path, "up", "--port", str(free_port()), *options],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=900,
    )
    try:
        yield up.stdout.strip()
    finally:
        subprocess.run([path, "down"], check=True, timeout=60)
