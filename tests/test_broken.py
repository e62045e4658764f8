"""Stores that are empty, odd, foreign or damaged, through the real commands: a clear word, never a traceback."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import pytest
from click.testing import CliRunner

from seatrial.cli.main import cli
from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
from seatrial.domain.sample import Outcome, Sample
from seatrial.domain.traffic import Arrivals, Stage, Workload
from seatrial.domain.trial import Candidate, Objective, Slo, Spec
from seatrial.errors import EXIT_OUTSIDE, EXIT_USAGE, SeatrialError
from seatrial.store.schema import APPLICATION_ID, SCHEMA_VERSION
from seatrial.store.store import Store
from tests.cli.harness import seatrial
from tests.store.records import T0_NS, fill, make_sample

READERS = (
    ("report", "last"),
    ("report", "last", "--json"),
    ("report", "last", "--format", "md"),
    ("compare", "last", "last"),
    ("compare", "last", "last", "--json"),
    ("runs", "show", "last"),
    ("runs", "show", "last", "--json"),
    ("runs", "export", "last"),
    ("runs", "export", "last", "--format", "csv"),
)
NAMES = [" ".join(words) for words in READERS]


class Told(NamedTuple):
    """How a command ended: its exit code, and all that it said. `error`: what it refused with, if it did."""

    code: int
    text: str
    error: SeatrialError | None


def told(path: Path, *words: str) -> Told:
    """`seatrial WORDS --store PATH`, in this process. A traceback is an exception here, and fails the test."""
    result = CliRunner().invoke(cli, [*words, "--store", str(path)], standalone_mode=False)
    if isinstance(result.exception, SeatrialError):
        error = result.exception
        assert error.message
        assert error.hint, f"no hint with: {error.message}"
        return Told(error.exit_code, result.output + error.message + error.hint, error)
    if result.exception is not None and not isinstance(result.exception, SystemExit | click.exceptions.Exit):
        raise result.exception
    return Told(result.exit_code, result.output, None)


def report_file(path: Path, name: str) -> Told:
    return told(path, "report", "last", "-o", str(path.with_name(name)), "--force")


def connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


# Runs that hold little, or nothing good. They are no damage: every command must do its work.


def put(path: Path, samples: list[Sample], workload: Workload | None = None) -> None:
    """A finished run with one workload (the default: closed loop) and an objective."""
    asked = workload or Workload("w", requests=max(1, len(samples)), concurrency=1)
    slo = Slo((Objective("ttft_p95", "ttft_s", "p95", 1.0), Objective("success", "success", "ratio", 0.99)))
    spec = Spec((Candidate("a", "m", endpoint="http://127.0.0.1:1"),), (asked,), slo)
    ends = [sample.t_end_ns for sample in samples if sample.t_end_ns is not None]
    with Store.open(path) as store:
        store.begin_run(RunInfo("r", spec, "2026-11-21T15:30:00Z", 0, 0, os.getpid()))
        store.put_candidate("r", CandidateRecord(0, spec.candidates[0]))
        store.put_workload("r", WorkloadRecord(0, 0, asked, len(samples), T0_NS, max(ends, default=2 * T0_NS)))
        store.add_samples("r", 0, samples)
        store.finish_run("r", "finished")


def failed(index: int) -> Sample:
    t_ns = T0_NS * (index + 1)
    return Sample(index, t_ns, t_ns, t_end_ns=t_ns + 5, outcome=Outcome.REFUSED, detail="connection refused")


def one_chunk(index: int) -> Sample:
    chunk = {"chunk_ns": np.array([10**8], "<i8").tobytes(), "chunk_lag_us": bytes(4), "chunk_tokens": bytes(2)}
    return replace(make_sample(index), **chunk, chunk_channel=b"\0")  # type: ignore[arg-type]


def without_chunks(index: int) -> Sample:
    return replace(make_sample(index), chunk_ns=b"", chunk_lag_us=b"", chunk_tokens=b"", chunk_channel=b"")


def at_one_moment(index: int) -> Sample:
    return replace(make_sample(index), t_intended_ns=T0_NS, t_send_ns=T0_NS, t_end_ns=T0_NS, chunk_ns=bytes(32))


RAMP = Workload("ramp", Arrivals.POISSON, stages=(Stage(0, 8, 60.0), Stage(8, 8, 60.0)))
THIN: dict[str, Callable[[Path], None]] = {
    "no samples": lambda path: put(path, []),
    "one sample": lambda path: put(path, [make_sample(0)]),
    "one failed sample": lambda path: put(path, [failed(0)]),
    "all failed": lambda path: put(path, [failed(index) for index in range(40)]),
    "never sent": lambda path: put(path, [Sample(index, T0_NS) for index in range(40)]),
    "one chunk each": lambda path: put(path, [one_chunk(index) for index in range(40)]),
    "complete without a chunk": lambda path: put(path, [without_chunks(index) for index in range(40)]),
    "all at one moment": lambda path: put(path, [at_one_moment(index) for index in range(40)]),
    "no stage reached": lambda path: put(path, [], RAMP),
    "one in a ramp": lambda path: put(path, [make_sample(0)], RAMP),
    "one at once": lambda path: put(path, [make_sample(0)], Workload("at", Arrivals.AT_ONCE, requests=1)),
    "batches never sent": lambda path: put(path, [], Workload("b", Arrivals.BATCHES, batches=(1, 10))),
}


@pytest.mark.parametrize("words", READERS, ids=NAMES)
@pytest.mark.parametrize("made", THIN.values(), ids=THIN.keys())
def test_a_run_that_holds_little_is_still_reported(
    tmp_path: Path, made: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    path = tmp_path / "store.db"
    made(path)
    found = told(path, *words)
    if words[0] == "compare":
        assert found.code in {0, 1, 2, 4}
    else:
        assert (found.code, found.error) == (0, None)
    if "--json" in words and found.error is None:
        document = json.loads(found.text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
        assert document["schema"] == 1
    assert "nan" not in found.text.lower().split()


@pytest.mark.parametrize("made", THIN.values(), ids=THIN.keys())
def test_a_run_that_holds_little_still_makes_a_page(tmp_path: Path, made: Callable[[Path], None]) -> None:
    made(tmp_path / "store.db")
    assert report_file(tmp_path / "store.db", "out.html").error is None
    assert "<html" in (tmp_path / "out.html").read_text("utf-8")


@pytest.mark.parametrize("words", READERS, ids=NAMES)
def test_an_empty_store_says_what_makes_a_run(tmp_path: Path, words: tuple[str, ...]) -> None:
    with Store.open(tmp_path / "store.db"):
        pass
    found = told(tmp_path / "store.db", *words)
    assert found.code == EXIT_USAGE
    assert "no runs in the store yet" in found.text
    assert "`seatrial run` makes one" in found.text


@pytest.mark.parametrize("words", READERS, ids=NAMES)
def test_a_run_that_got_no_further_than_its_name_is_still_told(tmp_path: Path, words: tuple[str, ...]) -> None:
    spec = Spec((Candidate("a", "m"),), (Workload("w"),))
    with Store.open(tmp_path / "store.db") as store:
        store.begin_run(RunInfo("r", spec, "2026-11-21T15:30:00Z", 0, 0, 1))
        store.finish_run("r", "failed")
    found = told(tmp_path / "store.db", *words)
    assert found.code in {0, 2, 4} if words[0] == "compare" else found.code == 0


# Damage that a hand or a bad disk does to rows: refused with a word, or reported as far as it goes.

BAD_ROWS = {
    "truncated chunk times": "UPDATE sample SET chunk_ns = substr(chunk_ns, 1, 13)",
    "fewer lags than chunks": "UPDATE sample SET chunk_lag_us = substr(chunk_lag_us, 1, 4)",
    "more tokens than chunks": "UPDATE sample SET chunk_tokens = zeroblob(64)",
    "no channels": "UPDATE sample SET chunk_channel = x''",
    "an unknown channel": "UPDATE sample SET chunk_channel = x'ff010203'",
    "chunks are text": "UPDATE sample SET chunk_ns = 'not a blob at all' WHERE \"index\" = 3",
    "chunks run backwards": "UPDATE sample SET chunk_ns = x'ffffffffffffff7f0000000000000080' || zeroblob(16)",
    "the unknown outcome": "UPDATE sample SET outcome = 'vanished' WHERE \"index\" = 5",
    "an outcome of another type": "UPDATE sample SET outcome = x'00ff'",
    "times are text": "UPDATE sample SET t_send_ns = 'yesterday' WHERE \"index\" = 2",
    "times are beyond all bounds": "UPDATE sample SET t_end_ns = 9e999",
    "times are the largest integers": (
        "UPDATE sample SET t_end_ns = 9223372036854775807, t_send_ns = -9223372036854775808"
    ),
    "times run backwards": "UPDATE sample SET t_end_ns = t_send_ns - 1000000000",
    "negative counts": (
        "UPDATE sample SET completion_tokens = -5, prompt_tokens = -1, first_read_chunks = -3, stage = -1"
    ),
    "zero counts": "UPDATE sample SET completion_tokens = 0, prompt_tokens = 0",
    "counts are infinite": "UPDATE sample SET completion_tokens = 9e999, prompt_tokens = -9e999",
    "counts are text": "UPDATE sample SET completion_tokens = 'many'",
    "server durations are no JSON": "UPDATE sample SET server = 'load: 3' WHERE \"index\" = 7",
    "server durations are NaN": "UPDATE sample SET server = '{\"prompt_eval_s\": NaN}'",
    "server durations are infinite": "UPDATE sample SET server = '{\"prompt_eval_s\": 1e999}'",
    "server durations are two documents": "UPDATE sample SET server = '{},{}' WHERE \"index\" = 1",
    "server durations are text": 'UPDATE sample SET server = \'{"prompt_eval_s": "long"}\'',
    "server durations are negative": "UPDATE sample SET server = '{\"prompt_eval_s\": -3}'",
    "server durations are a blob": "UPDATE sample SET server = x'7b7d'",
    "text is not UTF-8": "UPDATE sample SET detail = CAST(x'ff80' AS TEXT), text = CAST(x'ff80' AS TEXT)",
    "indices are text": 'UPDATE sample SET "index" = \'first\' WHERE "index" = 0',
    "the zero of the schedule is text": "UPDATE workload SET t0_ns = 'zero'",
    "the zero of the schedule is far away": "UPDATE workload SET t0_ns = -9223372036854775808",
    "client seconds are infinite": (
        "INSERT INTO client_second VALUES ('r', 0, 2000000000, 0, 9e999, 9e999, 9e999, 5, 9e999, 3),"
        " ('r', 0, 3000000000, 0, -9e999, -9e999, -9e999, 5, -9e999, 3)"
    ),
    "client seconds are text": "INSERT INTO client_second VALUES ('r', 0, 'now', 0, 'busy', 0, 0, 5, 0, 3)",
    "readings are infinite": (
        "INSERT INTO series VALUES ('r', 0, 'host.cpu0.busy_ratio');"
        "INSERT INTO reading VALUES ('r', 1500000000, 0, 9e999), ('r', 2500000000, 0, -9e999)"
    ),
    "readings are text": (
        "INSERT INTO series VALUES ('r', 0, 'host.cpu0.busy_ratio');"
        "INSERT INTO reading VALUES ('r', 1500000000, 0, 'half')"
    ),
    "the run is no JSON": "UPDATE run SET document = 'once upon a time'",
    "the run is another JSON": "UPDATE run SET document = '[]'",
    "the run lost a field": "UPDATE run SET document = json_remove(document, '$.spec')",
    "the run is a blob": "UPDATE run SET document = zeroblob(10)",
    "the run has another name": "UPDATE run SET document = json_set(document, '$.id', 'another')",
    "the candidate is no JSON": "UPDATE candidate SET document = '{'",
    "the candidate is gone": "PRAGMA foreign_keys = OFF; DELETE FROM candidate",
    "the candidate is another": "UPDATE candidate SET document = json_set(document, '$.position', 7)",
    "the workload is no JSON": "UPDATE workload SET document = ''",
    "the workload has a wrong kind": (
        "UPDATE workload SET document = json_set(document, '$.workload.arrivals', 'tidal')"
    ),
    "the workload is nobody's": "UPDATE workload SET document = json_set(document, '$.candidate_position', 3)",
    "the workload is gone": "PRAGMA foreign_keys = OFF; DELETE FROM workload",
    "counts of the workload are negative": "UPDATE workload SET document = json_set(document, '$.planned', -4)",
    "more samples than planned": "UPDATE workload SET document = json_set(document, '$.planned', 1)",
    "stages last no time": (
        "UPDATE workload SET document = json_set(document, '$.workload.arrivals', 'poisson', '$.workload.stages',"
        ' json(\'[{"start": 0, "end": 0, "over_s": 0}]\'))'
    ),
    "a rate of nothing": (
        "UPDATE workload SET document = json_set(document, '$.workload.arrivals', 'poisson',"
        " '$.workload.rate_per_s', 0.0)"
    ),
    "a negative duration": (
        "UPDATE workload SET document = json_set(document, '$.workload.requests', NULL,"
        " '$.workload.duration_s', -3.0)"
    ),
    "a run's name is text of the worst kind": "UPDATE run SET name = char(27) || '[31m' || char(10) || 'x'",
    "the process is no number": "UPDATE run SET pid = 'me', status = 'running'",
    "the process has an impossible number": "UPDATE run SET pid = 99999999999, status = 'running'",
    "the table of samples is gone": "DROP TABLE sample",
    "a column is gone": "ALTER TABLE sample DROP COLUMN status",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of 40 samples that nothing is wrong with."""
    path = tmp_path_factory.mktemp("whole") / "store.db"
    put(path, [make_sample(index) for index in range(40)])
    return path


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "store.db"
    copy.write_bytes(whole.read_bytes())
    return copy


