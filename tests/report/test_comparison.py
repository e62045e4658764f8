"""A comparison as people and machines read it, from sides written by hand."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import Any

import pytest

from seatrial.domain.comparison import RunComparison
from seatrial.domain.summary import Counts, Distribution, RunSummary
from seatrial.domain.trial import Trust, Verdict
from seatrial.domain.values import Estimate
from seatrial.report.comparison import comparison_page_view, comparison_view, pull_request_summary
from seatrial.report.comparison_document import comparison_document, junit_xml
from seatrial.report.comparison_words import metric_name, ratio_text, sentence
from seatrial.report.markdown import render_markdown
from seatrial.report.text import render_text
from seatrial.report.view import Cell, Role
from seatrial.verbs.compare import compare_runs
from tests.stats.compare.compared import N, run, workload

HOSTILE = "<script>alert(1)</script>|\x1b[31m`x`\x00"


def side(ttft_s: float = 0.2, name: str = "run-1", share: float = 0.01) -> RunSummary:
    return run(workload(ttft_s=ttft_s, share=share), name=name)


def slower(gate: tuple[str, ...] = ()) -> RunComparison:
    return compare_runs([side()], [side(0.24, "run-2")], gate=gate)


def text(found: RunComparison) -> str:
    return render_text(comparison_view(found))


def cases(found: RunComparison) -> dict[str, str]:
    """By name, what became of each test case."""
    root = ET.fromstring(junit_xml(found))
    return {
        f"{case.get('classname')}/{case.get('name')}": next((child.tag for child in case), "passed")
        for case in root.iter("testcase")
    }


def test_the_verdict_and_what_it_rests_on() -> None:
    lines = text(slower()).splitlines()
    at = lines.index("VERDICT")
    assert lines[0] == "seatrial compare run-1 run-2"
    assert lines[at : at + 3] == [
        "VERDICT",
        "  worse",
        "  NEW is worse than BASE in TTFT p50 (1.200 [1.179, 1.221] times), TTFT mean (1.200 [1.179, 1.221]",
    ]
    assert max(map(len, lines)) <= 100


def test_warnings_come_before_the_verdict_and_that_before_the_numbers() -> None:
    shown = text(compare_runs([side()], [replace(side(0.24, "run-2"), seed=5, tool="k6")]))
    assert shown.index("measured by seatrial against k6") < shown.index("VERDICT") < shown.index("METRICS")


def test_the_table_has_both_sides_their_ratio_and_a_word() -> None:
    row = next(line for line in text(slower()).splitlines() if line.startswith("  TTFT mean"))
    assert row.split() == ["TTFT", "mean", "200", "ms", "240", "ms", "1.200", "[1.179,", "1.221]", "worse"]
    assert "TTFT p95: not given, it takes 2,000 requests" in text(slower())


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [
        (Estimate(1.1, 1.0803, 1.1207, 1), "1.100 [1.080, 1.121]"),
        (Estimate(1.03, 1.0002, 1.06, 1), "1.0300 [1.0002, 1.0600]"),  # the low end is above 1
        (Estimate(1.02, 1.0002, 1.04, 1), "1.020 [1.000, 1.040]"),  # and the same, wherever 1 is
        (Estimate(1.0, 0.9999, 1.05004, 1), "1.00000 [0.99990, 1.05004]"),  # the high end is beyond the margin
        (Estimate(1.1, None, 1.2, 1), "1.100 [-, 1.200]"),
        (Estimate(1.1, None, None, 1), "1.100"),
        (None, "-"),
        (Estimate(0.909, 0.0004, 3.5e6, 9), "0.909"),
        (Estimate(0.909, 0.5, 3.5e6, 9), "0.909 [0.500, -]"),
    ],
)
def test_a_rounded_interval_does_not_contradict_its_word(ratio: Estimate | None, shown: str) -> None:
    assert ratio_text(ratio, 0.05) == shown


def test_sentences() -> None:
    assert sentence(compare_runs([side()], [side()])).startswith("Within 5 % of each other: TTFT p50, TTFT mean")
    wide = compare_runs([side(share=0.1)], [side(share=0.1)])
    assert sentence(wide).startswith("Within 5 % of each other: completed. Cannot tell of TTFT p50, TTFT mean: ")
    assert "more requests of each side would tell of TTFT p50." in sentence(wide)
    failing = run(workload(ttft_s=0.15, counts=Counts(N, N, 800, 200, 0)))
    assert sentence(compare_runs([side()], [failing])).startswith("NEW is worse in completed (0.800 [")
    assert "; better in TTFT p50 (0.750 [" in sentence(compare_runs([side()], [failing]))


def test_names() -> None:
    assert [metric_name(key) for key in ("ttft_s.p95", "e2e_s.mean", "success")] == [
        "TTFT p95",
        "E2E mean",
        "completed",
    ]


def test_the_document_is_the_contract() -> None:
    document = json.loads(json.dumps(comparison_document(slower(("ttft_p50 <= 1.05x",))), allow_nan=False))
    assert (document["schema"], document["base"], document["new"]) == (1, "run-1", "run-2")
    assert (document["verdict"], document["warnings"][:1]) == (
        "worse",
        ["what was asked in run-1, run-2 is not known: the workloads may differ"],
    )
    p50, p95 = document["metrics"]["ttft_s.p50"], document["metrics"]["ttft_s.p95"]
    assert set(p50["ratio"]) == {"value", "low", "high"}
    assert (p50["ratio"]["value"], p50["verdict"], p50["requests_needed"]) == (pytest.approx(1.2), "worse", None)
    assert (p95["ratio"], p95["verdict"], p95["requests_needed"]) == (None, "cannot tell", 1000)
    assert p50["base"]["value"] == 0.2
    assert document["gate"] == {
        "met": False,
        "checks": [
            {"clause": "ttft_p50 <= 1.05x", "met": False, "found": "1.200x [1.179x, 1.221x]", "fails": True}
        ],
    }
    assert document["workloads"]["closed-8"] == document["metrics"]


def test_the_page_begins_with_the_verdict_and_its_ratios() -> None:
    view = comparison_page_view(slower())
    assert [section.heading for section in view.sections][:2] == ["Verdict", "Warnings"]
    head = view.headline
    assert head is not None
    assert (head.lead, head.trust.text) == (Cell("Worse", Role.BAD), "trusted")
    assert [(fact.value, fact.what, fact.how_sure) for fact in head.facts] == [
        ("1.200 \N{MULTIPLICATION SIGN}", "TTFT p50, NEW / BASE: worse", "interval 1.179 to 1.221"),
        ("1.200 \N{MULTIPLICATION SIGN}", "TTFT mean, NEW / BASE: worse", "interval 1.179 to 1.221"),
    ]
    doubtful = run(workload(trust=Trust(Verdict.DOUBTFUL, ("late",))))
    good, warned = Cell("trusted", Role.GOOD), Cell("doubtful", Role.WARN)
    for sides, lead, trust in (((side(), side()), "The same", good), ((side(), doubtful), "The same", warned)):
        found = comparison_page_view(compare_runs(sides[:1], sides[1:])).headline
        assert found is not None
        assert (found.lead.text, found.trust) == (lead, trust)


def test_mixed_shows_both_ways_in_the_headline() -> None:
    failing = run(workload(ttft_s=0.15, counts=Counts(N, N, 800, 200, 0)))
    head = comparison_page_view(compare_runs([side()], [failing])).headline
    assert head is not None and head.lead.text == "Mixed"
    assert [fact.what.partition(": ")[2] for fact in head.facts][:2] == ["worse", "better"]


def test_what_was_under_another_load_has_no_headline_ratio() -> None:
    found = compare_runs([side()], [run(workload("other", 0.9))])
    assert sentence(found).startswith("The loads differ")
    head = comparison_page_view(found).headline
    assert head is not None and (head.lead.text, head.facts) == ("Cannot tell", ())


def test_sides_go_by_the_names_they_were_given() -> None:
    base, new = replace(side(), name="base"), replace(side(0.24, "run-2"), name="new")
    shown = text(compare_runs([base], [new]))
    assert shown.startswith("seatrial compare base new\n")
    assert "BASE is base (run-1), NEW is new (run-2)." in shown
    assert "BASE is run-1, NEW is new (run-2)." in text(compare_runs([side()], [new]))


def test_junit_is_red_for_what_is_worse_and_skips_what_cannot_be_told() -> None:
    assert cases(slower()) == {
        "closed-8/ttft_s.mean": "failure",
        "closed-8/ttft_s.p50": "failure",
        "closed-8/ttft_s.p95": "skipped",
        "closed-8/ttft_s.p99": "skipped",
        "closed-8/success": "passed",
    }
    suite = next(ET.fromstring(junit_xml(slower())).iter("testsuite"))
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "2", "0", "2"]
    assert set(cases(compare_runs([side()], [side()])).values()) == {"passed", "skipped"}


def test_junit_with_a_gate_has_its_clauses() -> None:
    gate = ("ttft_p50 <= 1.05x; success >= 0.9; ttft_p50 <= 241ms; ttft_p95 <= 1s",)
    assert cases(slower(gate)) == {
        "seatrial.gate/ttft_p50 <= 1.05x": "failure",
        "seatrial.gate/success >= 0.9": "passed",
        "seatrial.gate/ttft_p50 <= 241ms": "skipped",
        "seatrial.gate/ttft_p95 <= 1s": "failure",
    }


def test_junit_of_several_loads_has_each() -> None:
    base = run(workload("a"), workload("b"))
    new = run(workload("a"), workload("b", 0.3))
    found = cases(compare_runs([base], [new]))
    assert (found["all workloads/ttft_s.p50"], found["a/ttft_s.p50"], found["b/ttft_s.p50"]) == (
        "failure",
        "passed",
        "failure",
    )


def test_an_invalid_measurement_is_an_error() -> None:
    bad = run(workload(trust=Trust(Verdict.INVALID, ("late",))))
    found = compare_runs([side()], [bad])
    assert cases(found)["seatrial.compare/the measurement is trusted"] == "error"
    assert sentence(found) == "A measurement is invalid, so nothing is decided by it."


def test_the_summary_for_a_pull_request_folds_the_numbers_away() -> None:
    shown = pull_request_summary(slower(("ttft_p50 <= 1.05x; success >= 0.9",)))
    assert shown.startswith("# seatrial: worse, the gate fails\n")
    assert "- ttft_p50 \\<= 1.05x: missed; 1.200x [1.179x, 1.221x]\n" in shown
    before, folded = shown.split("<details>\n<summary>Every metric</summary>\n\n")
    assert "| TTFT p50 |" in folded and "| TTFT p50 |" not in before
    assert folded.endswith("\n</details>\n")


@pytest.mark.parametrize("form", ["text", "markdown", "summary", "junit"])
def test_hostile_names_are_inert(form: str) -> None:
    base, new = (
        run(workload(HOSTILE, ttft), workload(HOSTILE + "2", ttft), name=HOSTILE, status=HOSTILE)
        for ttft in (0.2, 0.3)
    )
    found = compare_runs([base], [new], gate=["ttft_p50 <= 1.05x"] if form == "junit" else ())
    shown = {
        "text": lambda: render_text(comparison_view(found), styled=False),
        "markdown": lambda: render_markdown(comparison_view(found)),
        "summary": lambda: pull_request_summary(found),
        "junit": lambda: junit_xml(found),
    }[form]()
    assert "\x1b" not in shown and "\x00" not in shown
    if form == "junit":
        assert ET.fromstring(shown) is not None
    if form in {"markdown", "summary"}:
        assert "<script>" not in shown.replace("\\<", "")


def _bare(**fields: Any) -> RunSummary:
    return run(workload(**({"metrics": {}} | fields)))


@pytest.mark.parametrize(
    "side",
    [
        _bare(counts=Counts(0, 0, 0, 0, 0)),
        _bare(counts=Counts(10, 10, 0, 10, 0)),
        _bare(
            metrics={"ttft_s": Distribution(Estimate(math.nan, math.nan, math.nan, 3), None, None, None, 0.1, 0.3)}
        ),
        _bare(
            counts=Counts(1, 1, 1, 0, 0),
            metrics={"ttft_s": Distribution(Estimate(0.2, None, None, 1), None, None, None, 0.2, 0.2, {"p50": 6})},
        ),
    ],
    ids=["empty", "all failed", "not a number", "one sample"],
)
def test_sides_that_say_little_are_shown_in_every_form(side: RunSummary) -> None:
    for found in (compare_runs([side], [replace(side, run="again")]), compare_runs([side], [run(workload())])):
        assert "VERDICT" in text(found)
        json.dumps(comparison_document(found), allow_nan=False)
        assert ET.fromstring(junit_xml(found)).tag == "testsuites"
        assert pull_request_summary(found).startswith("# seatrial: ")
