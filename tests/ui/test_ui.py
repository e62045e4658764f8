"""The pages as a browser gets them: the real command on a real socket, over stores made by real runs."""

from __future__ import annotations

import re
import signal
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from seatrial.store.store import Store
from tests.cli.harness import SMALL, chat_server, seatrial, started
from tests.store.records import run_info

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTILE = "<script>alert(1)</script>"


@contextmanager
def shown(store: Path) -> Iterator[httpx.Client]:
    """`seatrial ui` over `store`, and somebody who asks it."""
    with started("ui", "--port", 0, "--store", store) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", address), process.stderr
        try:
            with httpx.Client(base_url=address, timeout=60) as client:
                yield client
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs, of a model that is named by an enemy."""
    path = tmp_path_factory.mktemp("ui") / "store.db"
    with chat_server(names=(HOSTILE,)) as server:
        for name in ("one", "two"):
            ended = seatrial("run", server.url, "--requests", 12, "--name", name, "--store", path, *SMALL)
            assert ended.code in {0, 4}, ended.err  # 4: a busy computer
    return path


@pytest.fixture(scope="module")
def client(store: Path) -> Iterator[httpx.Client]:
    with shown(store) as client:
        yield client


def ids(store: Path) -> list[str]:
    with Store.open(store, create=False) as opened:
        return [row.id for row in opened.runs()]


def test_the_list_shows_every_run_and_names_are_inert(client: httpx.Client, store: Path) -> None:
    page = client.get("/").text

    assert all(f'href="/runs/{run}"' in page for run in ids(store))
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_list_is_filtered_by_every_word(client: httpx.Client, store: Path) -> None:
    two, one = ids(store)

    def found(query: str) -> list[str]:
        page = client.get("/", params={"q": query}).text
        rows = re.findall(r"<tr data-text=[^>]*?( hidden)?>.*?</tr>", page, re.DOTALL)
        assert len(rows) == 2, "those not found are there for the filter that works while typing"
        assert (' id="none" class="remark" hidden' in page) == ("" in rows)
        return [run for run, hidden in zip((two, one), rows, strict=True) if not hidden]

    assert found("finished TWO") == [two]
    assert found("two one") == []
    assert found(" ") == [two, one]


def test_a_report_opens_by_id_and_by_name(client: httpx.Client, store: Path) -> None:
    by_id, by_name = client.get(f"/runs/{ids(store)[0]}"), client.get("/runs/two")

    assert by_id.status_code == 200
    assert by_id.text == by_name.text
    assert HOSTILE not in by_id.text


def test_two_runs_are_compared(client: httpx.Client, store: Path) -> None:
    two, one = ids(store)

    page = client.get("/compare", params={"base": one, "new": two})

    assert page.status_code == 200
    assert "ttft" in page.text.lower()


def test_a_finished_run_has_a_live_page_that_says_so(client: httpx.Client) -> None:
    page = client.get("/runs/two/live").text

    assert ">Finished</h2>" in page
    assert ">12<" in page


def test_what_cannot_be_shown_is_said_in_words(client: httpx.Client) -> None:
    unknown = client.get("/runs/nonesuch")
    half = client.get("/compare", params={"base": "one"})
    nowhere = client.get("/etc/passwd")

    assert (unknown.status_code, half.status_code, nowhere.status_code) == (404, 404, 404)
    assert "there is no run" in unknown.text
    assert "two runs are needed" in half.text
    assert "no page /etc/passwd" in nowhere.text


def test_pages_load_nothing_from_elsewhere(client: httpx.Client) -> None:
    for path in ("/", "/runs/two/live"):
        answer = client.get(path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r'(src|href)="(?!/|#)', answer.text)


def test_a_name_that_was_made_to_point_here_is_not_answered(client: httpx.Client) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_nothing_can_be_changed(client: httpx.Client) -> None:
    assert client.post("/runs/two").status_code == 405
    assert client.delete("/runs/two").status_code == 405


def test_a_run_that_is_going_on_is_watched(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    with (
        chat_server() as server,
        started("run", server.url, "--duration", "120s", "--name", "going", "--store", store, *SMALL) as run,
    ):
        try:
            assert run.stderr is not None
            run.stderr.readline()  # the run is in the store by now
            with shown(store) as client:
                seen = ""
                for _ in range(40):
                    seen = client.get("/runs/going/live").text
                    if "cores busy" in seen and "going on" in seen:
                        break
                assert ">Running</h2>" in seen
                assert "going on" in seen
                assert "cores busy" in seen
                assert "live" in client.get("/").text
                assert client.get("/runs/going").status_code == 200
        finally:
            run.send_signal(signal.SIGINT)
            run.communicate(timeout=30)


def test_an_empty_store_and_none_at_all(tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"
    with Store.open(empty):
        pass
    with shown(empty) as client:
        assert "There are no runs yet" in client.get("/").text
    none = seatrial("ui", "--store", tmp_path / "nowhere.db")
    assert none.code == 2
    assert "there is no store" in none.err


def test_a_file_that_is_no_store_is_refused_at_once(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("nothing of the kind\n" * 100)

    ended = seatrial("ui", "--store", text, "--port", 0)

    assert ended.code == 3
    assert "Traceback" not in ended.err


def test_a_port_that_is_taken_is_said_so(client: httpx.Client, store: Path) -> None:
    ended = seatrial("ui", "--store", store, "--port", client.base_url.port)

    assert ended.code == 2
    assert "cannot be used: Address already in use\n" in ended.err


def test_an_address_names_no_file_of_this_computer(client: httpx.Client, store: Path) -> None:
    for path in ("/runs/..%2f..%2fetc%2fhostname", f"/runs/{store}", "/runs/%00", "/runs/last:nobody"):
        assert client.get(path).status_code == 404
    stranger = client.get("/compare", params={"base": "/etc/hostname", "new": "last"})
    assert stranger.status_code == 404
    assert "there is no run" in stranger.text


def test_a_store_that_is_lost_or_damaged_while_it_is_shown(tmp_path: Path, store: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(store.read_bytes())
    with shown(path) as client:
        path.unlink()
        for name in ("-wal", "-shm"):
            path.with_name(path.name + name).unlink(missing_ok=True)
        assert "There are no runs" in client.get("/").text
        lost = client.get("/runs/last")
        path.write_bytes(b"nothing of the kind\n" * 100)
        damaged = client.get("/")

    assert (lost.status_code, damaged.status_code) == (500, 500)
    assert "there is no store" in lost.text
    assert "is not a store" in damaged.text


def test_a_run_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path, store: Path) -> None:
    path = tmp_path / "store.db"
    with sqlite3.connect(store) as source, sqlite3.connect(path) as copy:
        source.backup(copy)
        copy.execute("UPDATE run SET document = '{' WHERE name = 'one'")
    source.close()
    copy.close()
    with shown(path) as client:
        page = client.get("/").text

    assert all(run in page for run in ids(store))
    assert page.count(">cannot be read: ") == 1


def test_a_run_without_workloads_has_pages(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    with Store.open(store) as opened:
        opened.begin_run(run_info("20261121-1530-0001"))
    with shown(store) as client:
        run = ids(store)[0]
        assert client.get(f"/runs/{run}").status_code == 200
        assert re.search("No workload was begun|has not begun", client.get(f"/runs/{run}/live").text)
