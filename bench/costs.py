"""What the client costs besides a load: help, a stored run of a million events, and its installation."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from client import SEATRIAL

from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
from seatrial.domain.sample import Outcome, Sample
from seatrial.domain.traffic import Arrivals, Workload
from seatrial.domain.trial import Candidate, Spec
from seatrial.store.store import Store
from seatrial.units import NS_PER_MS, NS_PER_S

_HELP_RUNS = 7
_REQUESTS, _CHUNKS = 7_813, 128  # a million events
_GAP_NS = 13 * NS_PER_MS
_BATCH = 100


class Million(NamedTuple):
    """The size of the store, and how long `seatrial report` takes, from start to exit."""

    events: int
    stored_bytes: int
    report_s: float


class Installed(NamedTuple):
    distributions: int
    size_bytes: int


def help_s() -> float:
    """Median wall time of `seatrial --help`."""
    return statistics.median(_wall_s([str(SEATRIAL), "--help"]) for _ in range(_HELP_RUNS))


def million_events(folder: Path) -> Million:
    """Stores a run of a million events with the jitter of a busy server, and has it reported."""
    path, luck = folder / "million.db", np.random.default_rng(1)
    workload = Workload("million", Arrivals.CONSTANT, requests=_REQUESTS, rate_per_s=NS_PER_S / _GAP_NS)
    candidate = Candidate("truth", "truth", "openai")
    end_ns = _REQUESTS * _GAP_NS + 4 * NS_PER_S
    with Store.open(path) as store:
        store.begin_run(
            RunInfo("million", Spec((candidate,), (workload,)), "2026-01-01T00:00:00Z", 0, 0, os.getpid())
        )
        store.put_candidate("million", CandidateRecord(0, candidate))
        store.put_workload("million", WorkloadRecord(0, 0, workload, _REQUESTS, 0, end_ns))
        for first in range(0, _REQUESTS, _BATCH):
            indices = range(first, min(first + _BATCH, _REQUESTS))
            store.add_samples("million", 0, [_sample(index, luck) for index in indices])
        store.finish_run("million", "finished")
    report_s = _wall_s([str(SEATRIAL), "report", "million", "--json", "--store", str(path)])
    return Million(_REQUESTS * _CHUNKS, path.stat().st_size, report_s)


def _sample(index: int, luck: np.random.Generator) -> Sample:
    gaps_ns = luck.gamma(4, 5 * NS_PER_MS, _CHUNKS)
    gaps_ns[0] += 200 * NS_PER_MS
    chunk_ns = np.cumsum(gaps_ns).astype("<i8")
    intended_ns = index * _GAP_NS
    sent_ns = intended_ns + int(luck.integers(50_000, 2_000_000))
    return Sample(
        index,
        intended_ns,
        sent_ns,
        t_headers_ns=sent_ns + 150 * NS_PER_MS,
        t_end_ns=sent_ns + int(chunk_ns[-1]),
        outcome=Outcome.OK,
        status=200,
        input_tokens_asked=512,
        output_tokens_asked=_CHUNKS,
        prompt_tokens=512,
        completion_tokens=_CHUNKS,
        finish_reason="length",
        chunk_ns=chunk_ns.tobytes(),
        chunk_lag_us=luck.integers(5, 5_000, _CHUNKS).astype("<u4").tobytes(),
        chunk_tokens=bytes(2 * _CHUNKS),
        chunk_channel=bytes(_CHUNKS),
        first_read_chunks=1,
        kernel_clock=True,
        bytes_received=31_000,
    )


def default_install(folder: Path) -> Installed:
    """What the project without extras brings into an empty environment, itself included."""
    environment = folder / "environment"
    root = str(Path(__file__).parent.parent)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    pip = [sys.executable, "-m", "pip", "--python", f"{environment}/bin/python", "install", "--quiet", root]
    subprocess.run(pip, check=True)
    [packages] = environment.glob("lib/python*/site-packages")
    files = [path for path in packages.rglob("*") if path.is_file()]
    return Installed(len(list(packages.glob("*.dist-info"))), sum(path.stat().st_size for path in files))


def _wall_s(words: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began
