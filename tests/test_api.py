"""What Python users get: the names, the types, the page that tells of them, and the numbers of the command line."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import seatrial
from seatrial import Run, compare, load_run, summarize
from seatrial.domain.sample import Outcome
from seatrial.errors import SeatrialError, StoreError, UsageError
from seatrial.report.document import run_document
from seatrial.store.store import Store
from seatrial.verbs.summary import summarize_stored
from tests.cli.harness import seatrial as command
from tests.store.records import T0_NS, WORKLOAD_RECORDS, fill, make_sample

PAGE = Path(__file__).parent.parent / "docs" / "python.md"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        for run_id, name in (("20261121-a", "baseline"), ("20261122-b", "demo")):
            fill(store, run_id, [make_sample(index, text="Ahoi") for index in range(60)], name=name)
            store.put_workload(run_id, replace(WORKLOAD_RECORDS[0], planned=60, t_end_ns=61 * T0_NS, cold=None))
            store.finish_run(run_id, "finished")
    return path


def test_exported_members() -> None:
    assert seatrial.__all__ == [
        "Figure", "Run", "RunComparison", "RunSummary", "SampleTable", "__version__", "compare", "load_run",
        "summarize",
    ]  # fmt: skip
    for name in seatrial.__all__:
        member = getattr(seatrial, name)
        assert name in dir(seatrial)
        assert name == "__version__" or member.__doc__, f"{name} does not say what it is"
    with pytest.raises(AttributeError, match="has no attribute 'plan'"):
        seatrial.plan  # type: ignore[attr-defined]  # noqa: B018


def test_importing_seatrial_loads_nothing_heavy() -> None:
    code = "import sys, seatrial; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "sqlite3", "httpx", "msgspec", "vl_convert", "seatrial.api"} & set(done.stdout.split())


def test_a_run_is_found_by_what_the_command_line_takes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {load_run(word, path).id for word in ("last", "demo", "20261122", "20261122-b")} == {"20261122-b"}
    monkeypatch.setenv("SEATRIAL_STORE", str(path))
    assert load_run() == load_run("last", str(path))
    with pytest.raises(UsageError, match='there is no run "20261123"'):
        load_run("20261123", path)
    with pytest.raises(StoreError, match="there is no store"):
        load_run("last", path.with_name("none.db"))


def test_a_run_tells_what_it_was_and_gives_its_samples(path: Path) -> None:
    run = load_run("20261121-a", path)
    assert isinstance(run, Run)
    assert [record.candidate.name for record in run.candidates] == ["one-slot", "four-slots"]
    assert [record.workload.name for record in run.workloads] == ["warm", "ramp"]
    table = run.table("warm")
    assert (len(table), len(table.chunk_s), int(table.completed.sum())) == (60, 240, 60)
    np.testing.assert_equal(run.table("warm", candidate="one-slot").t_send_s, table.t_send_s)
    samples = list(run.samples("warm"))
    assert [sample.index for sample in samples] == list(range(60))
    assert (samples[0].outcome, samples[0].text) == (Outcome.OK, "Ahoi")
    assert run.telemetry() == {}


def test_an_unknown_workload_or_candidate_names_the_nearest(path: Path) -> None:
    run = load_run("last", path)
    for ask in (run.table, run.samples):
        with pytest.raises(UsageError, match='no workload "wram"') as caught:
            ask("wram")
        assert caught.value.hint == 'did you mean "warm"?'
        with pytest.raises(UsageError, match='no candidate "two-slots"') as caught:
            ask("warm", candidate="two-slots")
        assert "slots" in caught.value.hint
        with pytest.raises(UsageError, match='"four-slots" has no workload "warm"'):
            ask("warm", candidate="four-slots")


def test_the_numbers_are_those_of_the_command_line(path: Path) -> None:
    run = load_run("last", path)
    summary = summarize(run)
    assert summary == summarize("demo", path)
    with Store.open(path) as store:
        stored = summarize_stored(store, run.id)
    assert summary.candidates == stored.candidates
    printed = command("report", "last", "--store", path, "--json").document
    assert json.loads(json.dumps(run_document(summary)))["candidates"] == printed["candidates"]


def test_a_comparison_takes_runs_and_words(path: Path) -> None:
    base = load_run("20261121-a", path)
    found = compare(base, "last", store=path)
    assert found.verdict.value in {"same", "cannot tell"}
    ttft = found.metrics["ttft_s.p50"]
    assert ttft.ratio is not None
    assert ttft.ratio.value == pytest.approx(1.0)
    assert found.margin == 0.05
    assert compare(base, load_run("last", path), margin=0.1).margin == 0.1
    with pytest.raises(SeatrialError):
        compare(base, "nothing", store=path)


def test_figures_are_pictures_specifications_and_words(path: Path) -> None:
    figures = load_run("last", path).figures()
    assert figures
    for figure in figures.values():
        assert figure.svg().startswith("<svg")
        assert figure.alt in figure._repr_mimebundle_(include={"text/plain"})["text/plain"]
        assert json.loads(json.dumps(figure.spec))["description"]


def test_the_page_runs_as_it_is_written(tmp_path: Path) -> None:
    """Its commands make the runs, and its examples are one program: each goes on from the one before."""
    page = PAGE.read_text("utf-8")
    (commands,) = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    examples = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(examples) >= 5
    (tmp_path / "walk.py").write_text("\n".join(examples), "utf-8")
    here = commands.replace("8100", str(_free_port()))
    known = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-c", f"{here}\npython walk.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=known,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout
    who = r"http://127\.0\.0\.1:\d+ closed-4"
    assert re.search(rf"^2\S+ 2\S+Z finished\n{who} 60\n", said, re.MULTILINE)
    assert 'there is no run "20010101" - the ' in said
    assert re.search(rf"^{who} 0\.\d+ 0\.\d+ 0\.\d+ 60$", said, re.MULTILINE)
    assert "60 requests, 240 chunks, median TTFT 0.1" in said
    assert re.search(r"^ttft_s\.p50 (same|cannot tell|better|worse) [01]\.\d+$", said, re.MULTILINE)
    assert "ecdf-ttft" in said


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
