"""The suites that count requests: at several numbers of users, cold and warm, over token lengths.

Each takes `SuiteOptions` and raises ValueError, worded to follow the suite's name, for options that contradict.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.catalog.suite_options import base_workload, only
from seatrial.domain.traffic import Arrivals, Lengths, State, Workload

if TYPE_CHECKING:
    from seatrial.catalog.suite_options import SuiteOptions

QUICK_USERS = (1, 2, 4, 8)
QUICK_REQUESTS_PER_USER = 2
QUICK_LEAST_REQUESTS = 4

COLD_WARM_REQUESTS = 10

TOKENS_USERS = (1, 2, 4)
TOKENS_REQUESTS_PER_USER = 2
TOKENS_LEAST_REQUESTS = 3
OUTPUT_STEPS, OUTPUT_TEST_INPUT = (16, 64, 256, 1024), 128
INPUT_STEPS, INPUT_TEST_OUTPUT = (32, 256, 1024, 4096), 32


def quick(options: SuiteOptions) -> tuple[Workload, ...]:
    """One user, then each number of users."""
    if options.requests is not None and options.duration_s is not None:
        raise ValueError("takes requests or duration, not both")
    levels = [
        replace(_users(options, f"concurrency-{users}", users), group="concurrency", level=users)
        for users in options.concurrency or QUICK_USERS
    ]
    return (_users(options, "single-stream", 1), *levels)


def _users(options: SuiteOptions, name: str, users: int) -> Workload:
    base = replace(base_workload(options, name), concurrency=users)
    if options.duration_s is not None:
        return replace(base, duration_s=options.duration_s)
    if options.requests is not None:
        return replace(base, requests=max(options.requests, users))
    return replace(base, requests=max(QUICK_REQUESTS_PER_USER * users, QUICK_LEAST_REQUESTS))


def cold_warm(options: SuiteOptions) -> tuple[Workload, ...]:
    """The four experiments on what a cold start and company cost."""
    requests = options.requests or COLD_WARM_REQUESTS
    at_once = only(options.concurrency, "concurrency", requests)
    batches = options.batches or tuple(range(1, at_once + 1))
    concurrent = replace(base_workload(options, "concurrent-warm"), arrivals=Arrivals.AT_ONCE, requests=at_once)
    return (
        replace(base_workload(options, "sequential-cold"), requests=requests, concurrency=1, state=State.COLD),
        replace(concurrent, name="concurrent-cold", state=State.COLD),
        concurrent,
        replace(base_workload(options, "batched-warm"), arrivals=Arrivals.BATCHES, batches=batches),
    )


def tokens(options: SuiteOptions) -> tuple[Workload, ...]:
    """The output-token test, then the input-token test, each at every number of users."""
    outputs = _steps(options.output_tokens, "output_tokens", OUTPUT_STEPS)
    inputs = _steps(options.input_tokens, "input_tokens", INPUT_STEPS)
    all_users = options.concurrency or TOKENS_USERS
    return (
        *(_cell(options, "output", step, users) for users in all_users for step in outputs),
        *(_cell(options, "input", step, users) for users in all_users for step in inputs),
    )


def _cell(options: SuiteOptions, test: str, step: int, users: int) -> Workload:
    input_tokens, output_tokens = (OUTPUT_TEST_INPUT, step) if test == "output" else (step, INPUT_TEST_OUTPUT)
    per_user = options.requests or TOKENS_REQUESTS_PER_USER
    return Workload(
        name=f"{test}-{step}-c{users}",
        requests=max(users * per_user, TOKENS_LEAST_REQUESTS),
        concurrency=users,
        input_tokens=Lengths(input_tokens),
        output_tokens=Lengths(output_tokens),
        group=f"{test}-tokens",
        level=step,
    )


def _steps(lengths: tuple[Lengths, ...] | None, word: str, default: tuple[int, ...]) -> tuple[int, ...]:
    if lengths is None:
        return default
    if any(length.cv or not float(length.mean).is_integer() for length in lengths):
        raise ValueError(f"takes whole numbers as {word}, no distribution")
    return tuple(int(length.mean) for length in lengths)
