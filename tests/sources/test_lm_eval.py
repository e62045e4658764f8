from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

from seatrial.domain.harness import HarnessScore
from seatrial.errors import UsageError
from seatrial.sources.lm_eval import Task, find_task
from seatrial.sources.lm_eval_result import read_result

if TYPE_CHECKING:
    from pathlib import Path

# As lm-eval 0.4.13 wrote it for a task of three items, shortened.
DOCUMENT = {
    "results": {
        "tiny": {
            "name": "tiny",
            "alias": "tiny",
            "sample_len": 3,
            "exact_match,none": 0.6666666666666666,
            "exact_match_stderr,none": 0.33333333333333337,
            "exact_match,strict": 0.0,
            "exact_match_stderr,strict": "N/A",
        }
    },
    "versions": {"tiny": 1.0},
    "n-shot": {"tiny": 0},
    "n-samples": {"tiny": {"original": 3, "effective": 3}},
    "config": {"random_seed": 7, "limit": None},
    "lm_eval_version": "0.4.13",
    "task_hashes": {},
}
INSTALLED = importlib.util.find_spec("lm_eval") is not None


def test_scores_come_with_their_error_and_number_of_items() -> None:
    result = read_result("tiny", DOCUMENT)

    assert result.scores == (
        HarnessScore("tiny", "exact_match", 0.6666666666666666, 0.33333333333333337, 3),
        HarnessScore("tiny", "exact_match (strict)", 0.0, None, 3),
    )


def test_provenance_is_taken_over() -> None:
    result = read_result("tiny", DOCUMENT)

    assert (result.harness, result.version, result.task) == ("lm-eval", "0.4.13", "tiny")
    assert result.settings == {"task version": "1.0", "few-shot examples": "0", "seed": "7"}


@pytest.mark.parametrize(
    "document",
    [None, [], {}, {"results": None}, {"results": {"tiny": 3}}, {"results": {"tiny": {"acc,none": "much"}}},
     {"results": {"tiny": {"acc,none": float("nan")}}}, {"results": {"tiny": {"acc,none": True}}}],
)  # fmt: skip
def test_what_holds_no_score_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="no scores"):
        read_result("tiny", document)


@pytest.mark.skipif(INSTALLED, reason="lm-eval is installed here: the words when it is not are NOT tested")
def test_without_the_harness_the_extra_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        find_task("mmlu")
    assert "pip install 'seatrial[lm-eval]'" in caught.value.hint


@pytest.mark.skipif(not INSTALLED, reason="lm-eval is not installed: finding a task by its file is NOT tested")
def test_a_task_file_is_found_by_the_name_in_it(tmp_path: Path) -> None:
    file = tmp_path / "t.yaml"
    file.write_text("# mine\ntask: 'my_task'\ndataset_path: json\n")

    assert find_task(str(file)) == Task("my_task", tmp_path)
    assert find_task("mmlu") == Task("mmlu", None)
    file.write_text("dataset_path: json\n")
    for wrong in (str(file), str(tmp_path / "none.yaml")):
        with pytest.raises(UsageError):
            find_task(wrong)