@pytest.mark.parametrize("damage", BAD_ROWS.values(), ids=BAD_ROWS.keys())
def test_whatever_is_wrong_in_a_row_is_told(path: Path, damage: str) -> None:
    connection = connected(path)
    connection.executescript(damage)
    connection.close()
    before = path.read_bytes()
    ends = {" ".join(words): told(path, *words) for words in (*READERS, ("runs", "list"))}
    ends["html"] = report_file(path, "out.html")
    ends["parquet"] = told(path, "runs", "export", "last", "-o", str(path.with_name("out.parquet")))
    for name, found in ends.items():
        assert found.code in {0, 1, 2, 3, 4}, name
        if "--json" in name and found.error is None:
            json.loads(found.text, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))
        if found.error is not None and found.code == EXIT_OUTSIDE:
            assert "damaged" in found.error.hint or "store" in found.error.hint
    assert path.read_bytes() == before


REFUSED = ("truncated", "fewer", "more tokens", "no channels", "the unknown outcome", "times are text", "no JSON")


@pytest.mark.parametrize("name", [name for name in BAD_ROWS if name.startswith(REFUSED) or name.endswith(REFUSED)])
def test_rows_that_cannot_be_read_are_never_made_numbers_of(path: Path, name: str) -> None:
    connection = connected(path)
    connection.executescript(BAD_ROWS[name])
    connection.close()
    found = told(path, "report", "last")
    assert found.code == EXIT_OUTSIDE
    assert found.error is not None
    assert "damaged" in found.error.hint


