"""Suites: a named question about a server, spelt out as workloads.

A suite is a row of `SUITES`: what it asks, which options it takes and what each means there, and the function
that makes its workloads. Options are named by the user's words, those of the command line and of a spec; the
documentation and every complaint about an option are made from this table.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, NamedTuple

from seatrial.catalog.suite_harness import LM_EVAL, lm_eval
from seatrial.catalog.suite_options import SuiteOptions
from seatrial.catalog.suite_quality import quality
from seatrial.catalog.suite_stages import endurance, ramp, spike
from seatrial.catalog.suite_steps import cold_warm, quick, tokens
from seatrial.domain.traffic import Lengths
from seatrial.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.traffic import Workload


class Suite(NamedTuple):
    """`options`: the user's word for an option -> what it means in this suite and its default there."""

    summary: str
    options: dict[str, str]
    workloads: Callable[[SuiteOptions], tuple[Workload, ...]]


_LENGTHS = {
    "input_tokens": "length of each prompt (128)",
    "output_tokens": "length of each answer (64)",
}
_STAGED = {
    "rate": "requests per second at the peak, instead of users (none)",
    "arrivals": "how they arrive at that rate: constant, poisson or gamma (poisson)",
    "cv": "of the gaps between gamma arrivals",
    **_LENGTHS,
}

SUITES: dict[str, Suite] = {
    "quick": Suite(
        "one warm single stream, then 1, 2, 4 and 8 users",
        {
            "concurrency": "the numbers of users (1, 2, 4, 8)",
            "requests": "at each number of users, at least one per user (2 per user, at least 4)",
            "duration": "of each number of users, instead of requests (none)",
            **_LENGTHS,
        },
        quick,
    ),
    "cold-warm": Suite(
        "10 requests one after another, the first finds nothing loaded; 10 at once, nothing loaded; 10 at once, "
        "warm; batches of 1, 2, ... 10, warm",
        {
            "requests": "one after another, and at once unless concurrency says otherwise (10)",
            "concurrency": "at once, and the largest batch (as requests)",
            "batches": "the batch sizes (1, 2, ... concurrency)",
            **_LENGTHS,
        },
        cold_warm,
    ),
    "tokens": Suite(
        "16, 64, 256 and 1024 tokens out of 128 in, then 32, 256, 1024 and 4096 in with 32 out, each with 1, 2 "
        "and 4 users",
        {
            "output_tokens": "the steps of the output-token test (16, 64, 256, 1024)",
            "input_tokens": "the steps of the input-token test (32, 256, 1024, 4096)",
            "concurrency": "the numbers of users (1, 2, 4)",
            "requests": "per user at each step, at least 3 in all (2)",
        },
        tokens,
    ),
    "ramp": Suite(
        "up to the peak, hold, down again: a third of the time each",
        {
            "duration": "of the whole (90s)",
            "concurrency": "users at the peak (8); with a rate, the most requests in flight (no limit)",
            **_STAGED,
        },
        ramp,
    ),
    "spike": Suite(
        "a quarter of the peak, suddenly the peak, a quarter again: a third of the time each",
        {
            "duration": "of the whole (90s)",
            "concurrency": "users at the peak (8); with a rate, the most requests in flight (no limit)",
            **_STAGED,
        },
        spike,
    ),
    "endurance": Suite(
        "one long hold, reported in fifths so that a drift shows",
        {
            "duration": "of the whole (10m)",
            "concurrency": "users (4); with a rate, the most requests in flight (no limit)",
            **_STAGED,
        },
        endurance,
    ),
    "quality": Suite(
        "questions with known answers, each once: facts, arithmetic, reasoning, code and more, graded by rules",
        {
            "concurrency": "the numbers of users, each asks the whole set: several show quality under load (1)",
            "requests": "how many of the questions, all kinds in turn (each once)",
            "output_tokens": "room for every answer, such as for reasoning, where its question gives less (none)",
        },
        quality,
    ),
    LM_EVAL: Suite(
        "a task of lm-evaluation-harness, written lm-eval:TASK or lm-eval:FILE.yaml: it asks in our place, and its "
        "scores are taken over",
        {
            "requests": "items of each task (all)",
            "concurrency": "requests at once (1)",
            "duration": "the longest it may take (1h)",
        },
        lm_eval,
    ),
}


def expand(name: str, options: SuiteOptions | None = None) -> tuple[Workload, ...]:
    """The workloads of suite `name`, in the order they are run.

    Raises UsageError for an unknown suite, an option the suite has no use for, and options that contradict.
    """
    suite, task = find_suite(name)
    options = options or SuiteOptions()
    for field in fields(options):
        word = field.name.removesuffix("_per_s").removesuffix("_s")
        if getattr(options, field.name) is not None and word not in suite.options:
            raise UsageError(f'suite "{name}" has no use for {word}', f"it takes {', '.join(suite.options)}")
    try:
        workloads = tuple(replace(workload, suite=name) for workload in suite.workloads(options))
        return tuple(replace(w, name=name, suite=LM_EVAL, harness=task) for w in workloads) if task else workloads
    except ValueError as problem:
        raise UsageError(f'suite "{name}" {problem}', f"it takes {', '.join(suite.options)}") from None


def find_suite(name: str) -> tuple[Suite, str | None]:
    """The suite and, of lm-eval:TASK, the task. Raises UsageError for an unknown one or a missing task."""
    word, _, task = name.partition(":")
    suite = SUITES.get(word)
    if suite is None or (task and word != LM_EVAL):
        raise UsageError(f'suite "{name}" is unknown', nearest(name, SUITES))
    if word == LM_EVAL and not task:
        raise UsageError('suite "lm-eval" needs a task', "write lm-eval:TASK, or lm-eval:FILE.yaml")
    return suite, task or None


def demo() -> tuple[Workload, ...]:
    """The experiments of `cold-warm`, small enough for a tiny model on two cores.

    85 requests of 24 tokens: about 35 s for a candidate that makes 60 tokens/s.
    """
    return expand(
        "cold-warm",
        SuiteOptions(
            requests=10, batches=tuple(range(1, 11)), input_tokens=(Lengths(32),), output_tokens=(Lengths(24),)
        ),
    )
