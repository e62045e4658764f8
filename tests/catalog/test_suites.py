from __future__ import annotations

from collections import Counter

import pytest

from seatrial.catalog.suite_options import SuiteOptions
from seatrial.catalog.suites import SUITES, demo, expand
from seatrial.domain.traffic import Arrivals, Lengths, Stage, State
from seatrial.errors import UsageError

EXAMPLES = {
    "requests": SuiteOptions(requests=5),
    "duration": SuiteOptions(duration_s=12.0),
    "concurrency": SuiteOptions(concurrency=(3,)),
    "rate": SuiteOptions(rate_per_s=2.5),
    "arrivals": SuiteOptions(arrivals=Arrivals.CONSTANT, rate_per_s=2.5),
    "cv": SuiteOptions(arrivals=Arrivals.GAMMA, cv=2.0, rate_per_s=2.5),
    "batches": SuiteOptions(batches=(2, 4)),
    "input_tokens": SuiteOptions(input_tokens=(Lengths(17),)),
    "output_tokens": SuiteOptions(output_tokens=(Lengths(18),)),
}
# As they are asked for: one of them takes a task.
ASKED = [f"{name}:some_task" if name == "lm-eval" else name for name in SUITES]


@pytest.mark.parametrize("name", ASKED)
def test_workloads_of_a_suite_are_named_apart_and_bounded(name: str) -> None:
    workloads = expand(name)
    assert max(Counter(workload.name for workload in workloads).values()) == 1
    for workload in workloads:
        assert workload.suite == name.partition(":")[0]
        extents = (workload.requests, workload.duration_s, workload.stages or None, workload.batches or None)
        assert sum(extent is not None for extent in extents) == (workload.questions is None)  # else the whole set


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("word", EXAMPLES)
def test_an_option_changes_the_suite_or_is_refused(name: str, word: str) -> None:
    options = SUITES[name.partition(":")[0]].options
    if word in options:
        assert expand(name, EXAMPLES[word]) != expand(name)
    else:
        with pytest.raises(UsageError, match=f'suite "{name}" has no use for ') as caught:
            expand(name, EXAMPLES[word])
        assert all(option in caught.value.hint for option in options)


def test_no_suite_documents_an_option_that_does_not_exist() -> None:
    assert {word for suite in SUITES.values() for word in suite.options} == set(EXAMPLES)


def test_lm_eval_takes_a_task_and_nothing_else_does() -> None:
    (workload,) = expand("lm-eval:tasks/my.yaml", SuiteOptions(requests=5))
    assert (workload.name, workload.harness, workload.requests) == ("lm-eval:tasks/my.yaml", "tasks/my.yaml", 5)
    for wrong, said in (("lm-eval", "needs a task"), ("lm-eval:", "needs a task"), ("quick:mmlu", "is unknown")):
        with pytest.raises(UsageError, match=said):
            expand(wrong)


def test_an_unknown_suite_names_the_nearest() -> None:
    with pytest.raises(UsageError, match='"quik"') as caught:
        expand("quik")
    assert "quick" in caught.value.hint


def test_quick_is_one_stream_and_then_levels() -> None:
    single, *levels = expand("quick")
    assert (single.name, single.concurrency, single.group) == ("single-stream", 1, None)
    assert [(w.concurrency, w.level, w.group) for w in levels] == [(n, n, "concurrency") for n in (1, 2, 4, 8)]
    assert all(w.arrivals is Arrivals.CLOSED and w.state is State.WARM for w in (single, *levels))


def test_quick_never_has_fewer_requests_than_users() -> None:
    assert [w.requests for w in expand("quick", SuiteOptions(requests=3))] == [3, 3, 3, 4, 8]


def test_quick_by_duration() -> None:
    assert {(w.requests, w.duration_s) for w in expand("quick", SuiteOptions(duration_s=5.0))} == {(None, 5.0)}
    with pytest.raises(UsageError, match="requests or duration, not both"):
        expand("quick", SuiteOptions(requests=3, duration_s=5.0))


def test_cold_warm_is_the_four_experiments() -> None:
    rows = [(w.name, w.arrivals, w.state, w.requests, w.batches) for w in expand("cold-warm")]
    assert rows == [
        ("sequential-cold", Arrivals.CLOSED, State.COLD, 10, ()),
        ("concurrent-cold", Arrivals.AT_ONCE, State.COLD, 10, ()),
        ("concurrent-warm", Arrivals.AT_ONCE, State.WARM, 10, ()),
        ("batched-warm", Arrivals.BATCHES, State.WARM, None, tuple(range(1, 11))),
    ]
    assert expand("cold-warm")[0].concurrency == 1


def test_cold_warm_counts() -> None:
    sequence, cold, warm, batched = expand("cold-warm", SuiteOptions(requests=3, concurrency=(5,)))
    assert (sequence.requests, cold.requests, warm.requests, batched.batches) == (3, 5, 5, (1, 2, 3, 4, 5))
    assert expand("cold-warm", SuiteOptions(requests=2))[3].batches == (1, 2)


