"""Comparisons compared with files that a person has looked at.

SEATRIAL_UPDATE_GOLD=1 writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from seatrial.domain.comparison import RunComparison
from seatrial.domain.summary import Counts
from seatrial.report.comparison import comparison_view, pull_request_summary
from seatrial.report.comparison_document import comparison_document, junit_xml
from seatrial.report.markdown import render_markdown
from seatrial.report.text import render_text
from seatrial.verbs.compare import compare_runs
from tests.stats.compare.compared import N, around, run, workload

GOLD = Path(__file__).parent.parent / "gold"
FORMS = {
    "txt": lambda found: render_text(comparison_view(found)),
    "ansi.txt": lambda found: render_text(comparison_view(found), styled=True),
    "md": lambda found: render_markdown(comparison_view(found)),
    "pr.md": pull_request_summary,
    "json": lambda found: json.dumps(comparison_document(found), indent=1, allow_nan=False) + "\n",
    "xml": junit_xml,
}


def slower() -> RunComparison:
    """Two workloads, one of them slower, with failures and another seed; a gate."""
    rates = {"output_tokens_per_s": around(100.0), "requests_per_s": around(1.5)}
    base = run(workload("users-1", rates=rates), workload("users-8", 0.4), name="20261121-1500-aaaa")
    failing = Counts(N, N, 960, 40, 0)
    new = run(
        workload("users-1", rates=rates),
        workload("users-8", 0.5, counts=failing),
        name="20261121-1510-bbbb",
        host={},
    )
    gate = ("ttft_p50 <= 1.05x; success >= 0.99", "output_tokens >= 0.98x", "ttft_p95 <= 1s")
    return compare_runs([base], [new], gate=gate)


def unsure() -> RunComparison:
    """Two runs of each side that scatter more than they differ."""
    base, new = ([run(workload(ttft_s=t), name=f"run-{t:g}") for t in side] for side in ((0.2, 0.21), (0.21, 0.2)))
    return compare_runs(base, new)


COMPARISONS = {"slower": slower, "unsure": unsure}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", COMPARISONS)
def test_comparison_is_the_gold_one(name: str, form: str) -> None:
    path = GOLD / f"compare_{name}.{form}"
    text = FORMS[form](COMPARISONS[name]())
    if os.environ.get("SEATRIAL_UPDATE_GOLD"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")
