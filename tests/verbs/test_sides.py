from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from seatrial.domain.record import CandidateRecord, WorkloadRecord
from seatrial.domain.trial import Candidate
from seatrial.errors import StoreError, UsageError
from seatrial.report.document import run_document
from seatrial.store.store import Store
from seatrial.verbs.compare import compare_runs
from seatrial.verbs.sides import load_sides
from tests.sources.foreign.files import DATA, VLLM, VLLM_DETAILED
from tests.store.records import WORKLOADS, fill, make_sample

OLD, NEW = "20261120-100000-aaaa", "20261121-100000-bbbb"


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    """Two runs of the candidates one-slot and four-slots; the newer one is called `night` and has a third one."""
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        fill(store, OLD, [make_sample(index) for index in range(8)])
        fill(store, NEW, [make_sample(index) for index in range(8)], name="night")
        colons = Candidate("smollm2:135m@here", "smollm2:135m", engine="ollama")
        store.put_candidate(NEW, CandidateRecord(2, colons))
        store.put_workload(NEW, WorkloadRecord(2, 2, WORKLOADS[0]))
    return path


def names(word: str, store_path: Path | None) -> list[tuple[str, list[str]]]:
    return [(run.run, [candidate.name for candidate in run.candidates]) for run in load_sides(word, store_path)]


EVERY = ["one-slot", "four-slots", "smollm2:135m@here"]


@pytest.mark.parametrize("word", [NEW, "20261121", "night", "last"])
def test_a_stored_run(store_path: Path, word: str) -> None:
    assert names(word, store_path) == [(NEW, EVERY)]


@pytest.mark.parametrize("candidate", EVERY)
@pytest.mark.parametrize("word", [NEW, "night", "last"])
def test_one_candidate_of_a_stored_run(store_path: Path, word: str, candidate: str) -> None:
    assert names(f"{word}:{candidate}", store_path) == [(NEW, [candidate])]


def test_several_runs_are_one_side(store_path: Path) -> None:
    assert names(f"{OLD}:one-slot, last:one-slot", store_path) == [(OLD, ["one-slot"]), (NEW, ["one-slot"])]


def test_a_stored_run_comes_with_its_spec(store_path: Path) -> None:
    (run,) = load_sides("last:one-slot", store_path)
    assert run.spec is not None and run.spec.workloads == WORKLOADS
    assert run.command == "seatrial run"
    assert (run.recommendation, run.comparisons, run.answer) == ("", (), None)


def test_a_file_needs_no_store() -> None:
    missing = Path("no-store.db")
    assert names(str(DATA / VLLM), missing) == [("vllm_0.32", ["smollm2:135m"])]
    assert names(f"{DATA / VLLM}:smollm2:135m", missing) == [("vllm_0.32", ["smollm2:135m"])]
    assert not missing.exists()


def test_a_file_with_a_comma_and_a_colon_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a,b:c.json"
    shutil.copy(DATA / VLLM, path)
    assert names(str(path), None) == [("a,b:c", ["smollm2:135m"])]


def test_a_report_kept_as_a_file_is_the_run_that_was_reported(tmp_path: Path, store_path: Path) -> None:
    (run,) = load_sides("last", store_path)
    kept = tmp_path / "baseline.json"
    kept.write_text(json.dumps(run_document(run)), "utf-8")
    (again,) = load_sides(f"{kept}:one-slot", None)
    assert (again.run, [c.name for c in again.candidates]) == (NEW, ["one-slot"])
    assert again.candidates[0].workloads[0].counts == run.candidates[0].workloads[0].counts
    assert again.candidates[0].workloads[0].metrics == run.candidates[0].workloads[0].metrics


def test_a_foreign_file_against_itself_is_compared_and_called_out() -> None:
    (run,) = load_sides(str(DATA / VLLM_DETAILED), None)
    found = compare_runs((run,), (replace(run, run="again"),))
    assert found.metrics["ttft_s.mean"].ratio is not None
    assert any("vllm bench serve" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("word", "said", "hint"),
    [
        ("last:five-slots", 'has no candidate "five-slots"', "one-slot, four-slots, smollm2:135m@here"),
        ("last:", 'has no candidate ""', "its candidates: "),
        ("yesterday", 'there is no run "yesterday"', "the newest"),
        ("yesterday:one-slot", 'there is no run "yesterday"', "the newest"),
        ("2026", "is the beginning of 2 runs", OLD),
        ("", "has an empty part", "commas"),
        ("last,,last", "has an empty part", "commas"),
        ("last,night", "is given twice", "counts once"),
        ("nowhere.json", "nowhere.json: there is no such file", "JSON"),
        ("nowhere.json:one-slot", "there is no such file", "JSON"),
        ("x" * 5000, "there is no run", "the newest"),
        ("\0", "there is no run", "the newest"),
        ("folder/run", "there is no such file", "JSON"),
    ],
)
def test_what_cannot_be_found(store_path: Path, word: str, said: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        load_sides(word, store_path)
    assert said in caught.value.message
    assert hint in caught.value.hint


def test_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        load_sides("last", tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_trust_is_that_of_the_candidate_that_is_kept(tmp_path: Path) -> None:
    """In the kept report one-slot is doubtful and four-slots has a doubtful load too, of its own name."""
    gold = Path(__file__).parent.parent / "gold" / "report_bake_off.json"
    (run,) = load_sides(f"{gold}:four-slots", None)
    assert [reason.partition(":")[0] for reason in run.trust.reasons] == ["sequential-cold"]
