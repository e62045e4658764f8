"""Examines this computer: can it measure well, which engines are here, and what to do about each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.verbs.doctor import computer, engines
from seatrial.verbs.doctor.finding import Finding as Finding  # noqa: TC001  offered here at run time

if TYPE_CHECKING:
    from pathlib import Path


def examine(store: Path) -> list[Finding]:
    """Findings about this computer, the engines on it and the disk under `store` (which need not exist yet).

    Asks nothing but this computer (and the address in OLLAMA_HOST); takes about a second.
    """
    return [
        computer.python_version(),
        computer.kernel_time_stamps(),
        computer.clock_source(),
        computer.open_files(),
        computer.cores(),
        computer.memory(),
        computer.gpus(),
        computer.free_disk(store),
        *engines.find_engines(),
    ]
