from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seatrial.errors import StoreError
from seatrial.store.store import Store

from .records import fill, make_sample

if TYPE_CHECKING:
    pass

LONG = "x" * 20_000


def fill_up(store: Store, run_id: str) -> tuple[int, StoreError]:
    """How many samples were stored before the disk was full, and what was raised then."""
    fill(store, run_id)
    for index in range(1000):
        try:
            store.add_samples(run_id, 0, [make_sample(index, text=LONG)])
        except StoreError as error:
            return index, error
    raise AssertionError("the disk never filled up")


def test_a_full_disk_says_so_and_keeps_what_was_stored(small_disk: Path) -> None:
    path = small_disk / "store.db"
    with Store.open(path) as store:
        stored, error = fill_up(store, "r")
        assert stored > 0
        assert error.message == f"the disk holding {path} is full"
        assert "free space or choose another --store" in error.hint
        assert [sample.index for sample in store.samples("r", 0)] == list(range(stored))
    with Store.open(path, create=False) as store:
        assert [sample.text for sample in store.samples("r", 0)] == [LONG] * stored


def test_a_store_cannot_be_made_on_a_full_disk(small_disk: Path) -> None:
    with (small_disk / "ballast").open("wb") as ballast, pytest.raises(OSError, match="No space left"):
        ballast.write(bytes(4 * 2**20))
    with pytest.raises(StoreError, match="is full"):
        Store.open(small_disk / "store.db")


def test_a_full_database_is_a_full_disk(store: Store, tmp_path: Path) -> None:
    store._database._connection.execute("PRAGMA max_page_count = 60")
    stored, error = fill_up(store, "r")
    assert stored > 0
    assert "is full" in error.message
    assert len(list(store.samples("r", 0))) == stored
    with Store.open(tmp_path / "store.db") as again:
        assert len(list(again.samples("r", 0))) == stored
        again.add_samples("r", 0, [make_sample(stored)])


def test_a_failed_batch_leaves_nothing_of_itself(store: Store) -> None:
    fill(store, "r", [make_sample(5)])
    with pytest.raises(StoreError, match="already holds"):
        store.add_samples("r", 0, [make_sample(4), make_sample(5)])
    assert [sample.index for sample in store.samples("r", 0)] == [5]


def test_a_run_deleted_while_it_runs_says_so(store: Store) -> None:
    fill(store, "r")
    store.delete_run("r")
    with pytest.raises(StoreError, match="no longer in") as caught:
        store.add_samples("r", 0, [make_sample(0)])
    assert "deleted" in caught.value.hint


def test_a_locked_store_says_so(store: Store, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store._database._connection.execute("PRAGMA busy_timeout = 10")
    with pytest.raises(StoreError, match="locked by another process"):
        fill(store, "r")
    other.execute("ROLLBACK")
    other.close()
    fill(store, "r")


def test_a_read_only_store_says_so(store: Store) -> None:
    store._database._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match="read-only"):
        fill(store, "r")


def whole_store(path: Path) -> bytes:
    with Store.open(path) as store:
        fill(store, "r", [make_sample(index, text=LONG) for index in range(20)])
    return path.read_bytes()


@pytest.mark.parametrize("size", [2, 16, 50, 99, 512, 4096, 100_000])
def test_a_truncated_store_is_refused_untouched(tmp_path: Path, size: int) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(whole_store(tmp_path / "whole.db")[:size])
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        Store.open(path)
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"# notes\n" * 1000, random.Random(1).randbytes(50_000), b"\x7fELF" + bytes(9000)]
)
def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is not a store"):
        Store.open(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_is_damaged_in_a_store_raises_nothing_but_store_errors(tmp_path: Path, seed: int) -> None:
    path, luck = tmp_path / "store.db", random.Random(seed)
    content = bytearray(whole_store(path))
    for _ in range(30):
        start = luck.randrange(len(content))
        content[start : start + 200] = luck.randbytes(min(200, len(content) - start))
    path.write_bytes(content)
    with pytest.raises(StoreError) as caught:  # noqa: PT012  any of these may meet the damage first
        with Store.open(path) as store:
            store.load_run(store.runs()[0].id)
            store.table("r", 0)
            fill(store, "again", list(store.samples("r", 0)))
            store.delete_run("r")
        raise StoreError("the damage was in free space", "nothing to do")
    assert caught.value.hint


def test_a_place_where_no_file_can_be_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "store.db"):
        with pytest.raises(StoreError, match="cannot be opened"):
            Store.open(path)


def test_a_store_that_is_not_there_says_so_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with pytest.raises(StoreError, match="there is no store at"):
        Store.open(path, create=False)
    assert not path.exists()
