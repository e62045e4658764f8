"""`seatrial report` through the real command line, on one small run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

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
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith(f"wrote {file}")
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


def test_a_page_stands_alone_and_says_how_to_run_it_again(ran: tuple[Path, Ended], tmp_path: Path) -> None:
    file = tmp_path / "out.html"
    ended = report(ran, "-o", file)
    assert (ended.code, ended.err) == (0, f"wrote {file}\n")
    page = file.read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert len(page) < 3_000_000
    assert "--slo success=0.5 --name small" in page
    assert "requests = 3" in page, "the whole spec"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.html"], "no part is left over"


def test_the_charts_of_markdown_stand_beside_it(ran: tuple[Path, Ended], tmp_path: Path) -> None:
    file = tmp_path / "my report.md"
    ended = report(ran, "-o", file)
    assert ended.code == 0
    shown = re.findall(r"^!\[(.+)\]\((.+)\)$", file.read_text("utf-8"), re.MULTILINE)
    assert shown
    for alt, path in shown:
        assert len(alt) > 30
        assert (tmp_path / unquote(path)).read_text("utf-8").startswith("<svg")
    pictures = list((tmp_path / "my report.assets").iterdir())
    assert len(pictures) == len(shown)
    file.unlink()
    refused = report(ran, "-o", file)
    assert refused.code == 2
    assert "exists" in refused.err
    assert not file.exists(), "a picture is in the way: nothing is written"


@pytest.mark.parametrize(("suffix", "beginning"), [(".svg", b"<svg"), (".png", b"\x89PNG")])
def test_one_chart_is_a_picture(suffix: str, beginning: bytes, ran: tuple[Path, Ended], tmp_path: Path) -> None:
    file = tmp_path / f"out{suffix}"
    assert report(ran, "-o", file, "--chart", "ecdf-ttft").code == 0
    assert file.read_bytes().startswith(beginning)


def test_a_notebook_reads_this_run_from_this_store(ran: tuple[Path, Ended], tmp_path: Path) -> None:
    file = tmp_path / "out.ipynb"
    assert report(ran, "-o", file).code == 0
    cells = "".join("".join(cell["source"]) for cell in json.loads(file.read_text("utf-8"))["cells"])
    assert ran[1].document["run"] in cells
    assert str(ran[0]) in cells


def test_several_runs_stand_side_by_side(ran: tuple[Path, Ended], tmp_path: Path) -> None:
    """A run from the store, and one from a file, which says nothing of what it asked."""
    file = tmp_path / "told.json"
    file.write_text(json.dumps(ran[1].document | {"run": "another"}), "utf-8")
    ended = report(ran, "last", file)
    assert ended.code == 0
    assert "No recommendation: " in ended.out
    assert f"({ran[1].document['run']})" in ended.out
    assert "(another)" in ended.out
    assert report(ran, "last", "last").out == report(ran).out, "one run given twice is one run"


def test_force_overwrites(ran: tuple[Path, Ended], tmp_path: Path) -> None:
    file = tmp_path / "out.md"
    file.write_text("mine", "utf-8")
    assert report(ran, "-o", file, "--force").code == 0
    assert file.read_text("utf-8").startswith("# seatrial run ")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["-o", "out.pdf"], 2, '"out.pdf" says no format'),
        (["-o", "/none/out.json"], 3, "/none/out.json cannot be written"),
        (["nothing"], 2, 'there is no run "nothing"'),
        (["--format", "pdf"], 2, "pdf"),
        (["--chart", "x"], 2, "--chart is for a picture of one chart"),
        (["-o", "out.svg"], 2, "name it with --chart: ecdf-ttft,"),
        (["-o", "out.svg", "--chart", "no-such"], 2, 'there is no chart "no-such"'),
        (["--format", "png"], 2, "a PNG needs a file"),
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
