from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from seatrial.domain.coefficients import Calibration, Coefficients
from seatrial.errors import StoreError, UsageError
from seatrial.store.calibrations import Calibrations
from seatrial.store.schema import SCHEMA_VERSION
from seatrial.store.store import Store
from seatrial.verbs.calibration.stored import calibrations as calibrations_of

from .records import fill, make_sample

STEP = Coefficients("llama.cpp", "step", (("weights", 1.5), ("kv", 0.25)), 0.04, 12, ("llama",), ("CPU",), "run x")
FIRST = Coefficients("llama.cpp", "first", (("prefill", 1.0),), 0.05, 9)
ONE = Calibration(
    "llama.cpp", "b1", "CPU", "smollm2-135m", "r-1", "2026-11-21T18:00:00Z", STEP, FIRST, (("kv_bytes", 1e6),), True
)


def test_what_is_added_comes_back_newest_first_and_outlives_its_run(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        fill(store, "r-1", [make_sample(0)])
        store.delete_run("r-1")
    with Calibrations.open(path) as calibrations:
        older = calibrations.add(ONE)
        newer = calibrations.add(replace(ONE, created="2026-11-21T19:00:00Z", probe=False))
        assert calibrations.all() == (newer, older)
        assert older.calibration == ONE


def test_one_is_deleted_by_the_beginning_of_its_id(tmp_path: Path) -> None:
    with Calibrations.open(tmp_path / "store.db") as calibrations:
        kept, gone = calibrations.add(ONE), calibrations.add(ONE)
        with pytest.raises(UsageError, match="beginning of 2"):
            calibrations.delete("c-")
        assert calibrations.delete(gone.id) == gone.id
        assert calibrations.all() == (kept,)
        with pytest.raises(UsageError, match="no calibration") as caught:
            calibrations.delete("x")
        assert kept.id in caught.value.hint


def test_a_store_of_version_1_is_brought_up_to_date_with_its_runs(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        fill(store, "r-1", [make_sample(0)])
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DROP TABLE calibration; PRAGMA user_version = 1")
    with Calibrations.open(path, create=False) as calibrations:
        assert calibrations.all() == ()
        calibrations.add(ONE)
    with Store.open(path, create=False) as store:
        assert [row.samples for row in store.runs()] == [1]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(ONE, decode=replace(STEP, values=(("weights", -1.0),))), "weights is -1"),
        (replace(ONE, decode=replace(STEP, values=(("kv", 1e12),))), "kv is 1e"),
        (replace(ONE, decode=replace(STEP, values=(("kv", 0.0),))), "no factor"),
        (replace(ONE, decode=replace(STEP, values=(("magic", 1.0),))), "no term"),
        (replace(ONE, prefill=replace(FIRST, log_spread=5.0)), "spread is 5"),
        (replace(ONE, largest_batch=0.0), "largest batch is 0"),
        (replace(ONE, decode=replace(STEP, values=(("kv", float("nan")),))), "damaged"),  # JSON has null for it
    ],
)
def test_one_that_no_fit_can_have_made_is_named_with_the_way_out(
    tmp_path: Path, wrong: Calibration, said: str
) -> None:
    with Calibrations.open(tmp_path / "store.db") as calibrations:
        bad = calibrations.add(wrong)
        with pytest.raises(StoreError, match=said) as caught:
            calibrations.all()
        assert bad.id in caught.value.message
        assert f"--delete {bad.id}" in caught.value.hint
        assert calibrations.delete(bad.id) == bad.id
        assert calibrations.all() == ()


def test_an_empty_file_is_no_store_yet_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.touch()
    assert calibrations_of(path) == ()
    with pytest.raises(StoreError, match="no store"):
        Calibrations.open(path, create=False)
    assert path.stat().st_size == 0