def test_one_damaged_run_does_not_hide_the_others(path: Path) -> None:
    with Store.open(path) as store:
        fill(store, "other", [make_sample(index) for index in range(10)])
        store.finish_run("other", "finished")
    connection = connected(path)
    connection.execute("UPDATE run SET document = 'gone' WHERE id = 'other'")
    connection.close()
    assert told(path, "runs", "list").error is None
    assert told(path, "report", "other").code == EXIT_OUTSIDE
    assert told(path, "report", "r").error is None


# Files that are no store at all, or one of another time.


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1, 999])
@pytest.mark.parametrize("words", READERS, ids=NAMES)
def test_a_store_of_another_version_is_left_alone(path: Path, version: int, words: tuple[str, ...]) -> None:
    connection = connected(path)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    before = path.read_bytes()
    found = told(path, *words)
    assert found.code == EXIT_OUTSIDE
    assert f"has store version {version}, this seatrial reads and writes version {SCHEMA_VERSION}" in found.text
    assert path.read_bytes() == before


def zero_length(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("dear diary\n" * 500)


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def header_only(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def nothing(path: Path) -> None:
    path.unlink()


def of_another_program(path: Path) -> None:
    path.unlink()
    connection = connected(path)
    connection.executescript("CREATE TABLE cats (name TEXT)")
    connection.close()


def marked_but_empty(path: Path) -> None:
    path.unlink()
    connection = connected(path)
    connection.executescript(
        f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1; CREATE TABLE x (y)"
    )
    connection.close()


@pytest.mark.parametrize("words", [*READERS, ("runs", "list")], ids=[*NAMES, "runs list"])
@pytest.mark.parametrize(
    "spoil", [zero_length, text, half, header_only, folder, nothing, of_another_program, marked_but_empty]
)
def test_a_file_that_is_no_store_is_refused(
    path: Path, spoil: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    spoil(path)
    found = told(path, *words)
    assert found.code == EXIT_OUTSIDE
    assert found.error is not None
    assert str(path) in found.error.message
    if spoil is zero_length:  # no store yet, and none after it was read
        assert path.stat().st_size == 0


def test_a_store_that_may_not_be_read_says_so(path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path.chmod(0)
    found = told(path, "report", "last")
    assert (found.code, "may not be opened" in found.text or "cannot be opened" in found.text) == (3, True)


def test_a_store_locked_by_another_program_is_still_read(path: Path) -> None:
    """A writer does not keep readers out; deleting waits for it and then says who is in the way."""
    connection = connected(path)
    connection.execute("BEGIN IMMEDIATE")
    for words in READERS:
        assert told(path, *words).code != EXIT_OUTSIDE
    connection.execute("ROLLBACK")
    connection.close()


def test_no_command_shows_a_traceback_to_a_user(path: Path) -> None:
    connection = connected(path)
    connection.executescript(BAD_ROWS["truncated chunk times"])
    connection.close()
    for words in (("report", "last"), ("runs", "export", "last"), ("compare", "last", "last")):
        ended = seatrial(*words, "--store", path)
        assert ended.code == EXIT_OUTSIDE, ended.err
        assert ended.err.startswith("error: ")
        assert "Traceback" not in ended.err
        assert "request 0 has 4 chunks by chunk_channel, but 13 bytes of chunk_ns" in " ".join(ended.err.split())
