"""The real lm-evaluation-harness, driven through the real command at a server that knows some of the answers."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING

import pytest

from seatrial.testing.streams import openai_stream, openai_usage, script_json
from tests.cli.harness import chat_server, seatrial

if TYPE_CHECKING:
    from pathlib import Path

    from seatrial.testing.actions import Action
    from seatrial.testing.requests import Received

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        importlib.util.find_spec("lm_eval") is None,
        reason="lm-eval is not installed (pip install 'seatrial[lm-eval]'): driving it is NOT tested",
    ),
]
QUESTIONS = {"What is 2 + 2?": "4", "What is 3 + 3?": "6", "What is 5 + 5?": "10", "What is 7 + 7?": "14"}
KNOWN = {"What is 2 + 2?": "4", "What is 3 + 3?": "6", "What is 5 + 5?": "10"}


def task_in(folder: Path) -> Path:
    """A task of four items, of which the server knows three."""
    rows = [json.dumps({"question": asked, "answer": right}) for asked, right in QUESTIONS.items()]
    (folder / "items.jsonl").write_text("\n".join(rows) + "\n")
    task = folder / "sums.yaml"
    task.write_text(
        "task: seatrial_sums\n"
        "dataset_path: json\n"
        f"dataset_kwargs: {{data_files: {{test: {folder / 'items.jsonl'}}}}}\n"
        "test_split: test\n"
        "output_type: generate_until\n"
        'doc_to_text: "{{question}}"\n'
        'doc_to_target: "{{answer}}"\n'
        'generation_kwargs: {until: ["\\n"], max_gen_toks: 16, temperature: 0}\n'
        "metric_list: [{metric: exact_match, aggregation: mean, higher_is_better: true}]\n"
        "metadata: {version: 2.0}\n"
    )
    return task


def know_some(request: Received) -> list[Action]:
    body = json.loads(request.body)
    answer = KNOWN.get(body["messages"][-1]["content"], "I do not know")
    if body.get("stream"):
        return openai_stream([answer])
    message = {"role": "assistant", "content": answer}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return script_json(200, {"choices": [choice], "usage": openai_usage(7, 1)})


def test_scores_of_a_task_of_ones_own_are_taken_over(tmp_path: Path) -> None:
    with chat_server(know_some) as server:
        ended = seatrial(
            "run", server.url, "--suite", f"lm-eval:{task_in(tmp_path)}", "--store", tmp_path / "s.db", "--json",
            env={"HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"},
        )  # fmt: skip
    assert ended.code == 0, ended.err
    (candidate,) = ended.document["candidates"]
    (result,) = candidate["harness"]
    (score,) = result["scores"]
    assert (score["metric"], score["value"], score["items"]) == ("exact_match", 0.75, 4)
    assert score["error"] == pytest.approx(0.25)
    assert result["settings"]["task version"] == "2.0"

    shown = seatrial("report", "last", "--store", tmp_path / "s.db")
    assert "seatrial_sums: exact_match" in shown.out
    assert "0.750 +- 0.250 (n=4)" in shown.out


def test_a_harness_that_fails_is_told_with_its_last_words(tmp_path: Path) -> None:
    with chat_server(know_some) as server:
        ended = seatrial(
            "run", server.url, "--suite", "lm-eval:no_such_task_at_all", "--store", tmp_path / "s.db",
            env={"HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"},
        )  # fmt: skip
    assert ended.code == 3
    assert "lm-eval failed on no_such_task_at_all" in ended.err
    assert "Traceback" not in ended.err
