from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from seatrial.domain.answer import Answer, Standing
from seatrial.domain.quality import Grade, Graded, KindScore, QualitySummary
from seatrial.domain.values import Estimate
from seatrial.errors import UsageError
from seatrial.report.document import run_document
from tests.report.runs import RUNS
from tests.sources.foreign.files import reread
from tests.store.records import run_info

HALF = Estimate(0.5, 0.1, 0.9, 4)
ANSWER = Answer({"speed": 1.0}, (Standing("vllm", 1, scores={"speed": HALF, "cost": None}, reason="alone"),))
QUALITY = QualitySummary(
    "own", HALF, None, None, 12.5,
    kinds=(KindScore("facts", HALF, {"right": 2, "wrong": 2}),),
    difficulties=(),
    answers=(Graded("q1", "facts", "easy", Grade.RIGHT, "", "What?", "That."),),
)  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_a_report_is_read_back_as_it_was_written(tmp_path: Path, name: str) -> None:
    written = run_document(RUNS[name]())
    assert run_document(reread(tmp_path, written)) == written


def test_what_is_read_back_is_the_run(tmp_path: Path) -> None:
    run = RUNS["bake_off"]()
    again = reread(tmp_path, run_document(run))
    assert (again.run, again.seed, again.trust, again.tool) == (run.run, run.seed, run.trust, "seatrial")
    before, after = run.candidates[0].workloads[1], again.candidates[0].workloads[1]
    assert after.counts == before.counts
    assert after.metrics["ttft_s"] == before.metrics["ttft_s"]
    assert after.rates["output_tokens_per_s"] == before.rates["output_tokens_per_s"]
    assert after.slo == before.slo


@pytest.mark.parametrize("schema", [0, 2, "1", None, True, [1]])
def test_another_schema_is_refused(tmp_path: Path, schema: object) -> None:
    document = run_document(RUNS["single"]()) | {"schema": schema}
    with pytest.raises(UsageError, match=r"its schema is .*, and 1 is read here"):
        reread(tmp_path, document)


def test_a_comparison_is_not_a_report(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it is a comparison"):
        reread(tmp_path, {"schema": 1, "base": "a", "new": "b", "verdict": "same", "metrics": {}})


def test_a_damaged_report_says_where(tmp_path: Path) -> None:
    document = json.loads(json.dumps(run_document(RUNS["single"]())))
    document["candidates"][0]["workloads"][0]["requests"]["planned"] = "many"
    with pytest.raises(UsageError, match=r"Expected `int`, got `str`.*candidates.*counts\.planned"):
        reread(tmp_path, document)


def test_what_a_report_may_hold_besides(tmp_path: Path) -> None:
    """Records stand in the document as they are: those added to schema 1 later are read by their own names."""
    spec = run_info("r").spec
    document = run_document(RUNS["single"]()) | {"tool": "k6", "spec": asdict(spec), "answer": asdict(ANSWER)}
    document["candidates"][0]["workloads"][0] |= {"definitions": {"e2e_s": "another"}, "quality": asdict(QUALITY)}
    document["candidates"][0]["usd_per_hour"] = 2.5
    run = reread(tmp_path, document)
    assert (run.tool, run.spec, run.answer) == ("k6", spec, ANSWER)
    (candidate,) = run.candidates
    assert candidate.usd_per_hour == 2.5
    assert candidate.workloads[0].definitions == {"e2e_s": "another"}
    assert candidate.workloads[0].quality == QUALITY
