from __future__ import annotations

import pytest

from seatrial.domain.traffic import Lengths
from seatrial.errors import SpecError
from seatrial.specfile import load_spec

from .examples import MINIMAL


def test_a_workload_of_questions_asks_the_set_once_unless_it_has_an_extent() -> None:
    once, some, long = load_spec(
        MINIMAL
        + '[[workloads]]\nname = "once"\nquestions = "builtin"\n'
        + '[[workloads]]\nname = "some"\nquestions = "own.jsonl"\nrequests = 5\n'
        + '[[workloads]]\nname = "long"\nquestions = "builtin"\nrate = 2\nduration = "1m"\noutput_tokens = 900\n'
    ).workloads
    assert (once.requests, once.duration_s, once.concurrency, once.questions) == (None, None, 1, "builtin")
    assert (some.requests, some.duration_s, some.questions) == (5, None, "own.jsonl")
    assert (long.requests, long.duration_s, long.rate_per_s) == (None, 60.0, 2.0)
    assert [w.output_tokens for w in (once, some, long)] == [Lengths(1), Lengths(1), Lengths(900)]


def test_any_suite_but_that_of_lengths_may_ask_questions() -> None:
    workloads = load_spec(MINIMAL + '[[workloads]]\nsuite = "quick"\nquestions = "builtin"\n').workloads
    assert {(w.questions, w.output_tokens) for w in workloads} == {("builtin", Lengths(1))}
    own = load_spec(MINIMAL + '[[workloads]]\nsuite = "quality"\nquestions = "own.jsonl"\n').workloads
    assert [w.questions for w in own] == ["own.jsonl"]


@pytest.mark.parametrize(
    ("workload", "said"),
    [
        ('questions = "builtin"\nprompts = "p.txt"', "questions cannot be used together with prompts"),
        ('questions = "builtin"\ninput_tokens = 5', "questions cannot be used together with input_tokens"),
        ('questions = "builtin"\nprefix = "shared"', "questions cannot be used together with prefix"),
        ('suite = "tokens"\nquestions = "builtin"', "questions cannot be used with suite"),
        ('suite = "quality"\nprompts = "p.txt"', "prompts cannot be used with suite"),
        ('suite = "quality"\nprefix = "shared"', "prefix cannot be used with suite"),
        ('suite = "quality"\nrate = 3', 'rate has no use in suite "quality"'),
        ("questions = 3", "questions is 3; expected a text"),
    ],
)
def test_what_questions_cannot_stand_beside(workload: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_spec(MINIMAL + "[[workloads]]\n" + workload)
    assert said in caught.value.message
