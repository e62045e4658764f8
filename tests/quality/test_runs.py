"""Whole runs against a server that answers known things."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from seatrial.domain.quality import Grade, QualitySummary
from seatrial.domain.sample import Outcome, Sample
from seatrial.domain.summary import RunSummary
from seatrial.errors import UsageError
from seatrial.quality.sets import builtin_set, own_set
from seatrial.report.document import run_document
from seatrial.specfile import load_spec
from seatrial.store.store import Store
from seatrial.testing.actions import Action, Script, Send, Sleep
from seatrial.testing.requests import Received
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import (
    chunked,
    error_json,
    ollama_stream,
    openai_chunk,
    openai_stream,
    openai_usage,
    script_json,
    sse,
    stream_head,
)
from seatrial.verbs.questions import graded_samples
from seatrial.verbs.run import run
from seatrial.verbs.summary import summarize_stored
from tests.cli.contract import check_run
from tests.cli.harness import chat_server, seatrial, streamed, workloads_of

from .references import REFUSAL, right_answer

BUILTIN = builtin_set()
BY_PROMPT = {item.prompt: item for item in BUILTIN.items}
OWN: list[dict[str, Any]] = [
    {
        "id": "peru",
        "kind": "facts",
        "prompt": "Capital of Peru?",
        "check": "exact",
        "arguments": {"accept": ["Lima"]},
    },
    {
        "id": "sum",
        "kind": "sums",
        "prompt": "2 + 2?",
        "check": "number",
        "arguments": {"value": 4},
        "max_tokens": 9,
    },
]


def answering(answer_to: Callable[[str], str]) -> Script:
    """A chat endpoint that streams what `answer_to` says to the prompt."""

    def play(request: Received) -> list[Action]:
        prompt = json.loads(request.body)["messages"][-1]["content"]
        return [Sleep(0.002), *openai_stream(answer_to(prompt).split("|"))]

    return play


def knows_all_but(wrong: set[str]) -> Callable[[str], str]:
    """Right answers, but for the items of these ids."""

    def answer_to(prompt: str) -> str:
        item = BY_PROMPT.get(prompt)
        if item is None or item.id in wrong:
            return "no idea"
        return right_answer(item).replace("|", "/")

    return answer_to


def summary_of(text: str, folder: Path) -> RunSummary:
    return run(load_spec(text), store_path=folder / "store.db").summary


def only_quality(summary: RunSummary) -> QualitySummary:
    (workload,) = summary.candidates[0].workloads
    assert workload.quality is not None
    return workload.quality


def own_file(folder: Path, lines: list[dict[str, Any]] | None = None) -> Path:
    path = folder / "own.jsonl"
    path.write_text("\n".join(json.dumps(entry) for entry in lines or OWN), "utf-8")
    return path


def test_the_command_line_gives_the_accuracy_that_was_scripted(tmp_path: Path) -> None:
    asked = BUILTIN.items[:20]
    wrong = {item.id for item in asked[:5]}
    with chat_server(answering(knows_all_but(wrong))) as server:
        options = ("--suite", "quality", "--requests", "20", "--json", "--store", tmp_path / "s.db")
        ended = seatrial("run", server.url, *options)
    check_run(ended.document)
    quality = workloads_of(ended)["quality-c1"]["quality"]
    assert (quality["accuracy"]["value"], quality["accuracy"]["n"]) == (0.75, 20)
    assert quality["accuracy"]["low"] < 0.75 < quality["accuracy"]["high"]
    assert {a["item"] for a in quality["answers"] if a["grade"] != "right"} == wrong
    assert [a["item"] for a in quality["answers"]] == [item.id for item in asked]
    assert len(quality["kinds"]) == len({item.kind for item in asked}) == 12
    assert quality["provenance"]["sha256"] == BUILTIN.sha256
    assert all(a["e2e_s"] > 0 and a["completion_tokens"] == 1 for a in quality["answers"])


def test_questions_are_asked_word_for_word_with_the_sampling_pinned(tmp_path: Path) -> None:
    with chat_server(answering(knows_all_but(set()))) as server:
        text = (
            f'seed = 7\n[[candidates]]\nendpoint = "{server.url}"\n[[workloads]]\nsuite = "quality"\nrequests = 13'
        )
        summary = summary_of(text, tmp_path)
        bodies = [b for b in streamed(server) if b["messages"][-1]["content"] in BY_PROMPT]
    assert [body["messages"][-1]["content"] for body in bodies] == [item.prompt for item in BUILTIN.items[:13]]
    assert [body["max_tokens"] for body in bodies] == [item.max_tokens for item in BUILTIN.items[:13]]
    assert {(body["temperature"], body["seed"]) for body in bodies} == {(0.0, 7)}
    quality = only_quality(summary)
    notes = summary.candidates[0].workloads[0].notes
    assert any("questions are sent as they are" in note for note in notes)
    assert not any("were asked for" in note for note in notes), "an answer is as long as it is"
    assert (quality.provenance["temperature"], quality.provenance["seed"]) == ("0", "7")
    assert quality.provenance["questions asked"] == "13"


@pytest.mark.parametrize("engine", ["vllm", "llama.cpp", "ollama"])
def test_no_engine_is_made_to_stretch_an_answer(engine: str, tmp_path: Path) -> None:
    """A load of made prompts holds answers to their length; a question must be free to end its answer."""
    chat = {
        "/v1/chat/completions": openai_stream(["4"]),
        "/api/chat": ollama_stream(["4"]),
        "/v1/models": script_json(200, {"data": [{"id": "m", "owned_by": "us"}]}),
        "/api/tags": script_json(200, {"models": [{"name": "m"}]}),
        "/api/ps": script_json(200, {"models": []}),
        "/api/show": script_json(200, {}),
        "/api/version": script_json(200, {"version": "0.33.0"}),
        "/version": script_json(200, {"version": "0.11.0"}),
        "/health": script_json(200, {}),
        "/props": script_json(200, {}),
        "/slots": script_json(200, []),
        "/": script_json(200, {}),
    }
    with ScriptedServer(chat) as server:
        head = f'[[candidates]]\nendpoint = "{server.url}"\nengine = "{engine}"\nmodel = "m"\n'
        text = (
            f'{head}[[workloads]]\nname = "made"\nrequests = 1\n[[workloads]]\nquestions = "{own_file(tmp_path)}"\n'
        )
        quality = summary_of(text, tmp_path).candidates[0].workloads[1].quality
        bodies = [json.loads(r.body) for r in server.requests if r.path.endswith(("/completions", "/chat"))]
    asked = [body for body in bodies if body["messages"][-1]["content"] in ("Capital of Peru?", "2 + 2?")]
    assert len(asked) == 2
    stretching = ("ignore_eos", "min_tokens", "repeat_penalty")
    assert any(word in json.dumps(bodies) for word in stretching)
    assert not any(word in json.dumps(asked) for word in stretching)
    assert quality is not None
    assert quality.provenance["repetition penalty"] == "not sent: the server's own"


def test_quality_under_load_tells_what_changed(tmp_path: Path) -> None:
    """The scripted server answers one question differently once it has been asked it before."""
    seen: set[str] = set()

    def answer_to(prompt: str) -> str:
        again = prompt in seen
        seen.add(prompt)
        return "Cusco" if again and prompt == "Capital of Peru?" else {"2 + 2?": "4"}.get(prompt, "Lima")

    with chat_server(answering(answer_to)) as server:
        text = (
            f'[[candidates]]\nendpoint = "{server.url}"\n[[workloads]]\nsuite = "quality"\nconcurrency = [1, 2]\n'
            f'questions = "{own_file(tmp_path)}"\n'
        )
        summary = summary_of(text, tmp_path)
    one, two = (w.quality for w in summary.candidates[0].workloads)
    assert one is not None and two is not None
    assert one.accuracy is not None and two.accuracy is not None
    assert (one.accuracy.value, two.accuracy.value) == (1.0, 0.5)
    assert (one.changed, two.changed) == (None, ("peru",))
    assert [w.name for w in summary.candidates[0].workloads] == ["quality-c1", "quality-c2"]


def test_a_run_is_graded_on_its_own_when_its_file_is_gone(tmp_path: Path) -> None:
    path = own_file(tmp_path)
    with chat_server(answering(lambda prompt: "4" if "2 + 2" in prompt else "Lima")) as server:
        text = f'[[candidates]]\nendpoint = "{server.url}"\n[[workloads]]\nquestions = "{path}"\n'
        summary = summary_of(text, tmp_path)
    path.unlink()
    with Store.open(tmp_path / "store.db", create=False) as store:
        again = summarize_stored(store, summary.run)
    assert only_quality(again) == only_quality(summary)
    assert only_quality(again).set_name == "own.jsonl"
    accuracy = only_quality(again).accuracy
    assert accuracy is not None and (accuracy.value, accuracy.n) == (1.0, 2)


def test_beside_any_load_questions_go_round(tmp_path: Path) -> None:
    with chat_server(answering(lambda prompt: "4" if "2 + 2" in prompt else "Cusco")) as server:
        text = (
            f'[[candidates]]\nendpoint = "{server.url}"\n[[workloads]]\nrate = 400\nrequests = 9\n'
            f'questions = "{own_file(tmp_path)}"\n'
        )
        quality = only_quality(summary_of(text, tmp_path))
    assert quality.accuracy is not None
    assert (quality.accuracy.value, quality.accuracy.n) == (4 / 9, 9)
    assert [answer.item for answer in quality.answers] == ["peru", "sum"]


def test_reasoning_is_not_graded_and_room_is_made_for_it(tmp_path: Path) -> None:
    def play(request: Received) -> list[Action]:
        prompt = json.loads(request.body)["messages"][-1]["content"]
        thought = openai_chunk(None, chat=True, model="m")
        thought["choices"] = [{"index": 0, "delta": {"reasoning_content": "Is it 5? I can't help"}}]
        parts = [sse(thought)]
        if prompt == "2 + 2?":  # of the other one only the thought fits
            parts.append(sse(openai_chunk("4", chat=True, model="m")))
        end = openai_chunk(None, chat=True, model="m", finish="stop" if prompt == "2 + 2?" else "length")
        parts += [sse(end | {"usage": openai_usage(7, 3)}), b"data: [DONE]\n\n"]
        return [Send(data) for data in (stream_head("text/event-stream"), *chunked(parts))]

    with chat_server(play) as server:
        text = (
            f'[[candidates]]\nendpoint = "{server.url}"\n[[workloads]]\nsuite = "quality"\noutput_tokens = 500\n'
            f'questions = "{own_file(tmp_path)}"\n'
        )
        quality = only_quality(summary_of(text, tmp_path))
        asked = [b for b in streamed(server) if b["messages"][-1]["content"] == "2 + 2?"]
    peru, total = quality.answers
    assert (total.grade, total.answer, total.completion_tokens) == (Grade.RIGHT, "4", 3)
    assert (peru.grade, peru.reason) == (Grade.FAILED, "nothing but reasoning, cut off at the limit of tokens")
    assert [body["max_tokens"] for body in asked] == [500]
    assert quality.provenance["max_tokens"] == "each question's own, at least 500"


def test_failures_and_refusals_are_told_apart(tmp_path: Path) -> None:
    def play(request: Received) -> list[Action]:
        prompt = json.loads(request.body)["messages"][-1]["content"]
        return error_json(500, "out of memory") if prompt == "2 + 2?" else [Sleep(0.001), *openai_stream([REFUSAL])]

    with chat_server(play) as server:
        text = f'[[candidates]]\nendpoint = "{server.url}"\n[[workloads]]\nquestions = "{own_file(tmp_path)}"\n'
        summary = summary_of(text, tmp_path)
    peru, total = only_quality(summary).answers
    assert (peru.grade, total.grade) == (Grade.REFUSED, Grade.FAILED)
    assert total.reason == "http error: HTTP 500: out of memory"
    assert only_quality(summary).tokens_per_right is None
    rate = only_quality(summary).refusal_rate
    assert rate is not None and (rate.value, rate.n) == (1.0, 1)
    check_run(run_document(summary))


def test_a_bad_line_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    path = own_file(tmp_path, [*OWN, {**OWN[0], "id": "x", "chek": "exact"}])
    with chat_server() as server:
        text = f'[[candidates]]\nendpoint = "{server.url}"\n[[workloads]]\nquestions = "{path}"\n'
        with pytest.raises(UsageError, match=r'own\.jsonl, line 3: unknown field "chek"') as caught:
            summary_of(text, tmp_path)
        assert not server.requests
    assert caught.value.hint == 'did you mean "check"?'


def test_a_file_that_is_none(tmp_path: Path) -> None:
    text = f'[[candidates]]\nendpoint = "http://127.0.0.1:9"\n[[workloads]]\nquestions = "{tmp_path}/none.jsonl"\n'
    with pytest.raises(UsageError, match=r"none\.jsonl cannot be read: No such file"):
        summary_of(text, tmp_path)


def test_a_spec_names_its_questions_beside_itself(tmp_path: Path) -> None:
    own_file(tmp_path)
    with chat_server(answering(lambda prompt: "4")) as server:
        spec = tmp_path / "spec.toml"
        spec.write_text(f'[[candidates]]\nendpoint = "{server.url}"\n[[workloads]]\nquestions = "own.jsonl"\n')
        ended = seatrial("run", spec, "--json", "--store", tmp_path / "s.db")
    (workload,) = ended.document["candidates"][0]["workloads"]
    assert workload["quality"]["accuracy"]["value"] == 0.5
    assert workload["requests"]["planned"] == 2


def test_an_interruption_is_no_failure_of_the_candidate() -> None:
    asked = own_set("own", "\n".join(map(json.dumps, OWN)))
    ok = Sample(0, 0, outcome=Outcome.OK, text="Lima")
    lost = Sample(1, 0, outcome=Outcome.NEVER_SENT)
    cut = Sample(1, 0, outcome=Outcome.INTERRUPTED, text="4")
    assert [one.grade for one in graded_samples(asked, [ok, lost])] == [Grade.RIGHT, Grade.FAILED]
    assert [one.grade for one in graded_samples(asked, [ok, cut, lost])] == [Grade.RIGHT]
