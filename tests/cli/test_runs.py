from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from seatrial.cli.runs import runs
from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
from seatrial.domain.sample import Outcome, Sample
from seatrial.domain.target import EngineInfo
from seatrial.domain.traffic import Workload
from seatrial.domain.trial import Candidate, Spec
from seatrial.errors import OutsideError, SeatrialError, StoreError, UsageError
from seatrial.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = "20261121-1530-4f2a", "20261122-0900-77aa"
SPEC = Spec(
    (Candidate("base", "smollm2", endpoint="http://127.0.0.1:8000"),), (Workload("warm", requests=3),), name="demo"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store of two finished runs of three samples each."""
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        for run_id in (OLD, NEW):
            store.begin_run(
                RunInfo(run_id, SPEC, "2026-11-21T15:30:00Z", 0, 0, 1, {"cpu": "a CPU"}, command="seatrial run")
            )
            store.put_candidate(
                run_id, CandidateRecord(0, SPEC.candidates[0], EngineInfo("vllm", "0.11"), notes=("hot",))
            )
            store.put_workload(run_id, WorkloadRecord(0, 0, SPEC.workloads[0], planned=4, t0_ns=0))
            store.put_workload(run_id, WorkloadRecord(1, 0, Workload("cold"), skipped="cannot be forced here"))
            ok = [Sample(index, index, index, outcome=Outcome.OK) for index in range(2)]
            store.add_samples(run_id, 0, [*ok, Sample(2, 2, 2, outcome=Outcome.TIMEOUT)])
            store.finish_run(run_id, "finished")
    return path


def invoke(*words: object, answer: str | None = None) -> Result:
    result = CliRunner().invoke(runs, [str(word) for word in words], input=answer)
    if isinstance(result.exception, SeatrialError):
        raise result.exception
    return result


def ids(path: Path) -> list[str]:
    with Store.open(path) as store:
        return [run.id for run in store.runs()]


def test_list_shows_the_newest_first(path: Path) -> None:
    head, first, second = invoke("list", "--store", path).stdout.splitlines()
    assert head.split() == ["RUN", "STARTED", "(UTC)", "STATUS", "CANDIDATES", "WORKLOADS", "SAMPLES", "NAME"]
    assert first.split() == [NEW, "2026-11-21T15:30:00Z", "finished", "1", "2", "3", "demo"]
    assert second.startswith(OLD)


def test_list_as_json_is_one_document(path: Path) -> None:
    document = json.loads(invoke("list", "--store", path, "--json").stdout)
    assert (document["schema"], document["store"]) == (1, str(path))
    assert [run["run"] for run in document["runs"]] == [NEW, OLD]
    assert document["runs"][0]["samples"] == 3


def test_list_of_nothing_is_empty_and_makes_no_store(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    result = CliRunner(env={"SEATRIAL_STORE": str(path)}).invoke(runs, ["list", "--json"])
    assert json.loads(result.stdout)["runs"] == []
    assert not path.exists()
    with pytest.raises(StoreError, match="there is no store"):
        invoke("list", "--store", path)


def test_show_tells_the_provenance(path: Path) -> None:
    shown = invoke("show", "last", "--store", path).stdout
    assert NEW in shown
    assert "base: vllm 0.11, smollm2 at http://127.0.0.1:8000" in shown
    assert "warm: 4 planned, 3 stored: 2 ok, 1 timeout" in shown
    assert "cold: skipped: cannot be forced here" in shown
    assert "a CPU" in shown


def test_show_as_json_is_one_document(path: Path) -> None:
    document = json.loads(invoke("show", OLD, "--store", path, "--json").stdout)
    assert (document["schema"], document["run"], document["status"]) == (1, OLD, "finished")
    (candidate,) = document["candidates"]
    assert (candidate["engine"], candidate["engine_version"]) == ("vllm", "0.11")
    warm, cold = candidate["workloads"]
    assert (warm["planned"], warm["stored"], warm["outcomes"]) == (4, 3, {"ok": 2, "timeout": 1})
    assert cold["skipped"] == "cannot be forced here"
    assert document["spec"]["name"] == "demo"


def test_an_unknown_run_names_the_nearest(path: Path) -> None:
    with pytest.raises(UsageError, match="there is no run") as caught:
        invoke("show", OLD[:-1] + "x", "--store", path)
    assert OLD in caught.value.hint


def test_export_writes_json_lines_to_standard_output(path: Path) -> None:
    lines = invoke("export", "last", "--store", path).stdout.splitlines()
    assert [json.loads(line)["outcome"] for line in lines] == ["ok", "ok", "timeout"]


def test_export_writes_a_file_and_overwrites_only_by_force(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "samples.csv"
    words = ("export", "last", "--format", "csv", "-o", out, "--store", path)
    assert "3 samples" in invoke(*words).stderr
    with out.open(encoding="utf-8", newline="") as file:
        assert [row["outcome"] for row in csv.DictReader(file)] == ["ok", "ok", "timeout"]
    out.write_text("mine")
    with pytest.raises(UsageError, match="exists already") as caught:
        invoke(*words)
    assert "--force" in caught.value.hint
    assert out.read_text() == "mine"
    invoke(*words, "--force")
    assert out.read_text() != "mine"


@pytest.mark.parametrize(("name", "begins"), [("a.csv", b"run,"), ("a.jsonl", b'{"run"'), ("a.PARQUET", b"PAR1")])
def test_the_name_of_the_file_says_the_format(path: Path, tmp_path: Path, name: str, begins: bytes) -> None:
    assert "3 samples" in invoke("export", "last", "-o", tmp_path / name, "--store", path).stderr
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_parquet_goes_through_a_pipe(path: Path) -> None:
    piped = invoke("export", "last", "--format", "parquet", "--store", path).stdout_bytes
    assert (piped[:4], piped[-4:]) == (b"PAR1", b"PAR1")


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_an_export_that_fails_halfway_leaves_what_was_there(path: Path, tmp_path: Path, form: str) -> None:
    with Store.open(path) as store:
        broken = Sample(3, 3, 3, outcome=Outcome.OK, chunk_ns=bytes(5))
        store.add_samples(NEW, 0, [broken])
    out = tmp_path / "samples"
    words = ("export", NEW, "--format", form, "-o", out, "--store", path)
    with pytest.raises(StoreError, match="samples that cannot be read"):
        invoke(*words)
    assert not out.exists()
    out.write_text("mine")
    with pytest.raises(StoreError, match="samples that cannot be read"):
        invoke(*words, "--force")
    assert out.read_text() == "mine"
    assert {file.name for file in tmp_path.iterdir()} <= {"samples", "store.db", "store.db-wal", "store.db-shm"}


def test_export_of_an_unknown_run_or_to_no_place_makes_no_file(path: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no run"):
        invoke("export", "nothing", "-o", tmp_path / "out", "--store", path)
    assert not (tmp_path / "out").exists()
    with pytest.raises(OutsideError, match="cannot be written"):
        invoke("export", "last", "-o", tmp_path / "no" / "out", "--store", path)


def test_delete_asks_first(path: Path) -> None:
    asked = invoke("delete", OLD, "--store", path, answer="n\n")
    assert f"Delete run {OLD} with 3 samples?" in asked.stderr
    assert ids(path) == [NEW, OLD]
    invoke("delete", OLD, "--store", path, answer="y\n")
    assert ids(path) == [NEW]


def test_delete_of_several_is_all_or_nothing_known(path: Path) -> None:
    with pytest.raises(UsageError):
        invoke("delete", OLD, "nothing", "--yes", "--store", path)
    assert ids(path) == [NEW, OLD]
    invoke("delete", OLD, "last", "--yes", "--store", path)
    assert ids(path) == []


def test_a_running_run_is_not_deleted(path: Path) -> None:
    with Store.open(path) as store:
        store.finish_run(NEW, "running")
    with pytest.raises(UsageError, match="still running"):
        invoke("delete", NEW, "--yes", "--store", path)
    assert ids(path) == [NEW, OLD]
