from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.domain.summary import RunSummary
from seatrial.domain.traces import CandidateTrace, RunTraces, WorkloadTrace
from seatrial.domain.traffic import Workload
from seatrial.domain.trial import Candidate, Objective, Slo, Spec, Verdict
from seatrial.stats.merge import merge_runs, merge_traces
from tests.report.runs import bake_off

SPEC = Spec(
    (Candidate("one-slot", "smollm2"), Candidate("four-slots", "smollm2")), (Workload("w", requests=1),), seed=7
)


def run(run_id: str, spec: Spec | None = SPEC, **changes: object) -> RunSummary:
    return replace(bake_off(), run=run_id, spec=spec, **changes)  # type: ignore[arg-type]


def test_one_run_is_left_as_it_is() -> None:
    alone = run("a")
    assert merge_runs([alone]) is alone


def test_candidates_stand_side_by_side_each_with_a_name_of_its_own() -> None:
    merged = merge_runs([run("a"), run("b")])
    names = [candidate.name for candidate in merged.candidates]
    assert names == ["one-slot (a)", "four-slots (a)", "one-slot (b)", "four-slots (b)"]
    assert merged.run == "a b"
    assert merged.spec is not None
    assert [candidate.name for candidate in merged.spec.candidates] == names
    assert merged.trust.verdict is Verdict.DOUBTFUL
    assert any("one-slot (a), sequential-cold" in reason for reason in merged.trust.reasons)


def test_the_recommendation_is_made_anew() -> None:
    slow, fast = bake_off().candidates
    first, second = run("a", candidates=(replace(slow, recommended=True),)), run("b", candidates=(fast,))
    merged = merge_runs([first, second])
    assert [(c.name, c.recommended) for c in merged.candidates] == [("one-slot", False), ("four-slots", True)]
    assert merged.recommendation != first.recommendation
    assert merged.answer is not None
    assert merged.answer.standings[0].candidate == "four-slots"


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (run("b", seed=8), "seeds"),
        (run("b", replace(SPEC, workloads=())), "workloads"),
        (run("b", replace(SPEC, slo=Slo((Objective("ttft_p50", "ttft_s", "p50", 1.0),)))), "objectives"),
        (run("b", None), "not known"),
        (run("b", tool="k6"), "different tools"),
    ],
)
def test_runs_that_asked_different_things_are_shown_but_not_ranked(other: RunSummary, why: str) -> None:
    merged = merge_runs([run("a"), other])
    assert len(merged.candidates) == 4
    assert not any(candidate.recommended for candidate in merged.candidates)
    assert merged.recommendation.startswith("No recommendation")
    assert why in merged.recommendation
    assert (merged.answer, merged.comparisons, merged.spec) == (None, (), None)


def test_facts_of_the_host_that_differ_are_told_apart() -> None:
    merged = merge_runs([run("a", host={"cpu": "x", "cores": "2"}), run("b", host={"cpu": "y", "cores": "2"})])
    assert merged.host == {"cpu": "x (a); y (b)", "cores": "2"}


def test_an_unfinished_run_makes_the_whole_unfinished() -> None:
    assert merge_runs([run("a"), run("b", status="interrupted")]).status == "interrupted"


def test_traces_follow_the_names() -> None:
    def traces() -> RunTraces:
        return RunTraces((CandidateTrace("one-slot", (WorkloadTrace("one-slot", "w", 0.0, 1.0),)),))

    merged = merge_traces([run("a"), run("b")], [traces(), traces()])
    assert merged is not None
    assert [trace.candidate for trace in merged.candidates] == ["one-slot (a)", "one-slot (b)"]
    assert [trace.workloads[0].candidate for trace in merged.candidates] == ["one-slot (a)", "one-slot (b)"]


def test_what_has_no_traces_has_none_in_the_whole_either() -> None:
    traces = RunTraces((CandidateTrace("one-slot", (WorkloadTrace("one-slot", "w", 0.0, 1.0),)),))
    merged = merge_traces([run("a"), run("b")], [None, traces])
    assert merged is not None
    assert [trace.candidate for trace in merged.candidates] == ["one-slot (b)"]
    assert merge_traces([run("a"), run("b")], [None, None]) is None
