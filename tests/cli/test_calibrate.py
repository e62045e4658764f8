"""`seatrial calibrate` and `seatrial plan --check` through the real command line, and the walk of the docs."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from seatrial.domain.trial import Candidate
from seatrial.sources.smollm import smollm_file, smollm_is_here
from tests.verbs.simulated import store_run

from .harness import Ended, seatrial

CELLS = [(i, o, u) for i, o in ((64, 32), (512, 32), (256, 64)) for u in (1, 4)]
OTHERS = [(128, 48, 1), (384, 24, 4)]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    store_run(path, "base", CELLS)
    store_run(path, "more", OTHERS)
    return path


def test_calibrate_list_check_delete(store: Path) -> None:
    wrong = seatrial("plan", "--check", "more", "--store", store, "--json")
    made = seatrial("calibrate", "base", "--store", store, "--json")
    assert made.code == 0, made.err
    assert (made.document["schema"], made.document["workloads"]) == (1, len(CELLS))
    assert made.document["step"]["values"]["compute"] > 0
    listed = seatrial("calibrate", "--list", "--store", store, "--json").document["calibrations"]
    assert [each["id"] for each in listed] == [made.document["id"]]
    assert made.document["id"] in seatrial("calibrate", "--list", "--store", store).out
    checked = seatrial("plan", "--check", "more", "--store", store, "--json")
    assert (wrong.document["inside"]["share"], checked.code) != (checked.document["inside"]["share"], 1)
    assert checked.document["rests_on"].startswith("your own server: base")
    told = seatrial("plan", "--check", "more", "--store", store)
    assert "384-24-4: TTFT mean" in told.out
    assert "KV cache" in told.out
    assert seatrial("calibrate", "--delete", made.document["id"][:6], "--store", store).code == 0
    assert seatrial("calibrate", "--list", "--store", store, "--json").document["calibrations"] == []


def test_a_check_that_fails_is_exit_1(store: Path, tmp_path: Path) -> None:
    """Calibrated with one server, checked against one of the same name that is ten times as fast."""
    from tests.verbs.simulated import Costs

    fast = Costs(step=0.0004, sequence=0.0008, cached=1e-6, prompt=0.0005)
    store_run(store, "fast", OTHERS, costs=fast)
    assert seatrial("calibrate", "base", "--store", store).code == 0
    ended = seatrial("plan", "--check", "fast", "--store", store, "--json")
    assert (ended.code, ended.document["inside"]["holds"]) == (1, False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "give a run, a URL"),
        (("base", "--list"), "give a run, a URL"),
        (("no-such-run",), "no-such-run"),
        (("http://gpu.example:8000",), "--gpu"),
        (("--delete", "c-1"), "no calibration"),
        (("base:nobody",), 'no candidate "nobody"'),
    ],
)
def test_what_cannot_be_done_is_said(store: Path, words: tuple[str, ...], said: str) -> None:
    ended = seatrial("calibrate", *words, "--store", store)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_a_check_takes_no_wishes(store: Path) -> None:
    ended = seatrial("plan", "--check", "more", "--slo", "ttft_p95=1s", "--store", store)
    assert ended.code == 2
    assert "--slo" in ended.err


def test_a_run_of_several_candidates_needs_a_name(store: Path, tmp_path: Path) -> None:
    named = Candidate("one", "smollm2:135m", endpoint="http://127.0.0.1:8080")
    store_run(store, "named", [(64, 32, 1), (256, 32, 2)], candidate=named)
    assert seatrial("calibrate", "named:one", "--store", store).code == 0


TRIES = 3
"""The engine shares the computer with other tests: what falls between calibration and check is not its fault."""


def tried(spec: Path, store: Path) -> Ended:
    """The spec run, calibrated with and checked against that very run; what the check printed."""
    ran = seatrial("run", spec, "--store", store, "--json")
    assert ran.code in {0, 4}, ran.err
    made = seatrial("calibrate", "last", "--store", store, "--json")
    assert made.code == 0, made.err
    assert made.document["memory"]["weights_bytes"] == 96576768
    checked = seatrial("plan", "--check", "last", "--store", store, "--json")
    assert checked.document["same_run"]
    assert all(abs(row["error"]) < 0.03 for row in checked.document["memory"])
    return checked


@pytest.mark.skipif(
    find_spec("xllamacpp") is None or not smollm_is_here(), reason="the embedded engine or its model is not here"
)
def test_the_walk_of_the_docs(tmp_path: Path) -> None:
    """Plan, run on the embedded engine, calibrate, check: as docs/calibrate.md, with a shorter run."""
    store, spec = tmp_path / "store.db", tmp_path / "plan.toml"
    question = (
        "plan", smollm_file(), "--engine", "llama.cpp", "--gpu", "cpu",
        "--concurrency", 2, "--input", 96, "--output", 24, "--store", store,
    )  # fmt: skip
    before = seatrial(*question, "-o", spec, "--json")
    assert before.code == 0, before.err
    text = spec.read_text("utf-8")
    assert 'duration = "300s"' in text
    spec.write_text(text.replace('duration = "300s"', 'duration = "10s"'), "utf-8")
    for attempt in range(TRIES):
        checked = tried(spec, store)
        if checked.code == 0 and all(abs(row["error"]) < 0.3 for row in checked.document["speed"]):
            break
        assert attempt + 1 < TRIES, checked.out
    after = seatrial(*question, "--json")
    spans = [each.document["plans"][0]["speed"]["tpot_s"] for each in (before, after)]
    assert spans[1]["high"] / spans[1]["low"] < spans[0]["high"] / spans[0]["low"] / 2
