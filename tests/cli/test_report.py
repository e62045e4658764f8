"""`seatrial report` through the real command line, on one small run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .contract import check_run, exit_code
from .harness import Ended, chat_server, seatrial


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """The store, and what the run printed."""
    store = tmp_path_factory.mktemp("report") / "store.db"
    with chat_server() as server:
        words = ("run", server.url, "--requests", 3, "--slo", "success=0.5", "--name", "small", "--json")
        ended = seatrial(*words, "--store", store)
    assert ended.code == exit_code(ended.document, 0), "the SLO is met"
    assert ended.document["candidates"][0]["workloads"][0]["slo"]["met"] is True
    return store, ended


def report(ran: tuple[Path, Ended], *words: object) -> Ended:
    return seatrial("report", *words, "--store", ran[0])


def test_the_last_run_as_text(ran: tuple[Path, Ended]) -> None:
    ended = report(ran)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"seatrial run {ran[1].document['run']}, small, ")
    assert "\x1b" not in ended.out
    assert max(map(len, ended.out.splitlines())) <= 100
    for heading in ("VERDICT", "TRUST", "RESULTS", "HOW TO REPRODUCE"):
        assert heading in ended.out


def test_json_is_what_the_run_printed(ran: tuple[Path, Ended]) -> None:
    """A run is named by its id, the beginning of it, or its name."""
    run = ran[1].document["run"]
    for words in ((run, "--json"), ("small", "--format", "json")):
        ended = report(ran, *words)
        assert (ended.code, ended.err) == (0, "")
        check_run(ended.document)
        assert ended.document == ran[1].document


@pytest.mark.parametrize(
    ("suffix", "beginning"), [(".md", "# seatrial run "), (".txt", "seatrial run "), (".json", "{")]
)
def test_a_file_is_written_in_the_form_of_its_name_and_not_overwritten(
    suffix: str, beginning: str, ran: tuple[Path, Ended], tmp_path: Path
) -> None:
    file = tmp_path / f"out{suffix}"
    ended = report(ran, "-o", file)
    assert (ended.code, ended.out, ended.err) == (0, "", f"wrote {file}\n")
    written = file.read_text("utf-8")
    assert written.startswith(beginning)
    assert written.endswith("\n")
    if suffix == ".json":
        check_run(json.loads(written))
    refused = report(ran, "-o", file, "--format", "md")
    assert refused.code == 2
    assert f"{file} exists" in refused.err
    assert "--force" in refused.err
    assert file.read_text("utf-8") == written


def test_force_overwrites(ran: tuple[Path, Ended], tmp_path: Path) -> None:
    file = tmp_path / "out.md"
    file.write_text("mine", "utf-8")
    assert report(ran, "-o", file, "--force").code == 0
    assert file.read_text("utf-8").startswith("# seatrial run ")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["-o", "out.pdf"], 2, '"out.pdf" says no format'),
        (["-o", "/none/out.md"], 3, "/none/out.md cannot be written"),
        (["nothing"], 2, 'there is no run "nothing"'),
        (["--format", "html"], 2, "html"),
    ],
)
def test_what_cannot_be_reported_is_told(
    words: list[str], code: int, message: str, ran: tuple[Path, Ended]
) -> None:
    ended = report(ran, *words)
    assert (ended.code, ended.out) == (code, "")
    assert message in ended.err
    assert "Traceback" not in ended.err


def test_no_store_is_told_and_none_is_made(tmp_path: Path) -> None:
    ended = seatrial("report", "--store", tmp_path / "none.db")
    assert (ended.code, ended.out) == (3, "")
    assert "there is no store" in ended.err
    assert not (tmp_path / "none.db").exists()
