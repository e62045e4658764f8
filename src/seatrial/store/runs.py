"""Which runs there are: their states, and which one a user's word means."""

from __future__ import annotations

import difflib
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seatrial.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord

LAST = "last"


@dataclass(frozen=True, slots=True)
class RunRow:
    """A line of the list of runs: its status as it is now, and how many records of each kind it holds."""

    id: str
    name: str | None
    started_utc: str
    status: str
    candidates: int
    workloads: int
    samples: int


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run without its samples. `info.status` is the status as it is now; records are ordered by position."""

    info: RunInfo
    candidates: tuple[CandidateRecord, ...]
    workloads: tuple[WorkloadRecord, ...]


def this_boot() -> tuple[str, str]:
    """The name of this computer, and an id that changes when it starts anew (empty where there is none)."""
    boot_id = Path("/proc/sys/kernel/random/boot_id")
    return platform.node(), boot_id.read_text().strip() if boot_id.exists() else ""


def status_now(status: str, pid: int, host: str, boot: str) -> str:
    """`status`, or `interrupted` for a run called running whose process is gone.

    The process of another computer cannot be seen from here; its run is taken at its word.
    """
    here, this = this_boot()
    if status != "running" or host != here or (boot == this and _exists(pid)):
        return status
    return "interrupted"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError, TypeError):  # the last two: a store by hand, no number of a process
        return False
    except PermissionError:  # it is there, and somebody else's
        return True
    return True


class RunName(NamedTuple):
    """What a run can be called by."""

    id: str
    name: str | None


def pick_run(word: str, runs: Sequence[RunRow | RunName]) -> str:
    """The id that `word` means among `runs` (newest first): an id, `last`, a run's name (its newest), a prefix.

    Raises UsageError when it means none, naming the nearest, or several, naming them.
    """
    if not runs:
        raise UsageError("there are no runs in the store yet", "`seatrial run` makes one")
    ids = [run.id for run in runs]
    if word in ids:
        return word
    if word == LAST:
        return ids[0]
    named = [run.id for run in runs if run.name == word]
    if named:
        return named[0]
    matches = [run_id for run_id in ids if word and run_id.startswith(word)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UsageError(
            f'"{word}" is the beginning of {len(matches)} runs', "give more of one: " + ", ".join(matches)
        )
    known = {run.name: None for run in runs if run.name} | dict.fromkeys(ids)
    close = difflib.get_close_matches(word, list(known), n=3)
    said = f"the nearest: {', '.join(close)}" if close else f"the newest: {', '.join(ids[:3])}"
    raise UsageError(f'there is no run "{word}"', f"{said}; `seatrial runs list` shows all")
