"""A run that is stopped, killed or stalled, or fills the disk: what was measured stays, nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from seatrial.store.store import Store
from seatrial.testing.actions import Hang
from seatrial.testing.reference import ReferenceProcess
from seatrial.units import NS_PER_S

from .contract import check_run
from .harness import LIMIT_S, SMALL, Ended, chat_server, seatrial, started

MIB = 2**20
Running = subprocess.Popen[str]


@pytest.fixture
def reference() -> Iterator[ReferenceProcess]:
    with ReferenceProcess(ttft_s=0.02, itl_s=0.002, tokens=4) as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@contextmanager
def under_way(*words: object) -> Iterator[Running]:
    """A command that is killed at the latest when the block ends."""
    with started(*words) as running:
        try:
            yield running
        finally:
            running.kill()


def ended(running: Running) -> Ended:
    out, err = running.communicate(timeout=LIMIT_S)
    return Ended(running.returncode, out, err)


def wait_for(condition: Callable[[], bool], running: Running) -> None:
    limit = time.monotonic() + LIMIT_S
    while not condition():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < limit, "it never came to that"
        time.sleep(0.02)


def answered(reference: ReferenceProcess, count: int) -> Callable[[], bool]:
    """Whether the reference server has answered `count` requests of a load."""
    return lambda: len(load_ids(reference)) >= count


def load_ids(reference: ReferenceProcess, before_ns: int | None = None) -> set[str]:
    """The ids of requests of a load, not of its warm-up or of probes, that had ended `before_ns`."""
    return {
        truth.id
        for truth in reference.truth()
        if truth.id.count("-") == 4 and (before_ns is None or (truth.last_send_ns or before_ns) < before_ns)
    }


def workers_of(running: Running) -> list[psutil.Process]:
    """Its load processes."""
    children = psutil.Process(running.pid).children(recursive=True)
    return [child for child in children if "seatrial.load.worker" in child.cmdline()]


def stored_ids(path: Path) -> set[str]:
    """What the complete samples of the newest run were asked as."""
    with Store.open(path, create=False) as opened:
        run = opened.resolve("last")
        return {
            f"{run}-{record.position}-{sample.index}"
            for record in opened.load_run(run).workloads
            for sample in opened.samples(run, record.position)
            if sample.outcome == "ok"
        }


def only_workload(document: dict[str, Any]) -> dict[str, Any]:
    ((workload,),) = [candidate["workloads"] for candidate in document["candidates"]]
    return dict(workload)


def test_ctrl_c_keeps_and_reports_everything_measured_so_far(reference: ReferenceProcess, store: Path) -> None:
    words = ("run", reference.url, "--requests", 5000, "--concurrency", 2, "--json", *SMALL, "--store", store)
    with under_way(*words) as running:
        wait_for(answered(reference, 20), running)
        workers = workers_of(running)
        running.send_signal(signal.SIGINT)
        done = ended(running)
    assert done.code == 130
    check_run(done.document)
    assert done.document["status"] == "interrupted"
    counts = only_workload(done.document)["requests"]
    ids = load_ids(reference)
    assert counts["planned"] == 5000
    assert counts["completed"] >= 20
    assert counts["failed"] <= 2, "those in flight"
    stored = stored_ids(store)
    assert len(stored) == counts["completed"]
    assert len(ids - stored) <= 2
    assert psutil.wait_procs(workers, timeout=10)[1] == []


def test_the_second_ctrl_c_ends_at_once(store: Path) -> None:
    """The server takes the first request and says nothing: the first Ctrl-C waits for it, for 20 s."""
    with chat_server(others={"/v1/models": [Hang()]}) as server:
        with under_way("run", server.url, "--store", store) as running:
            wait_for(lambda: bool(server.requests), running)
            workers = workers_of(running)
            running.send_signal(signal.SIGINT)
            time.sleep(0.3)
            assert running.poll() is None
            began = time.monotonic()
            running.send_signal(signal.SIGINT)
            done = ended(running)
        assert time.monotonic() - began < 10
    assert (done.code, done.out) == (130, "")
    assert done.err.endswith("interrupted\n")
    assert "Traceback" not in done.err
    with Store.open(store, create=False) as opened:
        assert [row.status for row in opened.runs()] == ["interrupted"]
    assert psutil.wait_procs(workers, timeout=10)[1] == []


def test_kill_9_loses_at_most_the_last_second(reference: ReferenceProcess, store: Path) -> None:
    words = ("run", reference.url, "--duration", "60s", "--concurrency", 4, "--processes", 2, *SMALL)
    with under_way(*words, "--store", store) as running:
        wait_for(answered(reference, 1), running)
        time.sleep(2.5)
        workers = workers_of(running)
        killed_ns = time.perf_counter_ns()
        running.kill()
        assert running.wait(LIMIT_S) == -signal.SIGKILL
    assert len(workers) == 2
    assert psutil.wait_procs(workers, timeout=10)[1] == []
    due = load_ids(reference, killed_ns - NS_PER_S)
    assert len(due) > 20
    assert due <= stored_ids(store)

    listed = seatrial("runs", "list", "--json", "--store", store).document["runs"]
    assert [row["status"] for row in listed] == ["interrupted"]
    report = seatrial("report", "--json", "--store", store)
    assert report.code == 0, report.err
    check_run(report.document)
    workload = only_workload(report.document)
    assert workload["requests"]["completed"] >= len(due)
    assert workload["trust"]["verdict"] != "trusted", "a load that was cut short says so"


def test_a_client_that_was_stopped_is_not_to_be_trusted(reference: ReferenceProcess, store: Path) -> None:
    """Requests fall due while the load process stands still: their lateness is the client's."""
    words = ("run", reference.url, "--rate", 50, "--arrivals", "constant", "--duration", "2s", "--json", *SMALL)
    with under_way(*words, "--store", store) as running:
        wait_for(answered(reference, 10), running)
        (worker,) = workers_of(running)
        worker.suspend()
        time.sleep(0.4)
        worker.resume()
        done = ended(running)
    assert done.code == 4, done.err
    check_run(done.document)
    assert done.document["trust"]["verdict"] == "invalid"
    assert any("send lag" in reason for reason in done.document["trust"]["reasons"])
    assert only_workload(done.document)["requests"]["completed"] == 100, "late, but none is lost"


