"""The whole client as a process of its own: the real command, what it cost, and what it stored."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import psutil
from truth import TOKENS

from seatrial.stats.metrics import ttft_s
from seatrial.store.store import Store
from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEATRIAL = Path(sys.executable).parent / "seatrial"
_NOT_TRUSTED = 4
_LOOK_EVERY_S = 0.5


class Cost(NamedTuple):
    """Of all processes of the client, from start to exit; memory is resident, at its peak."""

    cpu_s: float
    largest_bytes: int
    all_bytes: int


class Reported(NamedTuple):
    """What the client stored. `began_unix_s`: the zero of its schedule; `events`: token chunks, all requests."""

    began_unix_s: float
    ttft_s: NDArray[np.float64]
    events: int
    tokens: int


def command(url: str, rate: str, requests: str, processes: str, store: str) -> list[str]:
    """The command line of one load."""
    load = f"--arrivals constant --rate {rate} --requests {requests} --output-tokens {TOKENS}"
    options = f"--model truth --engine openai {load} --processes {processes} --store {store} --json"
    return ["seatrial", "run", url, *options.split()]


def run(words: list[str], folder: Path) -> tuple[Cost, str]:
    """What running a seatrial command cost, and the verdict on its trust. Ends the program where it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with (folder / "out.json").open("w+") as output, (folder / "messages").open("w+") as messages:
        process = subprocess.Popen([SEATRIAL, *words[1:]], stdout=output, stderr=messages)
        largest, together = _watch_memory(process)
        if process.returncode not in {0, _NOT_TRUSTED}:
            messages.seek(0)
            raise SystemExit(f"{' '.join(words)}\nended with {process.returncode}:\n{messages.read()[-2000:]}")
        output.seek(0)
        verdict = json.load(output)["trust"]["verdict"]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu_s, largest, together), verdict


def _watch_memory(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Peak memory of the largest process and of all together, in bytes; returns when the process has ended."""
    largest = together = 0
    parent = psutil.Process(process.pid)
    while process.poll() is None:
        sizes = []
        for member in _family(parent):
            try:
                sizes.append(member.memory_info().rss)
            except psutil.NoSuchProcess:
                continue
        largest, together = max(largest, *sizes, 0), max(together, sum(sizes))
        time.sleep(_LOOK_EVERY_S)
    return largest, together


def _family(parent: psutil.Process) -> list[psutil.Process]:
    try:
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def reported(store_path: Path) -> Reported:
    """What the newest run in the store says."""
    with Store.open(store_path, create=False) as store:
        info = store.load_run(store.resolve("last")).info
        table = store.table(info.id, 0)
    return Reported(
        began_unix_s=(info.anchor_wall_ns + table.t0_ns - info.anchor_perf_ns) / NS_PER_S,
        ttft_s=ttft_s(table)[table.completed],
        events=len(table.chunk_s),
        tokens=int(np.nansum(table.completion_tokens)),
    )
