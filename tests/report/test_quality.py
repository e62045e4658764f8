from __future__ import annotations

from dataclasses import replace

from seatrial.domain.quality import Grade, Graded, QualitySummary
from seatrial.domain.summary import CandidateSummary, Counts, RunSummary, WorkloadSummary
from seatrial.domain.trial import Trust
from seatrial.report.document import run_document
from seatrial.report.layout import build_view
from seatrial.report.markdown import render_markdown
from seatrial.report.quality import MOST_ANSWERS, answers, quality
from seatrial.report.text import render_text
from seatrial.report.view import Section
from seatrial.stats.quality import summarize_quality

HOSTILE = "\x1b[31m<script>alert(1)</script> | `x`\n" * 50


def graded(item: str, grade: Grade, answer: str = "x", reason: str = "") -> Graded:
    return Graded(item, "facts", "easy", grade, reason, f"Question {item}?", answer, 10, 0.1)


def told(*grades: Grade, changed: tuple[str, ...] | None = None) -> QualitySummary:
    found = [graded(f"q{n}", grade, reason="" if grade is Grade.RIGHT else "why") for n, grade in enumerate(grades)]
    return replace(summarize_quality("builtin", found, {"set": "builtin", "sha256": "ab" * 32}), changed=changed)


def workload(name: str, users: int, summary: QualitySummary) -> WorkloadSummary:
    n = len(summary.answers)
    return WorkloadSummary(name, Counts(n, n, n, 0, 0), quality=summary, concurrency=users, group="quality")


def run_of(**candidates: tuple[WorkloadSummary, ...]) -> RunSummary:
    made = tuple(CandidateSummary(name, "vllm", None, "m", workloads) for name, workloads in candidates.items())
    return RunSummary("r", 1, Trust(), made)


def cells(section: Section, table: int = 0) -> dict[str, list[str]]:
    return {row.label: [cell.text for cell in row.cells] for row in section.tables[table].rows}


R, W, M = Grade.RIGHT, Grade.WRONG, Grade.MISFORMED


def test_a_run_without_questions_has_neither_section() -> None:
    plain = run_of(a=(WorkloadSummary("closed-1", Counts(1, 1, 1, 0, 0)),))
    assert not quality(plain)
    assert not answers(plain)


def test_misformed_stands_apart_from_wrong() -> None:
    run = run_of(a=(workload("quality-c1", 1, told(R, R, W, M)),))
    heads = [" ".join(column) for column in quality(run).tables[0].columns]
    found = dict(zip(heads, cells(quality(run))["quality-c1"], strict=True))
    assert found["right"] == "50 % [15, 85]"
    assert (found["wrong"], found["mis- formed"], found["refused"], found["failed"]) == ("1", "1", "0", "0")
    assert found["tokens / right"] == "20"


def test_candidates_stand_side_by_side_where_they_differ() -> None:
    run = run_of(a=(workload("quality-c1", 1, told(R, R, W)),), b=(workload("quality-c1", 1, told(R, W, M)),))
    assert cells(quality(run), 1)["facts"] == ["67 % [21, 94] of 3", "33 % [6, 79] of 3"]
    shown = answers(run)
    assert "differ on 2 of 3 questions" in shown.lines[0].text
    assert [table.title for table in shown.tables] == ["q1: Question q1?", "q2: Question q2?"]
    assert cells(shown) == {"a": ["right: x"], "b": ["wrong: x"]}
    assert cells(shown, 1) == {"a": ["wrong: x"], "b": ["misformed: x"]}


def test_candidates_that_agree_say_so() -> None:
    run = run_of(a=(workload("quality-c1", 1, told(R, W)),), b=(workload("quality-c1", 1, told(R, W)),))
    assert [line.text for line in answers(run).lines] == [
        "The candidates have the same grade on each of 2 questions."
    ]


def test_a_single_candidate_shows_what_it_got_wrong() -> None:
    shown = answers(run_of(a=(workload("quality-c1", 1, told(R, W)),)))
    assert [table.title for table in shown.tables] == ["q1: Question q1?"]
    assert cells(shown) == {"answer": ["wrong: x"], "why": ["why"]}
    right = answers(run_of(a=(workload("quality-c1", 1, told(R, R)),)))
    assert [line.text for line in right.lines] == ["Every answer is right."]


def test_what_is_shown_is_bounded() -> None:
    shown = answers(run_of(a=(workload("quality-c1", 1, told(*[W] * 100)),)))
    assert len(shown.tables) == MOST_ANSWERS
    assert f"Not right: 100 of 100; the first {MOST_ANSWERS} are shown" in shown.lines[0].text


def test_what_changed_under_load_is_named() -> None:
    changed = tuple(f"q{n}" for n in range(7))
    run = run_of(
        a=(workload("quality-c1", 1, told(*[R] * 9)), workload("quality-c4", 4, told(*[R] * 9, changed=changed)))
    )
    (said, *_) = [bullet.text for bullet in quality(run).bullets]
    assert said == (
        "quality-c4: 7 of 9 answers differ from those with the fewest users: q0, q1, q2, q3, q4 and 2 more"
    )
    assert cells(quality(run))["quality-c4"][-1] == "7/9"


def test_another_set_is_not_compared() -> None:
    other = replace(told(R), provenance={"sha256": "other"})
    run = run_of(a=(workload("quality-c1", 1, told(R, W)),), b=(workload("own", 1, other),))
    assert list(cells(quality(run))) == ["a, quality-c1", "b, own"]
    assert [len(row.cells) for row in quality(run).tables[1].rows] == [1]


def test_open_arrivals_are_not_the_fewest_users() -> None:
    burst = replace(workload("burst", 1, told(W, W)), concurrency=None)
    assert cells(quality(run_of(a=(burst, workload("quality-c4", 4, told(R, R))))), 1)["facts"] == [
        "100 % [34, 100] of 2"
    ]


def test_hostile_answers_are_tame() -> None:
    bad = Graded("q<b>", "facts", "easy", W, HOSTILE, HOSTILE, HOSTILE, 1, 0.1)
    summary = summarize_quality("s", [bad], {"set": HOSTILE[:40]})
    view = build_view(run_of(a=(workload("quality-c1", 1, summary),)))
    text = render_text(view, styled=False)
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 160
    assert "<script>" not in render_markdown(view).replace(r"\<script\>", "")


def test_the_document_has_every_answer() -> None:
    run = run_of(a=(workload("quality-c1", 1, told(R, W)),))
    found = run_document(run)["candidates"][0]["workloads"][0]["quality"]
    assert found["accuracy"]["value"] == 0.5
    assert found["answers"][1] == {
        "item": "q1", "kind": "facts", "difficulty": "easy", "grade": "wrong", "reason": "why",
        "prompt": "Question q1?", "answer": "x", "completion_tokens": 10, "e2e_s": 0.1,
    }  # fmt: skip
    assert found["changed"] is None
    plain = replace(run.candidates[0].workloads[0], quality=None)
    document = run_document(run_of(a=(plain,)))
    assert document["candidates"][0]["workloads"][0]["quality"] is None
