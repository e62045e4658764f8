"""Two runs of a million requests each, summarised and compared: how long, and with how much memory.

`python bench/scale.py [--requests N] [--folder DIR]` prints one line per step and, with `--json`, one document.
Every step is a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
from seatrial.domain.sample import ClientSecond
from seatrial.domain.telemetry import Reading
from seatrial.domain.traffic import Arrivals, Lengths, Workload
from seatrial.domain.trial import Candidate, Objective, Slo, Spec
from seatrial.store.store import Store
from seatrial.units import MIB, NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

# The bounds: 30 s and 2 GB for summaries and comparison of two such runs, 10 s for a report of the smaller one.
REQUESTS, REPORT_REQUESTS = 1_000_000, 100_000

_CHUNKS = 16
_RATE_PER_S = 400.0
_BATCH = 20_000
_COLUMNS = (
    "run_id", "workload", "index", "t_intended_ns", "t_send_ns", "t_connected_ns", "t_headers_ns", "t_end_ns",
    "outcome", "status", "detail", "stage", "shard", "input_tokens_asked", "output_tokens_asked", "prompt_tokens",
    "completion_tokens", "finish_reason", "first_read_chunks", "kernel_clock", "bytes_received", "server",
    "chunk_ns", "chunk_lag_us", "chunk_tokens", "chunk_channel",
)  # fmt: skip
_SUMMARIZE = """
import sys
from pathlib import Path
from seatrial.store.store import Store
from seatrial.verbs.summary import summarize_stored
with Store.open(Path(sys.argv[1]), create=False) as store:
    for run in sys.argv[2:]:
        summarize_stored(store, run)
