from __future__ import annotations

import math
import os
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.domain.sample import ClientSecond, Outcome, Sample
from seatrial.domain.telemetry import Reading
from seatrial.errors import StoreError
from seatrial.stats.table import table_from_samples
from seatrial.store.place import default_path
from seatrial.store.store import Store

from .records import CANDIDATE_RECORDS, T0_NS, WORKLOAD_RECORDS, fill, make_sample, run_info

INT64 = st.integers(-(2**63), 2**63 - 1)
COUNT = st.integers(0, 2**40)
TEXT = st.text(max_size=40)


@st.composite
def raw_samples(draw: st.DrawFn) -> Sample:
    n = draw(st.integers(0, 5))
    maybe_ns, maybe_count, maybe_text = st.none() | INT64, st.none() | COUNT, st.none() | TEXT
    return Sample(
        index=0,
        t_intended_ns=draw(INT64),
        t_send_ns=draw(maybe_ns),
        t_connected_ns=draw(maybe_ns),
        t_headers_ns=draw(maybe_ns),
        t_end_ns=draw(maybe_ns),
        outcome=draw(st.sampled_from(Outcome)),
        status=draw(maybe_count),
        detail=draw(maybe_text),
        retry_after_s=draw(st.none() | st.floats(allow_nan=False)),
        stage=draw(COUNT),
        shard=draw(COUNT),
        input_tokens_asked=draw(maybe_count),
        output_tokens_asked=draw(maybe_count),
        prompt_tokens=draw(maybe_count),
        cached_tokens=draw(maybe_count),
        completion_tokens=draw(maybe_count),
        finish_reason=draw(maybe_text),
        chunk_ns=draw(st.binary(min_size=8 * n, max_size=8 * n)),
        chunk_lag_us=draw(st.binary(min_size=4 * n, max_size=4 * n)),
        chunk_tokens=draw(st.binary(min_size=2 * n, max_size=2 * n)),
        chunk_channel=draw(st.binary(min_size=n, max_size=n)),
        first_read_chunks=draw(COUNT),
        kernel_clock=draw(st.booleans()),
        bytes_received=draw(COUNT),
        text=draw(maybe_text),
        server=draw(st.dictionaries(TEXT, st.floats(allow_nan=False, allow_infinity=False), max_size=3)),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(raw_samples(), max_size=4))
def test_every_sample_comes_back_as_it_was(store: Store, drawn: list[Sample]) -> None:
    samples = [replace(sample, index=index) for index, sample in enumerate(drawn)]
    fill(store, "r", samples[::-1])
    try:
        back = list(store.samples("r", 0))
    finally:
        store.delete_run("r")
    assert back == samples
    assert all(type(sample.outcome) is Outcome and type(sample.kernel_clock) is bool for sample in back)


def test_text_and_durations_no_file_can_hold_do_not_end_the_run(store: Store) -> None:
    odd = replace(make_sample(0), text="a\ud83d", detail="\udcff", server={"eval_s": math.inf, "load_s": 0.5})
    fill(store, "r", [odd])
    (back,) = store.samples("r", 0)
    assert (back.text, back.detail, back.server) == ("a\\ud83d", "\\udcff", {"load_s": 0.5})


def test_samples_come_in_order_of_index_and_by_workload(store: Store) -> None:
    fill(store, "r", [make_sample(index) for index in range(599, -1, -1)])
    store.add_samples("r", 1, [make_sample(7)])
    assert [sample.index for sample in store.samples("r", 0)] == list(range(600))
    assert [sample.index for sample in store.samples("r", 1)] == [7]


def test_the_table_is_that_of_the_samples(store: Store) -> None:
    samples = [make_sample(2), make_sample(0), Sample(1, 2 * T0_NS, outcome=Outcome.NEVER_SENT)]
    fill(store, "r", samples)
    got, want = store.table("r", 0), table_from_samples(samples, T0_NS)
    assert vars(got).keys() == vars(want).keys()
    for name, column in vars(want).items():
        np.testing.assert_equal(vars(got)[name], column, err_msg=name)


