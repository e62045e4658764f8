"""What is called out before any verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from seatrial.domain.summary import CandidateSummary, Counts, RunSummary
from seatrial.domain.traffic import Arrivals, Lengths, Prefix, State, Workload
from seatrial.domain.trial import Spec, Trust, Verdict
from seatrial.stats.compare.verdict import compare

from .compared import N, run, workload

LOAD = Workload("closed-8", requests=100, concurrency=8)


def with_spec(**changed: Any) -> RunSummary:
    return run(workload(), spec=Spec((), (replace(LOAD, **changed),)))


def warnings(base: RunSummary, new: RunSummary) -> list[str]:
    return list(compare([base], [new]).warnings)


def test_a_run_with_itself() -> None:
    one = with_spec()
    assert warnings(one, one) == ["r is on both sides: it is compared with itself"]


def test_alike_there_is_nothing_to_say() -> None:
    assert warnings(with_spec(), with_spec()) == []
    assert warnings(with_spec(), with_spec(requests=500)) == [], "more of the same load is the same load"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"concurrency": 16}, "concurrency 8 against 16"),
        (
            {"rate_per_s": 4.0, "arrivals": Arrivals.POISSON},
            "arrivals closed against poisson; rate_per_s none against 4",
        ),
        ({"input_tokens": Lengths(512, 0.5)}, "input_tokens 128 against 512 (cv 0.5)"),
        ({"prompts_file": "mine.jsonl"}, "prompts_file none against mine.jsonl"),
        ({"prefix": Prefix.SHARED}, "prefix unique against shared"),
        ({"state": State.COLD}, "state warm against cold"),
        ({"questions": "builtin"}, "questions none against builtin"),
        ({"stream": False}, "stream True against False"),
    ],
)
def test_another_load_of_the_same_name(changed: dict[str, Any], said: str) -> None:
    assert warnings(with_spec(), with_spec(**changed)) == [f'the workload "closed-8" is not the same: {said}']


def test_the_number_of_requests_is_the_load_where_all_come_at_once() -> None:
    found = warnings(with_spec(arrivals=Arrivals.AT_ONCE), with_spec(arrivals=Arrivals.AT_ONCE, requests=200))
    assert found == ['the workload "closed-8" is not the same: requests 100 against 200']


def test_a_side_of_which_nobody_knows_what_was_asked() -> None:
    assert warnings(with_spec(), run(workload(), name="k6.json", tool="k6")) == [
        "measured by seatrial against k6: what differs may be the tool",
        "what was asked in k6.json is not known: the workloads may differ",
    ]


def test_seeds_versions_models_hosts() -> None:
    base = replace(with_spec(), host={"cpu": "A", "cores": "8"})
    candidate = CandidateSummary("server", "vllm", "2.0", "n", base.candidates[0].workloads)
    host = {"cpu": "B", "cores": "8", "gpus": "H100"}
    new = replace(with_spec(), seed=2, candidates=(candidate,), host=host)
    assert warnings(base, new) == [
        "seed 1 against 2: prompts, lengths and arrivals are other ones",
        "engine: vllm 1.0 against vllm 2.0",
        "model: m against n",
        "host, cpu: A against B",
        "host, gpus: ? against H100",
    ]


def test_trust_and_an_end_too_soon_come_first() -> None:
    late = workload(trust=Trust(Verdict.DOUBTFUL, ("the client was late",)))
    new = replace(run(late), status="interrupted", seed=9, spec=with_spec().spec)
    assert warnings(with_spec(), new) == [
        "the measurement of new is doubtful: the client was late",
        "new: run r is interrupted, and what was measured until then is compared",
        "seed 1 against 9: prompts, lengths and arrivals are other ones",
    ]


def test_other_lengths_than_those_of_the_base_as_the_servers_counted() -> None:
    base, new = (
        replace(with_spec(), candidates=run(workload(tokens={"output_counted": n})).candidates)
        for n in (64.0, 48.0)
    )
    assert warnings(base, new) == ["answers are of other lengths: closed-8 64.0 against 48.0 tokens"]


def test_failures_leave_latencies_of_the_rest() -> None:
    failing = workload(counts=Counts(N, N, 900, 100, 0))
    new = replace(with_spec(), candidates=run(failing).candidates)
    assert warnings(with_spec(), new) == [
        "closed-8: 100.0% against 90.0% of the requests were completed, and only those have latencies"
    ]


def test_several_runs_of_a_side_that_are_not_alike() -> None:
    found = compare([with_spec(), replace(with_spec(), seed=2)], [with_spec(), replace(with_spec(), seed=3)])
    assert found.warnings == ("seed 1 and 2 against 1 and 3: prompts, lengths and arrivals are other ones",)