def test_a_disk_that_fills_up_in_mid_run(reference: ReferenceProcess, small_disk: Path) -> None:
    store = small_disk / "store.db"
    first = seatrial("run", reference.url, "--requests", 3, "--json", *SMALL, "--store", store)
    assert first.code in (0, 4), first.err
    free = os.statvfs(small_disk)
    (small_disk / "ballast").write_bytes(bytes(free.f_bavail * free.f_frsize - 300 * 1024))

    with under_way(
        "run", reference.url, "--duration", "60s", "--concurrency", 8, *SMALL, "--store", store
    ) as running:
        wait_for(answered(reference, 4), running)
        workers = workers_of(running)
        done = ended(running)
    assert (done.code, done.out) == (3, "")
    assert f"the disk holding {store} is full" in done.err
    assert "free space or choose another --store" in done.err
    assert "Traceback" not in done.err
    assert psutil.wait_procs(workers, timeout=10)[1] == []

    again = seatrial("report", first.document["run"], "--json", "--store", store)
    assert again.code == 0, again.err
    assert again.document["candidates"] == first.document["candidates"]


def test_two_runs_at_once_into_one_store_both_survive(reference: ReferenceProcess, store: Path) -> None:
    words = ("run", reference.url, "--requests", 40, "--concurrency", 2, "--json", *SMALL, "--store", store)
    with under_way(*words) as one, under_way(*words) as other:
        documents = [done.document for done in map(ended, (one, other)) if done.code in (0, 4)]
    assert len(documents) == 2
    for document in documents:
        check_run(document)
        assert only_workload(document)["requests"]["completed"] == 40
    with Store.open(store, create=False) as opened:
        rows = opened.runs()
    assert {row.id for row in rows} == {document["run"] for document in documents}
    assert [(row.status, row.samples) for row in rows] == [("finished", 40)] * 2


def test_a_reader_that_goes_away_is_no_error(reference: ReferenceProcess, store: Path) -> None:
    """`seatrial runs export | head -1`."""
    assert seatrial("run", reference.url, "--requests", 200, "--concurrency", 8, *SMALL, "--store", store).code in (
        0,
        4,
    )
    with under_way("runs", "export", "last", "--store", store) as running:
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["outcome"] == "ok"
        running.stdout.close()
        assert running.wait(LIMIT_S) == 0
        assert running.stderr is not None
        assert running.stderr.read() == ""