def test_without_a_recorded_zero_times_count_from_the_first_intended_send(store: Store) -> None:
    fill(store, "r")
    store.add_samples("r", 1, [make_sample(5), make_sample(3)])
    assert store.table("r", 1).t_intended_s.tolist() == [0.0, 2.0]
    assert len(store.table("r", 0)) == 0


def test_a_run_comes_back_as_it_was(store: Store) -> None:
    info = fill(store, "r", name="bake-off")
    run = store.load_run("r")
    assert run.info == info
    assert run.candidates == CANDIDATE_RECORDS
    assert run.workloads == WORKLOAD_RECORDS


def test_records_are_replaced_and_their_samples_stay(store: Store) -> None:
    fill(store, "r", [make_sample(0)])
    candidate, workload = replace(CANDIDATE_RECORDS[0], notes=("new",)), replace(WORKLOAD_RECORDS[0], t0_ns=5)
    store.put_candidate("r", candidate)
    store.put_workload("r", workload)
    run = store.load_run("r")
    assert (run.candidates[0], run.workloads[0]) == (candidate, workload)
    assert store.zero_ns("r", 0) == 5
    assert len(list(store.samples("r", 0))) == 1


def test_client_seconds_come_back_in_order(store: Store) -> None:
    fill(store, "r")
    seconds = [ClientSecond(t, shard, 0.5, 1e-3, 0.0, 100, -1e-6, 8) for t in (1, 2) for shard in (0, 1)]
    store.add_client_seconds("r", 0, seconds[::-1])
    assert store.client_seconds("r", 0) == seconds
    assert store.client_seconds("r", 1) == []


def test_readings_come_back_by_series_and_time(store: Store) -> None:
    fill(store, "r")
    fill(store, "other")
    store.add_readings("r", [Reading(2, "gpu0.power_w", 80.0), Reading(1, "host.cpu0.busy_ratio", 0.5)])
    store.add_readings("r", [Reading(3, "host.cpu0.busy_ratio", 0.75), Reading(1, "gpu0.power_w", 70.0)])
    store.add_readings("other", [Reading(1, "gpu0.power_w", 1.0)])
    assert store.readings("r") == {
        "gpu0.power_w": [(1, 70.0), (2, 80.0)],
        "host.cpu0.busy_ratio": [(1, 0.5), (3, 0.75)],
    }
    assert store.readings("r", 2, 3) == {"gpu0.power_w": [(2, 80.0)]}


def test_nan_is_no_reading_and_the_last_of_two_at_one_moment_counts(store: Store) -> None:
    fill(store, "r")
    store.add_readings("r", [Reading(1, "a_s", math.nan), Reading(2, "a_s", 1.0), Reading(2, "a_s", 2.0)])
    assert store.readings("r") == {"a_s": [(2, 2.0)]}


def test_runs_are_listed_newest_first_with_their_counts(store: Store) -> None:
    fill(store, "b", [make_sample(0), make_sample(1)], name="first")
    fill(store, "a")
    newest, oldest = store.runs()
    assert (newest.id, oldest.id, oldest.name) == ("a", "b", "first")
    assert (oldest.candidates, oldest.workloads, oldest.samples) == (2, 2, 2)


def test_a_run_of_a_process_that_is_gone_is_interrupted(store: Store) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    fill(store, "gone", pid=gone.pid)
    fill(store, "here")
    fill(store, "done", pid=gone.pid)
    store.finish_run("done", "finished")
    assert {run.id: run.status for run in store.runs()} == {
        "gone": "interrupted",
        "here": "running",
        "done": "finished",
    }
    assert store.load_run("gone").info.status == "interrupted"
    assert store.load_run("done").info.status == "finished"
    assert store.resolve("last") == "done"