def test_tokens_varies_one_length_at_a_time() -> None:
    outputs = [w for w in expand("tokens") if w.group == "output-tokens"]
    inputs = [w for w in expand("tokens") if w.group == "input-tokens"]
    assert {w.input_tokens for w in outputs} == {Lengths(128)}
    assert {w.output_tokens for w in inputs} == {Lengths(32)}
    assert {(w.output_tokens.mean, w.concurrency) for w in outputs} == {
        (step, users) for step in (16, 64, 256, 1024) for users in (1, 2, 4)
    }
    assert {(w.input_tokens.mean, w.concurrency) for w in inputs} == {
        (step, users) for step in (32, 256, 1024, 4096) for users in (1, 2, 4)
    }
    assert all(w.level == w.output_tokens.mean for w in outputs)
    assert all(w.level == w.input_tokens.mean for w in inputs)


@pytest.mark.parametrize(("asked", "per_cell"), [(None, [3, 4, 8]), (1, [3, 3, 4]), (5, [5, 10, 20])])
def test_tokens_requests_grow_with_users(asked: int | None, per_cell: list[int]) -> None:
    steps = (Lengths(16),)
    found = expand("tokens", SuiteOptions(requests=asked, input_tokens=steps, output_tokens=steps))
    assert [w.requests for w in found] == per_cell * 2


def test_tokens_refuses_a_distribution() -> None:
    with pytest.raises(UsageError, match="whole numbers as input_tokens"):
        expand("tokens", SuiteOptions(input_tokens=(Lengths(100, cv=0.5),)))


def test_ramp_goes_up_holds_and_comes_down() -> None:
    assert expand("ramp")[0].stages == (Stage(1, 8, 30.0), Stage(8, 8, 30.0), Stage(8, 1, 30.0))


def test_ramp_by_rate() -> None:
    (ramp,) = expand("ramp", SuiteOptions(rate_per_s=6.0, duration_s=3.0, concurrency=(50,)))
    assert ramp.arrivals is Arrivals.POISSON
    assert ramp.stages == (Stage(0, 6.0, 1.0), Stage(6.0, 6.0, 1.0), Stage(6.0, 0, 1.0))
    assert ramp.concurrency == 50


def test_spike_is_a_sudden_multiple() -> None:
    before, peak, after = expand("spike", SuiteOptions(concurrency=(12,)))[0].stages
    assert (before.start, before.end) == (after.start, after.end) == (3, 3)
    assert (peak.start, peak.end) == (12, 12)


def test_endurance_is_one_level_in_fifths() -> None:
    (workload,) = expand("endurance")
    assert {(stage.start, stage.end) for stage in workload.stages} == {(4, 4)}
    assert len(workload.stages) == 5
    assert sum(stage.over_s for stage in workload.stages) == pytest.approx(600)


def test_users_stay_users_when_staged() -> None:
    (workload,) = expand("ramp", SuiteOptions(concurrency=(5,)))
    assert workload.concurrency is None  # the stages say how many; a cap would be a second answer
    assert max(stage.end for stage in workload.stages) == 5


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (SuiteOptions(arrivals=Arrivals.POISSON), "poisson arrivals needs a rate"),
        (SuiteOptions(arrivals=Arrivals.CLOSED, rate_per_s=1.0), "closed arrivals cannot have a rate"),
        (SuiteOptions(arrivals=Arrivals.AT_ONCE), "cannot have all-at-once"),
        (SuiteOptions(arrivals=Arrivals.GAMMA, rate_per_s=1.0), "needs cv"),
        (SuiteOptions(cv=1.0, rate_per_s=1.0), "needs cv with gamma arrivals, and takes it with no other"),
        (SuiteOptions(concurrency=(1, 2)), "one value as concurrency, not 2"),
        (SuiteOptions(output_tokens=(Lengths(1), Lengths(2))), "one value as output_tokens, not 2"),
    ],
)
def test_staged_suites_refuse_what_contradicts(options: SuiteOptions, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint) as caught:
        expand("ramp", options)
    assert caught.value.message.startswith('suite "ramp" ')


def test_the_demo_asks_the_four_experiments_of_few_tokens() -> None:
    workloads = demo()
    assert [w.name for w in workloads] == [w.name for w in expand("cold-warm")]
    requests = sum(w.requests or sum(w.batches) for w in workloads)
    assert requests * workloads[0].output_tokens.mean < 40 * 60  # 40 s at 60 tokens/s


def test_quality_asks_the_set_once_at_each_number_of_users() -> None:
    (alone,) = expand("quality")
    assert (alone.name, alone.questions, alone.concurrency, alone.requests) == ("quality-c1", "builtin", 1, None)
    loaded = expand("quality", SuiteOptions(concurrency=(1, 4), requests=20, output_tokens=(Lengths(500),)))
    assert [(w.name, w.level, w.group, w.requests) for w in loaded] == [
        ("quality-c1", 1, "quality", 20),
        ("quality-c4", 4, "quality", 20),
    ]
    assert {w.output_tokens for w in loaded} == {Lengths(500)}
