from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.domain.answer import Answer, Standing
from seatrial.domain.summary import Counts, RunSummary, SloCheck
from seatrial.domain.values import Estimate
from seatrial.report.headline import headline
from seatrial.report.view import Role
from tests.report.runs import bake_off, nothing, single


def test_a_winner_by_how_much_and_whether_to_believe_it() -> None:
    found = headline(bake_off())
    assert (found.lead.text, found.lead.role) == ("Take four-slots", Role.GOOD)
    ratio, ours, theirs = found.facts
    assert (ratio.value, ratio.what) == ("2.31 \N{MULTIPLICATION SIGN}", "the output tokens/s of one-slot")
    assert ratio.how_sure == "95 % interval 2.25 to 2.37, over 2 shared loads"
    assert (ours.value, ours.what) == ("2 of 2", "workloads in which four-slots meets the SLO")
    assert theirs.value == "1 of 2"
    assert (found.trust.text, found.trust.role) == ("doubtful", Role.WARN)


def test_where_it_could_be_either_no_single_number_is_shown() -> None:
    run = bake_off()
    (comparison,) = run.comparisons
    unsure = replace(comparison, ratio=Estimate(1.03, 0.74, 1.45, 6))
    untaken = tuple(replace(candidate, recommended=False) for candidate in run.candidates)
    found = headline(
        replace(run, comparisons=(unsure,), candidates=untaken, recommendation="Cannot tell a and b apart: ...")
    )
    assert (found.lead.text, found.lead.role) == ("Cannot tell them apart", Role.WARN)
    assert found.facts[0].value == "0.74 to 1.45 \N{MULTIPLICATION SIGN}"
    assert found.facts[0].what.endswith("it could be either")


def test_what_cannot_be_told_of_the_slo_is_not_shown_as_a_miss() -> None:
    run = bake_off()
    reason = "No candidate is shown to meet the SLO. Cannot tell a and b apart: ..."
    untold = tuple(
        replace(
            candidate,
            recommended=False,
            workloads=tuple(
                replace(w, slo=tuple(replace(c, met=None) for c in w.slo)) for w in candidate.workloads
            ),
        )
        for candidate in run.candidates
    )
    found = headline(replace(run, candidates=untold, recommendation=reason))
    assert found.lead.text == "Cannot tell them apart"
    assert found.facts[-1].value == "Cannot tell yet"
    assert found.facts[-1].what == "whether four-slots meets the SLO, in all 2 workloads"


def test_a_single_candidate_shows_what_it_did() -> None:
    found = headline(single())
    assert found.lead.text == "vllm"
    assert [fact.value for fact in found.facts] == ["2.33 s", "310", "365/375"]
    assert found.facts[0].how_sure == "95 % interval 2.28 to 2.37, n = 365"
    assert found.trust.text == "trusted"


def with_slo(*checks: SloCheck) -> RunSummary:
    run = single()
    (candidate,) = run.candidates
    workloads = tuple(replace(w, slo=checks) for w in candidate.workloads)
    return replace(run, candidates=(replace(candidate, workloads=workloads),))


@pytest.mark.parametrize(
    ("met", "lead", "role"),
    [
        (True, "Meets the SLO", Role.GOOD),
        (False, "Misses the SLO: ttft_p95", Role.BAD),
        (None, "Cannot tell whether it meets the SLO", Role.WARN),
    ],
)
def test_of_a_single_candidate_the_slo_is_said_first(met: bool | None, lead: str, role: Role) -> None:
    found = headline(with_slo(SloCheck("ttft_p95", 1.0, None, met), SloCheck("success", 0.9, 0.97, True)))
    assert (found.lead.text, found.lead.role) == (lead, role)
    assert [fact.value for fact in found.facts[3:]] == ([] if met is not None else ["Cannot tell yet"])


def test_where_many_requests_failed_that_is_the_first_fact() -> None:
    run = single()
    (candidate,) = run.candidates
    (workload,) = candidate.workloads
    half = replace(workload, counts=Counts(planned=400, sent=400, completed=200, failed=200, never_sent=0))
    found = headline(replace(run, candidates=(replace(candidate, workloads=(half,)),)))
    assert (found.facts[0].value, found.facts[0].what) == ("50 %", "of all requests completed")
    assert found.facts[0].how_sure == "200 of 400"
    assert sum("completed" in fact.what for fact in found.facts) == 1


def test_nothing_measured_is_no_result_and_not_trusted() -> None:
    found = headline(nothing())
    assert (found.lead.text, found.trust.text, found.facts) == ("Nothing was measured", "no result", ())


def ranked(weights: dict[str, float]) -> RunSummary:
    standings = (
        Standing("four-slots", 1, scores={
            "speed": Estimate(1.0, None, None, 9),
            "cost": Estimate(0.35, 0.3, 0.4, 9),
            "quality": Estimate(0.87, 0.8, 0.92, 200),
        }),
        Standing("one-slot", 2, scores={"speed": Estimate(0.5, 0.4, 0.625, 9), "cost": None}),
        Standing("untold", 3),
    )  # fmt: skip
    return replace(bake_off(), comparisons=(), answer=Answer(weights, standings))


def test_where_pairs_could_not_be_formed_the_ranking_tells_by_how_much() -> None:
    first = headline(ranked({"speed": 1.0})).facts[0]
    assert (first.value, first.what) == ("2.00 \N{MULTIPLICATION SIGN}", "as fast as one-slot")
    assert first.how_sure == "95 % interval 1.60 to 2.50"


def test_what_was_weighed_is_shown() -> None:
    facts = headline(ranked({"cost": 1.0, "quality": 1.0})).facts
    assert ("$0.35", "95 % interval 0.300 to 0.400") in [(fact.value, fact.how_sure) for fact in facts]
    assert ("87 %", "95 % interval 80.0 to 92.0") in [(fact.value, fact.how_sure) for fact in facts]
