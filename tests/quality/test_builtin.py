"""The set that comes with seatrial: every reference is recomputed, answered rightly, and told from the others."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from seatrial.domain.quality import Grade, Item
from seatrial.quality.checks import CHECKS
from seatrial.quality.constraints import word_count
from seatrial.quality.grading import grade, judge
from seatrial.quality.sets import builtin_set

from .references import REFUSAL, right_answer

ITEMS = builtin_set().items
KINDS = sorted({item.kind for item in ITEMS})
DATA = Path(__file__).parents[2] / "src" / "seatrial" / "quality" / "data"


def _of(kind: str) -> list[Item]:
    return [item for item in ITEMS if item.kind == kind]


def test_there_are_enough_of_enough_kinds() -> None:
    kinds = Counter(item.kind for item in ITEMS)
    assert len(ITEMS) >= 220
    assert len(kinds) >= 10
    assert min(kinds.values()) >= 12
    assert set(CHECKS) == {item.check for item in ITEMS}
    assert {item.difficulty for item in ITEMS} == {"easy", "medium", "hard"}
    assert len({item.language for item in ITEMS}) >= 9


def test_no_question_is_asked_twice() -> None:
    assert max(Counter(item.prompt for item in ITEMS).values()) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_answer_is_right(kind: str) -> None:
    for item in _of(kind):
        graded = grade(item, text=right_answer(item), finish_reason="stop")
        assert (graded.grade, graded.reason) == (Grade.RIGHT, ""), item.id


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_answer_is_right_as_models_dress_it(kind: str) -> None:
    for item in _of(kind):
        for text in _dressed(item, right_answer(item)):
            assert grade(item, text=text).grade is Grade.RIGHT, (item.id, text)


def _dressed(item: Item, answer: str) -> list[str]:
    dressed = [f"<think>Is it {answer}? Or I can't help?</think>\n\n{answer}\n", f"\n{answer}  "]
    if item.check in ("exact", "number", "choice", "label"):
        dressed += [f"**{answer}**", f"The answer is **{answer}**", f"Let me see.\n\nAnswer: {answer}"]
        dressed += [f"Let me think about 3 things first.\n\nFinal answer: {answer}."]
    if item.check == "json":
        dressed += [f"```json\n{answer}\n```"]
    return dressed


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_is_a_refusal(kind: str) -> None:
    for item in _of(kind):
        for refusal in (REFUSAL, "I cannot assist with this request."):
            found = grade(item, text=refusal).grade
            assert found is (Grade.RIGHT if item.check == "declines" else Grade.REFUSED), item.id


@pytest.mark.parametrize("kind", KINDS)
def test_nonsense_is_not_right(kind: str) -> None:
    for item in _of(kind):
        for text in ("", "   ", "Certainly! Here are some thoughts about gardening and the weather.", "?", "qqq"):
            assert grade(item, text=text).grade is not Grade.RIGHT, (item.id, text)


def test_answers_to_other_items_are_mostly_not_right() -> None:
    """Some are: two questions may have the answer 6."""
    shifted = ((a, ITEMS[(n + by) % len(ITEMS)]) for n, a in enumerate(ITEMS) for by in range(1, len(ITEMS), 13))
    pairs = [(a, b) for a, b in shifted if (a.check, b.check) != ("declines", "declines")]
    taken = [(a.id, b.id) for a, b in pairs if judge(a.check, right_answer(b), a.arguments).grade is Grade.RIGHT]
    assert len(taken) / len(pairs) < 0.01


COMPUTED = [item for item in ITEMS if "expression" in item.arguments]
PROGRAMS = [item for item in ITEMS if "code" in item.arguments]


def test_what_can_be_computed_is() -> None:
    for item in COMPUTED:
        references: Any = item.arguments.get("accept", [item.arguments.get("value")])
        assert eval(str(item.arguments["expression"])) == references[0], item.id


def test_all_sums_are_computed() -> None:
    bare = [item for item in ITEMS if item.kind in ("arithmetic", "reasoning") and item not in COMPUTED]
    assert not bare


def test_what_a_program_prints_is_what_it_prints() -> None:
    for item in PROGRAMS:
        program = str(item.arguments["code"])
        assert item.prompt.endswith(program)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(program, {})
        out = printed.getvalue().rstrip("\n")
        accepted: Any = item.arguments.get("accept")
        assert out == accepted[0] if accepted else float(out) == item.arguments["value"], item.id


def test_a_mended_line_is_the_wrong_one() -> None:
    """The other items on code ask for the wrong line of a function: mending that line makes it do what is said."""
    mended: dict[str, tuple[str, str, list[tuple[Any, ...]], list[Any]]] = {
        "code-23": ("        total += value", "average", [([2, 4],)], [3]),
        "code-24": ("    if n % 2 == 0:", "is_even", [(3,), (4,)], [False, True]),
        "code-25": ("        if value > best:", "largest", [([3, 9, 4],)], [9]),
        "code-26": (
            "        counts[word] = counts.get(word, 0) + 1",
            "count_words",
            [("a b a",)],
            [{"a": 2, "b": 1}],
        ),
    }
    asked = {item.id: item for item in ITEMS if item.kind == "code" and "code" not in item.arguments}
    assert set(asked) == set(mended)
    for name, (line, function, calls, results) in mended.items():
        lines = [text.partition(": ")[2] for text in asked[name].prompt.split("\n\n")[1].splitlines()]
        before, after = list(lines), list(lines)
        after[int(asked[name].arguments["value"]) - 1] = line  # type: ignore[call-overload]
        assert [_call(before, function, call) for call in calls] != results
        assert [_call(after, function, call) for call in calls] == results


def _call(lines: list[str], function: str, arguments: tuple[object, ...]) -> object:
    scope: dict[str, object] = {}
    exec("\n".join(lines), scope)
    return scope[function](*arguments)  # type: ignore[operator]


def test_facts_to_be_kept_are_in_the_text() -> None:
    """A summary is asked for nothing that the text does not say, but for spellings of it."""
    for item in ITEMS:
        if item.kind == "summaries":
            source = item.prompt.split("\n\nText: ")[1].casefold()
            most: Any = item.arguments["max_words"]
            assert most < 0.8 * word_count(source), "copying it would do"
            facts: Any = item.arguments["facts"]
            for spellings in facts:
                said = [s for s in spellings if s.casefold().replace("3 1", "3 to 1") in source]
                assert said or spellings[0] == "nothing", (item.id, spellings)


def test_every_prompt_says_the_form_of_the_answer() -> None:
    words = {
        "choice": "Answer with the letter only.",
        "label": "Answer with one of these labels only: ",
        "json": "Answer with JSON only.",
        "facts": "Use at most",
    }
    for item in ITEMS:
        if item.check in words:
            assert words[item.check] in item.prompt, item.id


def test_what_is_on_disk_is_one_object_a_line() -> None:
    for path in DATA.glob("*.jsonl"):
        lines = path.read_text("utf-8").splitlines()
        assert all(json.loads(line)["kind"] == path.stem for line in lines)
        numbers = [int(json.loads(line)["id"].removeprefix(f"{path.stem}-")) for line in lines]
        assert numbers == sorted(set(numbers)), "an item that was taken out leaves its number free"
