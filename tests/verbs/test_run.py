"""The main job as a function: every kind of load against real sockets, and the same load for every candidate."""

from __future__ import annotations

import json
import time
from typing import Any, NamedTuple

import pytest

from seatrial.domain.sample import Sample
from seatrial.domain.summary import RunSummary, WorkloadSummary
from seatrial.load.schedule import make_schedule
from seatrial.report.document import run_document
from seatrial.specfile import load_spec
from seatrial.store.store import Store
from seatrial.testing.requests import Received
from seatrial.units import NS_PER_MS
from seatrial.verbs.events import CandidateOpened, Event, Progress, WorkloadEnded
from seatrial.verbs.run import RunResult, run
from tests.cli.contract import check_run

from .harness import candidates, quick_server, stored

Body = dict[str, Any]

SEED = 7
EVERY_ARRIVAL = """
seed = 7
processes = 2
[[workloads]]
name = "closed-by-requests"
requests = 9
concurrency = 3
[[workloads]]
name = "closed-by-duration"
duration = "300ms"
concurrency = 2
[[workloads]]
name = "constant"
arrivals = "constant"
rate = 40
requests = 12
[[workloads]]
name = "poisson"
rate = 60
duration = "400ms"
[[workloads]]
name = "gamma"
rate = 60
cv = 2
requests = 20
[[workloads]]
name = "capped"
rate = 80
requests = 20
concurrency = 1
[[workloads]]
name = "all-at-once"
arrivals = "all-at-once"
requests = 6
[[workloads]]
name = "batches"
batches = [1, 3]
[[workloads]]
name = "stages-of-users"
stages = [{ from = 1, to = 3, over = "200ms" }, { from = 3, to = 3, over = "200ms" }]
[[workloads]]
name = "stages-of-rate"
arrivals = "constant"
stages = [{ from = 20, to = 60, over = "300ms" }, { from = 60, to = 0, over = "200ms" }]
[[workloads]]
name = "lengths"
requests = 12
concurrency = 4
input_tokens = { mean = 40, cv = 0.5, low = 10, high = 90 }
output_tokens = { mean = 20, cv = 1, high = 50 }
[[workloads]]
name = "own-jsonl"
requests = 4
prompts = "PROMPTS.jsonl"
[[workloads]]
name = "own-text"
requests = 3
prompts = "PROMPTS.txt"
"""
JSONL: list[Body] = [
    {"prompt": "first?", "max_tokens": 3},
    {"messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "second?"}]},
    {"prompt": "third?", "id": 3},
]


class Measured(NamedTuple):
    result: RunResult
    samples: list[dict[str, list[Sample]]]
    """By candidate, by workload."""
    asked: list[dict[str, dict[int, Body]]]
    """What each server was asked: by workload, the bodies by index."""
    events: list[Event]

    def workload(self, name: str, candidate: int = 0) -> WorkloadSummary:
        workloads = self.result.summary.candidates[candidate].workloads
        return next(workload for workload in workloads if workload.name == name)


def asked_of(requests: list[Received], summary: RunSummary) -> dict[str, dict[int, Body]]:
    """Requests carry `<run>-<position>-<index>`; warm-ups and probes are left out."""
    names = [workload.name for workload in summary.candidates[0].workloads]
    found: dict[str, dict[int, Body]] = {}
    for request in requests:
        run_id, position, index = request.headers.get("x-request-id", "--").rsplit("-", 2)
        if run_id == summary.run:
            name = names[int(position) % len(names)]
            found.setdefault(name, {})[int(index)] = json.loads(request.body)
    return found


def in_order(bodies: dict[int, Body]) -> list[Body]:
    return [bodies[index] for index in sorted(bodies)]


def prompt(body: Body) -> Any:
    return body["messages"]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """Every arrival process, on two candidates."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "PROMPTS.jsonl").write_text("".join(json.dumps(line) + "\n" for line in JSONL), "utf-8")
    (folder / "PROMPTS.txt").write_text("uno?\n\n\u2028dos?\n", "utf-8")
    events: list[Event] = []
    with quick_server() as one, quick_server() as other:
        text = EVERY_ARRIVAL.replace("PROMPTS", f"{folder}/PROMPTS") + candidates(one, other)
        result = run(load_spec(text), store_path=folder / "store.db", tell=events.append)
        asked = [asked_of(server.requests, result.summary) for server in (one, other)]
    return Measured(result, stored(result), asked, events)


def test_every_load_is_complete_and_accounted_for(measured: Measured) -> None:
    check_run(run_document(measured.result.summary))
    counts = {w.name: w.counts for w in measured.result.summary.candidates[0].workloads}
    planned = {name: count.planned for name, count in counts.items()}
    assert planned | {"closed-by-duration": 0, "poisson": 0, "stages-of-users": 0, "capped": 0} == {
        "closed-by-requests": 9, "closed-by-duration": 0, "constant": 12, "poisson": 0, "gamma": 20, "capped": 0,
        "all-at-once": 6, "batches": 4, "stages-of-users": 0, "stages-of-rate": 18, "lengths": 12, "own-jsonl": 4,
        "own-text": 3,
    }  # fmt: skip
    assert all(count.failed == 0 for count in counts.values())
    assert all(count.never_sent == 0 for name, count in counts.items() if name != "capped")
    assert min(counts["closed-by-duration"].planned, counts["poisson"].planned) > 5
    assert (measured.result.interrupted, measured.result.server_lost) == (False, False)


def test_a_cap_delays_sends_and_what_gets_no_slot_is_never_sent(measured: Measured) -> None:
    """Two load processes, one slot: the slot is used from the beginning to the end."""
    samples = measured.samples[0]["capped"]
    assert measured.workload("capped").counts.planned == len(samples) == 20
    sent = sorted((s.t_send_ns, s.t_end_ns) for s in samples if s.t_send_ns is not None)
    assert len(sent) > 5
    assert all(after >= (end or 0) for (_, end), (after, _) in zip(sent, sent[1:], strict=False))
    assert {sample.shard for sample in samples} == {0}


def test_intended_starts_are_the_schedules_whoever_sends(measured: Measured) -> None:
    (run_id,) = {measured.result.summary.run}
    with Store.open(measured.result.store_path, create=False) as store:
        records = store.load_run(run_id).workloads
    zero_ns = {(r.candidate_position, r.workload.name): r.t0_ns or 0 for r in records}
    for record in records:
        name, workload = record.workload.name, record.workload
        if not workload.is_open:
            continue
        offsets = make_schedule(workload, SEED).offsets_ns
        assert offsets is not None
        for candidate in (0, 1):
            intended = [s.t_intended_ns - zero_ns[candidate, name] for s in measured.samples[candidate][name]]
            assert intended == offsets.tolist(), name


def test_both_candidates_are_asked_the_same(measured: Measured) -> None:
    one, other = measured.asked
    assert set(one) == {workload.name for workload in measured.result.summary.candidates[0].workloads}
    for name, bodies in one.items():
        both = bodies.keys() & other[name].keys()  # by duration one may get further than the other
        assert both
        assert {index: bodies[index] for index in both} == {index: other[name][index] for index in both}, name


def test_made_prompts_are_all_different(measured: Measured) -> None:
    texts = [
        str(prompt(body))
        for name, bodies in measured.asked[0].items()
        if "own" not in name
        for body in bodies.values()
    ]
    assert len(set(texts)) == len(texts)


def test_lengths_follow_their_distribution(measured: Measured) -> None:
    bodies = in_order(measured.asked[0]["lengths"])
    words = [len(str(body["messages"][0]["content"]).split()) for body in bodies]
    limits = [body["max_tokens"] for body in bodies]
    assert len(set(words)) > 4
    assert 10 <= min(words) <= max(words) <= 90
    assert len(set(limits)) > 4
    assert max(limits) <= 50
    samples = measured.samples[0]["lengths"]
    assert [sample.input_tokens_asked for sample in samples] == words
    assert [sample.output_tokens_asked for sample in samples] == limits


def test_own_prompts_are_asked_in_their_order_and_from_the_start_again(measured: Measured) -> None:
    first, second, third, again = in_order(measured.asked[0]["own-jsonl"])
    assert prompt(first) == prompt(again) == [{"role": "user", "content": "first?"}]
    assert prompt(second) == JSONL[1]["messages"]
    assert (first["max_tokens"], second["max_tokens"]) == (3, 64)
    assert prompt(third) == [{"role": "user", "content": "third?"}]
    texts = [body["messages"][0]["content"] for body in in_order(measured.asked[0]["own-text"])]
    assert texts == ["uno?", "dos?", "uno?"]


def test_all_at_once_and_batches_start_together(measured: Measured) -> None:
    at_once = measured.samples[0]["all-at-once"]
    assert len({sample.t_intended_ns for sample in at_once}) == 1
    first, *batch = measured.samples[0]["batches"]
    assert len({sample.t_intended_ns for sample in batch}) == 1
    assert batch[0].t_intended_ns >= (first.t_end_ns or 0)


def test_stages_tell_offered_and_achieved(measured: Measured) -> None:
    rates = measured.workload("stages-of-rate").stages
    assert [stage.counts.planned for stage in rates] == [12, 6]
    assert all((stage.offered_per_s or 0) > 0 and (stage.achieved_per_s or 0) > 0 for stage in rates)
    users = measured.workload("stages-of-users").stages
    assert [stage.offered_per_s for stage in users] == [None, None], "users offer no rate"
    assert all((stage.achieved_per_s or 0) > 0 for stage in users)


def test_the_run_is_told_as_it_goes(measured: Measured) -> None:
    names = [workload.name for workload in measured.result.summary.candidates[0].workloads]
    assert [e.workload.name for e in measured.events if isinstance(e, WorkloadEnded)] == names * 2
    assert sum(isinstance(event, CandidateOpened) for event in measured.events) == 2
    assert all(
        event.ended <= (event.planned or event.ended) for event in measured.events if isinstance(event, Progress)
    )


def test_samples_count_from_one_clock(measured: Measured) -> None:
    """Sends are never before they are due, and everything happened before now."""
    for workloads in measured.samples:
        for samples in workloads.values():
            for sample in samples:
                if sample.t_send_ns is not None:
                    assert sample.t_send_ns - sample.t_intended_ns > -NS_PER_MS
                    assert (sample.t_end_ns or 0) < time.perf_counter_ns()
