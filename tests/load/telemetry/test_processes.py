import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, perf_counter_ns, sleep

import pytest

from seatrial.domain.telemetry import Reading
from seatrial.load.telemetry.processes import ProcessProbe

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="thread names come from /proc")

SPINNER = """
import sys, threading
def spin():
    with open(f"/proc/self/task/{threading.get_native_id()}/comm", "w") as comm:
        comm.write("hot.spinner")
    while True:
        pass
def idle():
    threading.Event().wait()
for target in (spin, idle, idle):
    threading.Thread(target=target, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {SPINNER!r}], stdin=subprocess.PIPE)
print(child.pid, flush=True)
sys.stdin.read()
child.communicate()
"""


@contextmanager
def python(code: str) -> Iterator[subprocess.Popen[str]]:
    """A child that runs until its standard input is closed."""
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield child
    finally:
        child.communicate()


def first_line(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def tick_until(probe: ProcessProbe, wanted: str) -> dict[str, float]:
    """The values of the first tick that has a series ending in `wanted`."""
    give_up = monotonic() + 10
    while monotonic() < give_up:
        values = by_series(probe(perf_counter_ns()))
        if any(series.endswith(wanted) for series in values):
            return values
        sleep(0.2)
    raise AssertionError(f"no series ended in {wanted}")


def by_series(readings: list[Reading]) -> dict[str, float]:
    return {reading.series: reading.value for reading in readings}


def test_a_spinning_thread_is_told_by_name_from_idle_ones() -> None:
    with python(SPINNER) as child:
        assert first_line(child) == "ready"

        values = tick_until(ProcessProbe([child.pid]), ".hot.spinner.cpu_ratio")

    threads = {series: value for series, value in values.items() if series.startswith("engine.thread.")}
    hottest = max(threads, key=threads.__getitem__)
    assert hottest.startswith(f"engine.thread.{child.pid}.") and hottest.endswith(".hot.spinner.cpu_ratio")
    assert len(threads) < 4  # the idle ones are left out
    [process] = [s for s in values if s.startswith(f"engine.process.{child.pid}.") and s.endswith(".cpu_ratio")]
    assert values[process.replace("cpu_ratio", "threads")] == 4
    assert values["engine.cpu_ratio"] == values[process] >= 0.9 * threads[hottest]
    assert values["engine.rss_bytes"] == values[process.replace("cpu_ratio", "rss_bytes")] > 2**20


def test_children_count_and_may_vanish() -> None:
    with python(PARENT) as parent:
        grandchild = int(first_line(parent))
        probe = ProcessProbe([parent.pid])
        values = tick_until(probe, ".hot.spinner.cpu_ratio")
        rss = {
            series for series in values if series.startswith("engine.process.") and series.endswith(".rss_bytes")
        }
        assert {int(series.split(".")[2]) for series in rss} == {parent.pid, grandchild}
        assert values["engine.rss_bytes"] == sum(values[series] for series in rss)

    assert probe(perf_counter_ns()) == []


def test_first_tick_of_a_process_has_no_cpu() -> None:
    roots: list[int] = []
    probe = ProcessProbe(roots)
    assert probe(perf_counter_ns()) == []
    with python(SPINNER) as child:
        assert first_line(child) == "ready"
        roots.append(child.pid)

        values = by_series(probe(perf_counter_ns()))

    assert values["engine.rss_bytes"] > 0
    assert not [series for series in values if series.endswith("cpu_ratio")]


def test_a_root_and_its_own_child_as_roots_count_once() -> None:
    with python(PARENT) as parent:
        grandchild = int(first_line(parent))

        once = by_series(ProcessProbe([parent.pid])(1))
        both = by_series(ProcessProbe([parent.pid, grandchild])(1))

    assert once.keys() == both.keys()
