"""Several processes on one store, and one that is killed while it writes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

from seatrial.store.store import Store

TESTS = Path(__file__).parents[1]


def writer(path: Path, run_id: str, *, batches: int, size: int, pause_s: float) -> subprocess.Popen[str]:
    arguments = [path, run_id, batches, size, pause_s]
    command = [sys.executable, "-m", "store.writer", *map(str, arguments)]
    return subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True)


def test_two_processes_write_two_runs_into_one_new_store(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    writers = [writer(path, name, batches=60, size=20, pause_s=0.0) for name in ("a", "b")]
    for process in writers:
        process.communicate()
        assert process.returncode == 0
    with Store.open(path) as store:
        assert {run.id: (run.status, run.samples) for run in store.runs()} == {
            "a": ("finished", 1200),
            "b": ("finished", 1200),
        }
        for name in ("a", "b"):
            assert [sample.index for sample in store.samples(name, 0)] == list(range(1200))


def test_kill_9_loses_at_most_the_batch_being_written(tmp_path: Path) -> None:
    path, size = tmp_path / "store.db", 50
    process = writer(path, "r", batches=1000, size=size, pause_s=0.2)
    assert process.stdout is not None
    for _ in range(5):
        process.stdout.readline()
    process.kill()
    stored_batches = 5 + len(process.stdout.readlines())
    process.stdout.close()
    process.wait()
    with Store.open(path) as store:
        (run,) = store.runs()
        assert run.status == "interrupted"
        assert run.samples in (stored_batches * size, (stored_batches + 1) * size)
        assert [sample.index for sample in store.samples("r", 0)] == list(range(run.samples))
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
