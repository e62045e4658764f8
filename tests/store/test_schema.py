from __future__ import annotations

import re
import sqlite3
import threading
from pathlib import Path

import pytest

from seatrial.errors import StoreError
from seatrial.store.rows import SAMPLE_COLUMNS, SECOND_COLUMNS
from seatrial.store.schema import APPLICATION_ID, SCHEMA_VERSION, SQL
from seatrial.store.store import Store

from .records import fill, make_sample

DOC = Path(__file__).parents[2] / "docs" / "store-schema.md"


COLUMN = re.compile(r'^    "?(\w+)"? (?:INTEGER|REAL|TEXT|BLOB)\b.*', re.MULTILINE)
TABLES = dict(re.findall(r"CREATE TABLE IF NOT EXISTS (\w+) \(\n(.*?)\n\)", SQL, re.DOTALL))


def test_samples_and_client_seconds_have_the_columns_of_their_records() -> None:
    assert {*COLUMN.findall(TABLES["sample"])} == {"run_id", "workload", *SAMPLE_COLUMNS}
    assert {*COLUMN.findall(TABLES["client_second"])} == {"run_id", "workload", *SECOND_COLUMNS}


def test_every_table_and_every_column_of_its_own_says_what_it_is() -> None:
    assert len(TABLES) == 8
    for name, body in TABLES.items():
        assert body.startswith("    -- "), name
        for column in COLUMN.finditer(body):
            assert column[1] == "run_id" or " -- " in column[0], f"{name}: {column[0]}"


def test_the_page_about_the_schema_is_generated_from_it() -> None:
    assert f"-- version {SCHEMA_VERSION}\n{SQL}```" in DOC.read_text(encoding="utf-8")


def test_the_query_on_the_page_runs(store: Store, tmp_path: Path) -> None:
    fill(store, "20261121-1530-4f2a", [make_sample(0)])
    query = DOC.read_text(encoding="utf-8").split("```sql")[1].split("```")[0]
    connection = sqlite3.connect(tmp_path / "store.db")
    assert connection.execute(query).fetchall() == [("warm", "ok", 1, 0.4)]
    connection.close()


def test_a_new_store_is_marked(store: Store, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "store.db")
    assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


@pytest.mark.parametrize(
    ("version", "what_to_do"), [(SCHEMA_VERSION + 1, "upgrade seatrial"), (0, "export its runs")]
)
def test_a_store_of_another_version_is_refused_untouched(tmp_path: Path, version: int, what_to_do: str) -> None:
    path = tmp_path / "store.db"
    Store.open(path).__exit__()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=f"has store version {version}") as caught:
        Store.open(path)
    assert what_to_do in caught.value.hint
    assert path.read_bytes() == before


def test_another_programs_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.db"
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE bookmark (url TEXT); INSERT INTO bookmark VALUES ('a')")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Store.open(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_many_may_make_the_same_store_at_once(tmp_path: Path) -> None:
    path, together, failures = tmp_path / "new" / "store.db", threading.Barrier(8), []

    def make(number: int) -> None:
        together.wait()
        try:
            with Store.open(path) as store:
                fill(store, f"run-{number}")
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Store.open(path) as store:
        assert {run.id for run in store.runs()} == {f"run-{number}" for number in range(8)}
