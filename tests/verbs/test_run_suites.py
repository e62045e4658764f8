"""Suites as whole runs, what a seed decides, and candidates that cannot be tried."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatrial.errors import OutsideError, Unreachable
from seatrial.report.document import run_document
from seatrial.specfile import load_spec
from seatrial.store.store import Store
from seatrial.testing.actions import Sleep
from seatrial.testing.requests import Received
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import script_json
from seatrial.verbs.events import Event, Remark
from seatrial.verbs.run import run
from tests.cli.contract import check_run
from tests.cli.harness import answers, chat_server

from .harness import candidates, quick_server, stored


def offsets_of(seed: int, folder: Path, server: ScriptedServer) -> list[int]:
    text = f"seed = {seed}\n[[workloads]]\nrate = 200\nrequests = 20\n" + candidates(server)
    result = run(load_spec(text), store_path=folder / "store.db")
    (samples,) = stored(result)[0].values()
    return [sample.t_intended_ns - samples[0].t_intended_ns for sample in samples]


def test_the_seed_decides(tmp_path: Path) -> None:
    with quick_server() as server:
        first, again, other = (offsets_of(seed, tmp_path, server) for seed in (3, 3, 4))
    assert first == again
    assert first != other


@pytest.mark.parametrize("suite", ["spike", "endurance"])
def test_staged_suites_with_users(suite: str, tmp_path: Path) -> None:
    with quick_server() as server:
        text = f'[[workloads]]\nsuite = "{suite}"\nduration = "900ms"\nconcurrency = 4\n' + candidates(server)
        summary = run(load_spec(text), store_path=tmp_path / "store.db").summary
    check_run(run_document(summary))
    (workload,) = summary.candidates[0].workloads
    assert [stage.concurrency for stage in workload.stages] == {"spike": [1, 4, 1], "endurance": [4] * 5}[suite]
    assert all((stage.achieved_per_s or 0) > 0 for stage in workload.stages)


def test_the_tokens_suite_shows_how_it_grows(tmp_path: Path) -> None:
    """The scripted answers are as long as asked."""

    def as_asked(request: Received) -> object:
        words = [" word"] * json.loads(request.body)["max_tokens"]
        return answers(words, before=[Sleep(0.002)])(request)  # type: ignore[operator]

    with chat_server(as_asked) as server:  # type: ignore[arg-type]
        text = (
            '[[workloads]]\nsuite = "tokens"\noutput_tokens = [2, 4, 8]\n'
            "input_tokens = [8, 16]\nconcurrency = [1, 2]\n" + candidates(server)
        )
        summary = run(load_spec(text), store_path=tmp_path / "store.db").summary
    check_run(run_document(summary))
    (candidate,) = summary.candidates
    assert len(candidate.workloads) == 2 * (3 + 2)
    assert {(growth.group, growth.metric) for growth in candidate.growth} >= {("output-tokens", "e2e_s")}


def test_lengths_beyond_the_context_are_capped_and_said_so(tmp_path: Path) -> None:
    models = script_json(200, {"data": [{"id": "m", "owned_by": "us", "max_model_len": 100}]})
    remarks: list[Event] = []
    with chat_server(others={"/v1/models": models}) as server:
        text = "[[workloads]]\nrequests = 1\ninput_tokens = 200\noutput_tokens = 20\n" + candidates(server)
        result = run(load_spec(text), store_path=tmp_path / "store.db", tell=remarks.append)
    note = "closed-1: 200 tokens in and 20 out do not fit the context of 100; input capped at 64"
    assert Remark(note) in remarks
    assert note in result.summary.candidates[0].notes
    assert stored(result)[0]["closed-1"][0].input_tokens_asked == 64


def test_a_single_candidate_that_cannot_be_tried_raises_and_is_stored_as_failed(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    spec = load_spec('[[candidates]]\nendpoint = "http://127.0.0.1:9"\n')
    with pytest.raises(Unreachable, match="refuses connections"):
        run(spec, store_path=path)
    with Store.open(path, create=False) as store:
        (row,) = store.runs()
        assert (row.status, row.samples) == ("failed", 0)
        assert "refuses connections" in (store.load_run(row.id).candidates[0].failed or "")


def test_all_candidates_failing_raises_the_first_cause(tmp_path: Path) -> None:
    with chat_server(names=("other",)) as server:
        text = (
            f'[[candidates]]\nname = "a"\nendpoint = "{server.url}"\nmodel = "none"\n'
            '[[candidates]]\nname = "b"\nendpoint = "http://127.0.0.1:9"\n'
        )
        with pytest.raises(OutsideError, match='no model "none"'):
            run(load_spec(text), store_path=tmp_path / "store.db")