def test_outcomes_are_counted_by_workload(store: Store) -> None:
    never = Sample(2, 0, outcome=Outcome.NEVER_SENT)
    fill(store, "r", [make_sample(0), make_sample(1), never])
    assert store.outcomes("r") == {0: {"ok": 2, "never_sent": 1}}


def test_an_unknown_run_says_so(store: Store) -> None:
    with pytest.raises(StoreError, match="no run nothing"):
        store.load_run("nothing")


def test_deleting_a_run_leaves_nothing_of_it_and_gives_the_space_back(store: Store, tmp_path: Path) -> None:
    fill(store, "kept", [make_sample(0)])
    store.add_readings("kept", [Reading(1, "a_s", 1.0)])
    path = tmp_path / "store.db"
    fill(store, "r", [make_sample(index, text="x" * 2000) for index in range(1000)])
    store.add_readings("r", [Reading(t, f"{name}_s", 1.0) for t in range(100) for name in "abc"])
    store.add_client_seconds("r", 0, [ClientSecond(1, 0, 0.5, 0.0, 0.0, 1, 0.0, 1)])
    store.delete_run("r")
    assert path.stat().st_size < 200_000
    connection = sqlite3.connect(path)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    tables.remove("calibration")  # of a server: it outlives the run it was made from
    keys = {name: "id" if name == "run" else "run_id" for name in tables}
    left = {t: connection.execute(f"SELECT count(*) FROM {t} WHERE {keys[t]} = 'r'").fetchone()[0] for t in tables}
    connection.close()
    assert left == dict.fromkeys(
        ("run", "candidate", "workload", "sample", "client_second", "series", "reading"), 0
    )
    assert len(list(store.samples("kept", 0))) == 1
    assert store.readings("kept") == {"a_s": [(1, 1.0)]}


def test_removing_only_the_run_row_removes_all_that_hangs_on_it(store: Store, tmp_path: Path) -> None:
    fill(store, "r", [make_sample(0)])
    store.add_readings("r", [Reading(1, "a_s", 1.0)])
    store.add_client_seconds("r", 0, [ClientSecond(1, 0, 0.5, 0.0, 0.0, 1, 0.0, 1)])
    connection = sqlite3.connect(tmp_path / "store.db")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("DELETE FROM run")
    connection.commit()
    for table in ("candidate", "workload", "sample", "client_second", "series", "reading"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
    connection.close()


def test_two_threads_share_a_store(store: Store) -> None:
    fill(store, "r")

    def record() -> None:
        for t in range(50):
            store.add_readings("r", [Reading(t, f"{name}_s", float(t)) for name in "abcd"])

    recorder = threading.Thread(target=record)
    recorder.start()
    for index in range(50):
        store.add_samples("r", 0, [make_sample(index)])
        assert store.runs()[0].samples == index + 1
    recorder.join()
    assert {name: len(values) for name, values in store.readings("r").items()} == dict.fromkeys(
        ("a_s", "b_s", "c_s", "d_s"), 50
    )


def test_the_default_path_follows_the_environment(tmp_path: Path) -> None:
    code = "from seatrial.store.place import default_path; print(default_path())"

    def path_with(**variables: str) -> str:
        names = ("SEATRIAL_STORE", "XDG_DATA_HOME")
        environment = {k: v for k, v in os.environ.items() if k not in names} | variables
        return subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        ).stdout.strip()

    assert path_with(SEATRIAL_STORE="/a/b.db", XDG_DATA_HOME="/x") == "/a/b.db"
    assert path_with(XDG_DATA_HOME="/x", SEATRIAL_STORE="") == "/x/seatrial/seatrial.db"
    assert path_with(HOME=str(tmp_path)) == str(tmp_path / ".local/share/seatrial/seatrial.db")
    assert default_path().name.endswith(".db")


def test_the_same_run_cannot_begin_twice(store: Store) -> None:
    fill(store, "r", [make_sample(0)])
    with pytest.raises(StoreError, match="already holds"):
        store.begin_run(run_info("r"))
    assert store.runs()[0].samples == 1
