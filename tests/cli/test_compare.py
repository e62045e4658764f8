"""`seatrial compare` through the real command line, on runs of servers whose timing is known."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from seatrial.testing.reference import ReferenceProcess

from .harness import Ended, seatrial

# Some 5 s a run. The hiccups of a busy computer are small beside times this long.
LOAD = ("--rate", 60, "--requests", 200, "--input-tokens", 8, "--output-tokens", 4)
TTFT_S, ITL_S = 0.6, 0.1
TRIES = 3
CALLS = {"better", "worse", "same", "cannot tell", "mixed"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs: `base`, `repeat` on a server just like it, and `slow` on one that takes 10 % longer."""
    path = tmp_path_factory.mktemp("compare") / "store.db"
    for name, factor in (("base", 1.0), ("repeat", 1.0), ("slow", 1.1)):
        with ReferenceProcess(ttft_s=TTFT_S * factor, itl_s=ITL_S * factor, tokens=4) as server:
            _measured(path, server.url, name)
    return path


def _measured(path: Path, url: str, name: str) -> None:
    """A run under that name that is not invalid: on a busy computer it may take more than one."""
    for _ in range(TRIES):
        ended = seatrial("run", url, *LOAD, "--name", name, "--store", path, "--json")
        assert ended.code in (0, 4), ended.err
        if ended.document["trust"]["verdict"] != "invalid":
            return
        seatrial("runs", "delete", ended.document["run"], "--yes", "--store", path)
    pytest.skip(f"NOT TESTED: this computer is too busy to measure: {ended.document['trust']['reasons']}")


def compare(store: Path, *words: object) -> Ended:
    return seatrial("compare", *words, "--store", store)


def cases(path: Path) -> dict[str | None, str]:
    """By name, what became of each test case."""
    found = ET.fromstring(path.read_text("utf-8")).iter("testcase")
    return {case.get("name"): next((child.tag for child in case), "passed") for case in found}


def test_a_repeat_is_the_same_or_cannot_be_told(store: Path, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    ended = compare(store, "base", "repeat", "--json", "--junit", junit)
    assert ended.document["verdict"] in {"same", "cannot tell"}, ended.out
    assert ended.code == 0
    assert set(cases(junit).values()) <= {"passed", "skipped"}


def test_ten_percent_slower_is_worse_and_red(store: Path, tmp_path: Path) -> None:
    junit, summary = tmp_path / "junit.xml", tmp_path / "pr.md"
    ended = compare(store, "base", "slow", "--json", "--junit", junit, "--markdown", summary)
    assert (ended.code, ended.document["verdict"]) == (1, "worse"), ended.out
    metrics = ended.document["metrics"]
    assert metrics["e2e_s.p50"]["ratio"]["value"] == pytest.approx(1.1, abs=0.03)
    red = {name for name, became in cases(junit).items() if became == "failure"}
    assert red == {name for name, metric in metrics.items() if metric["verdict"] == "worse"} != set()
    assert summary.read_text("utf-8").startswith("# seatrial: worse\n")
    assert ended.err == f"wrote {junit}\nwrote {summary}\n"


def test_the_document_is_the_contract(store: Path) -> None:
    document = compare(store, "base", "slow", "--json").document
    assert document["schema"] == 1
    assert document["verdict"] in CALLS
    assert isinstance(document["warnings"], list)
    for key in ("ttft_s.p99", "ttft_s.mean", "tpot_s.p50", "icl_s.p50", "output_tokens_per_s", "success"):
        metric = document["metrics"][key]
        assert metric["verdict"] in CALLS - {"mixed"}
        assert metric["ratio"] is None or set(metric["ratio"]) == {"value", "low", "high"}
        assert metric["requests_needed"] is None or type(metric["requests_needed"]) is int
    assert document["metrics"]["ttft_s.p99"]["ratio"] is None, "200 requests are too few for a p99"


def test_the_other_way_round_it_is_better(store: Path) -> None:
    ended = compare(store, "slow", "base", "--json")
    assert (ended.code, ended.document["verdict"]) == (0, "better")


@pytest.mark.parametrize(
    ("gate", "code"),
    [
        ("e2e_p50 <= 1.05x", 1),
        ("e2e_p50 <= 1.3x; success >= 0.9", 0),
        ("ttft_p99 <= 9s", 1),  # not measured by 200 requests
    ],
)
def test_a_gate_decides_alone(store: Path, tmp_path: Path, gate: str, code: int) -> None:
    junit = tmp_path / "junit.xml"
    ended = compare(store, "base", "slow", "--gate", gate, "--junit", junit, "--json")
    assert ended.code == code, ended.out
    assert ended.document["gate"]["met"] is (code == 0)
    assert ("failure" in cases(junit).values()) is (code == 1)
    assert len(cases(junit)) == len(gate.split(";"))


def test_text_says_the_verdict_within_the_width(store: Path) -> None:
    ended = compare(store, "base", "slow", "--gate", "e2e_p50 <= 1.05x", "--gate", "success >= 0.9")
    assert ended.code == 1
    assert max(map(len, ended.out.splitlines())) <= 100
    assert "\x1b" not in ended.out
    assert "VERDICT\n  worse\n  NEW is worse than BASE in " in ended.out
    assert "GATE\n  fails in 1 of 2\n  - e2e_p50 <= 1.05x: " in ended.out


def test_reports_as_files_compare_like_runs(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "base.json"
    assert seatrial("report", "base", "-o", file, "--store", store).code == 0
    stored, read = compare(store, "base", "slow", "--json"), compare(store, file, "slow", "--json")
    assert read.code == stored.code == 1
    assert read.document["metrics"] == stored.document["metrics"]


def test_several_runs_of_a_side_are_pooled_by_run(store: Path) -> None:
    document = compare(store, "base,repeat", "slow", "--json").document
    assert document["runs"] == {"base": 2, "new": 1}
    pooled = document["metrics"]["e2e_s.p50"]["base"]
    assert (pooled["n"], pooled["low"], pooled["high"]) == (2, None, None), "the geometric mean of two runs"


def test_a_file_is_not_overwritten(store: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.md"
    ended = compare(store, "base", "repeat", "-o", file, "--json")
    assert (ended.code, ended.err) == (0, f"wrote {file}\n")
    assert file.read_text("utf-8").startswith("# seatrial compare base repeat\n")
    again = compare(store, "base", "repeat", "-o", file)
    assert again.code == 2
    assert "--force" in again.err
    assert compare(store, "base", "repeat", "-o", file, "--force").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("base", "nobody"), "nobody"),
        (("base",), "Missing argument 'NEW'"),
        (("base", "slow", "--gate", "ttft <= 1s"), '"ttft" in the gate "ttft <= 1s" is no metric'),
        (("base", "slow", "--margin", "2"), "the margin 2 cannot be"),
        (("base", "slow", "-o", "out.pdf"), '"out.pdf" says no format'),
    ],
)
def test_a_wrong_request_is_explained(store: Path, words: tuple[str, ...], message: str) -> None:
    ended = compare(store, *words)
    assert ended.code == 2
    assert ended.out == ""
    assert message in ended.err
    assert "Traceback" not in ended.err