"""


class Cost(NamedTuple):
    """What one process took, from start to exit."""

    wall_s: float
    cpu_s: float
    peak_bytes: int


def synthesise(path: Path, run_id: str, requests: int, *, slower: float = 1.0, seed: int = 1) -> None:
    """Adds a run to the store at `path`: open Poisson arrivals on a server that says all a server can say.

    Its waiting times hang together as those of a queue do, one request in a thousand fails, and every gap between
    chunks is `slower` times as long. Written by SQL in large batches: through `Sample` it would take minutes.
    """
    luck = np.random.default_rng(seed)
    workload = Workload(
        "office-hours", Arrivals.POISSON, requests=requests, rate_per_s=_RATE_PER_S, output_tokens=Lengths(_CHUNKS)
    )
    candidate = Candidate("truth", "truth", "openai", endpoint="http://127.0.0.1:8000")
    slo = Slo((Objective("ttft_p95", "ttft_s", "p95", 1.0), Objective("tpot_p95", "tpot_s", "p95", 0.06)))
    intended_s = np.cumsum(luck.exponential(1 / _RATE_PER_S, requests))
    end_s = float(intended_s[-1]) + 2.0
    with Store.open(path) as store:
        spec = Spec((candidate,), (workload,), slo, name=run_id)
        store.begin_run(RunInfo(run_id, spec, "2026-01-01T00:00:00Z", 0, 0, os.getpid()))
        store.put_candidate(run_id, CandidateRecord(0, candidate))
        store.put_workload(run_id, WorkloadRecord(0, 0, workload, requests, 0, int(end_s * NS_PER_S)))
        store.add_client_seconds(run_id, 0, list(_client_seconds(end_s)))
        store.add_readings(run_id, list(_readings(end_s, luck)))
        store.finish_run(run_id, "finished")
    connection = sqlite3.connect(path, isolation_level=None)
    names, marks = ", ".join(f'"{name}"' for name in _COLUMNS), ", ".join("?" * len(_COLUMNS))
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    waited_s = 0.0
    for first in range(0, requests, _BATCH):
        batch_s = intended_s[first : first + _BATCH]
        waits_s = _waits(waited_s, luck.gamma(2, 0.01, len(batch_s)))
        waited_s = float(waits_s[-1])
        connection.executemany(
            f"INSERT INTO sample ({names}) VALUES ({marks})",  # noqa: S608  our own words
            _rows(run_id, first, (batch_s, waits_s), slower, seed),
        )
    connection.execute("COMMIT")
    connection.close()


def _waits(before_s: float, shocks_s: NDArray[np.float64], memory: float = 0.9) -> NDArray[np.float64]:
    """A first-order autoregressive series: a wait is 0.9 of the one before and something new."""
    waits = np.empty(len(shocks_s))
    for i, shock_s in enumerate(shocks_s.tolist()):
        before_s = memory * before_s + (1 - memory) * shock_s
        waits[i] = before_s
    return waits


def _rows(
    run_id: str, first: int, moments_s: tuple[NDArray[np.float64], NDArray[np.float64]], slower: float, seed: int
) -> Iterator[tuple[object, ...]]:
    """The rows of a batch, values of `_COLUMNS`; `moments_s` are intended sends and how long each waits."""
    (intended_s, waits_s), luck = moments_s, np.random.default_rng((seed, first))
    n = len(intended_s)
    gaps_ns = luck.gamma(4, 3.25 * NS_PER_MS * slower, (n, _CHUNKS))
    gaps_ns[:, 0] += 50 * NS_PER_MS + waits_s * NS_PER_S
    chunk_ns = np.cumsum(gaps_ns, axis=1).astype("<i8")
    lags = luck.integers(5, 500, (n, _CHUNKS)).astype("<u4")
    intended = (intended_s * NS_PER_S).astype(np.int64)
    sent = intended + luck.integers(50_000, 900_000, n)
    failed = luck.random(n) < 0.001
    chunk_bytes, lag_bytes = chunk_ns.tobytes(), lags.tobytes()
    tokens, channels = np.ones(_CHUNKS, "<u2").tobytes(), bytes(_CHUNKS)
    prefill_s = gaps_ns[:, 0] / NS_PER_S * 0.8
    for i, (at_ns, sent_ns, end_ns, broken, prompt_s) in enumerate(
        zip(intended.tolist(), sent.tolist(), chunk_ns[:, -1].tolist(), failed.tolist(), prefill_s, strict=True)
    ):
        start = (run_id, 0, first + i, at_ns, sent_ns, sent_ns)
        if broken:
            yield (
                *start, None, sent_ns + 10**9, "reset", None, "connection reset by peer", 0, 0, 512, _CHUNKS,
                None, None, None, 0, 1, 0, "{}", b"", b"", b"", b"",
            )  # fmt: skip
            continue
        yield (
            *start, sent_ns + 40 * NS_PER_MS, sent_ns + end_ns + 100_000, "ok", 200, None, 0, 0, 512, _CHUNKS, 512,
            _CHUNKS, "length", 1, 1, 3_900, f'{{"prompt_eval_s":{prompt_s:.6f},"eval_s":0.195}}',
            chunk_bytes[i * 8 * _CHUNKS : (i + 1) * 8 * _CHUNKS],
            lag_bytes[i * 4 * _CHUNKS : (i + 1) * 4 * _CHUNKS], tokens, channels,
        )  # fmt: skip


def _client_seconds(end_s: float) -> Iterator[ClientSecond]:
    for second in range(1, int(end_s)):
        yield ClientSecond(second * NS_PER_S, 0, 0.4, 0.0005, 0.001, 6_400, 0.0, 110)


def _readings(end_s: float, luck: np.random.Generator) -> Iterator[Reading]:
    """Once a second, what a host of two cores and an engine say."""
    names = ("host.cpu0.busy_ratio", "host.cpu1.busy_ratio", "engine.kv_used_ratio")
    for second in range(int(end_s)):
        values = luck.uniform(0.2, 0.6, len(names)).tolist()
        yield from (Reading(second * NS_PER_S, name, value) for name, value in zip(names, values, strict=True))


def summarize(path: Path, *runs: str) -> Cost:
    return cost([sys.executable, "-c", _SUMMARIZE, str(path), *runs])


def command(*words: object) -> Cost:
    """What `seatrial WORDS` costs."""
    return cost([sys.executable, "-m", "seatrial", *map(str, words)])


def cost(words: list[str]) -> Cost:
    """Runs `words` as a process; exits here when it failed (1 is a verdict, not a failure)."""
    began = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"{words} ended with {process.returncode}")
    return Cost(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def measure(folder: Path, requests: int) -> dict[str, Cost]:
    """Every step's cost, told on standard error as it ends."""
    path, small = folder / "scale.db", folder / "report.db"
    for run_id, slower, seed in (("base", 1.0, 1), ("new", 1.03, 2)):
        if not path.exists() or not _has(path, run_id):
            synthesise(path, run_id, requests, slower=slower, seed=seed)
    if not small.exists():
        synthesise(small, "report", min(requests, REPORT_REQUESTS), seed=3)
    found = {}
    for name, step in (
        ("summaries of both", lambda: summarize(path, "base", "new")),
        ("seatrial compare", lambda: command("compare", "base", "new", "--store", path)),
        (
            "seatrial report -o report.html",
            lambda: command("report", "report", "--store", small, "-o", folder / "report.html", "--force"),
        ),
    ):
        found[name] = step()
        told = found[name]
        peak = f"{told.peak_bytes / MIB:,.0f} MiB at most"
        print(f"{name}: {told.wall_s:.1f} s, {told.cpu_s:.1f} s of processor time, {peak}", file=sys.stderr)
    return found


def _has(path: Path, run_id: str) -> bool:
    with Store.open(path, create=False) as store:
        return any(run.id == run_id for run in store.runs())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--folder", type=Path, help="where to keep the stores (default: a folder that goes away)")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        found = measure(asked.folder or Path(temporary), asked.requests)
    if asked.json:
        print(json.dumps({name: told._asdict() for name, told in found.items()}, indent=2))


if __name__ == "__main__":
    main()
