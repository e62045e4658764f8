"""Two runs as summaries, written by hand: every number of a report can be traced to a line here."""

from __future__ import annotations

from dataclasses import replace

from seatrial.domain.summary import (
    ArrivalCheck,
    CandidateSummary,
    ColdSummary,
    Comparison,
    Counts,
    Distribution,
    Growth,
    RunSummary,
    SloCheck,
    StageSummary,
    WorkloadSummary,
)
from seatrial.domain.trial import Trust, Verdict
from seatrial.domain.values import Estimate

N = 20
BUSY_CLIENT = (
    "a load process used more than 0.9 of a core for 20% of its time; use more load processes (--processes 2) or "
    "a computer of its own for the client"
)


def distribution(mean: float, *, n: int = N, tails: bool = False) -> Distribution:
    """Mean +- 2 %, p50 a little lower; p95 and p99 only with `tails`."""

    def around(value: float) -> Estimate:
        return Estimate(value, value * 0.98, value * 1.02, n)

    p95, p99 = (around(mean * 1.5), around(mean * 2)) if tails else (None, None)
    needed = {"p95": 200} if p95 is None else {}
    needed |= {"p99": 1000} if p99 is None else {}
    return Distribution(around(mean), around(mean * 0.97), p95, p99, mean * 0.8, mean * 2.5, needed)


def few(value: float) -> Distribution:
    """Of two requests: no interval and no quantile."""
    return Distribution(Estimate(value, None, None, 2), None, None, None, value, value)


def rate(value: float, n: int = 500) -> Estimate:
    return Estimate(value, value * 0.95, value * 1.05, n)


def warm(name: str, users: int, ttft_s: float, tokens_per_s: float, *, met: bool | None = True) -> WorkloadSummary:
    return WorkloadSummary(
        name=name,
        counts=Counts(N, N, N, 0, 0),
        metrics={
            "ttft_s": distribution(ttft_s),
            "ttfa_s": distribution(ttft_s),
            "tpot_s": distribution(0.0231, n=N - 2),
            "e2e_s": distribution(ttft_s + 1.47),
            "worst_stall_s": distribution(0.06),
            "user_tokens_per_s": distribution(43.3, n=N - 2),
            "input_tokens_per_s": distribution(640.0),
            "icl_s": None,
        },
        rates={
            "output_tokens_per_s": rate(tokens_per_s),
            "requests_per_s": rate(tokens_per_s / 64, N),
            "goodput_per_s": rate(tokens_per_s / 70, N),
            "attainment": Estimate(0.9, 0.699, 0.972, N),
        },
        slo=(SloCheck("ttft_p50", 0.5, ttft_s * 0.97, met), SloCheck("success", 0.99, 1.0, True)),
        tokens={"input_counted": 128.0, "output_counted": 64.0},
        notes=("input speed is prompt tokens / TTFT, which includes any wait in a queue",),
        suite="quick",
        group="concurrency",
        level=users,
        concurrency=users,
        window_s=12.0,
    )


def cold(ttft_s: float) -> WorkloadSummary:
    return WorkloadSummary(
        name="sequential-cold",
        counts=Counts(10, 9, 7, 2, 1),
        metrics={"ttft_s": Distribution(Estimate(ttft_s, None, None, 1), None, None, None, ttft_s, ttft_s)},
        rates={"output_tokens_per_s": Estimate(30.0, None, None, 9)},
        trust=Trust(Verdict.DOUBTFUL, ("a load process used more than 0.9 of a core for 20% of its time",)),
        cold=ColdSummary("process restarted", 0.031, 0.84, 0.9, ttft_s, None, ttft_s - 0.2),
        failures={"token_timeout": 1, "reset": 1},
        failure_details=("token_timeout: no token for 60 s", "reset: connection reset | by \x1b[31mpeer"),
        suite="cold-warm",
        concurrency=1,
    )


def batches(factor: float, *, lost: int = 0) -> WorkloadSummary:
    """Batches of 1, 2 and 10; of the last, `lost` requests failed."""

    def batch(index: int, size: int, failed: int) -> StageSummary:
        ok, ttft_s = size - failed, 0.1 * size / factor
        return StageSummary(
            index, f"batch of {size}", None, 0.9, Counts(size, size, ok, failed, 0),
            distribution(ttft_s, n=ok), distribution(1.5 + ttft_s, n=ok), 40.0 * factor, "batch", size,
        )  # fmt: skip

    stages = (batch(0, 1, 0), batch(1, 2, 0), batch(2, 10, lost))
    return WorkloadSummary(
        name="batched-warm",
        counts=Counts(13, 13, 13 - lost, lost, 0),
        metrics={
            "ttft_s": distribution(0.9 / factor, n=13 - lost),
            "e2e_s": distribution(2.4 / factor, n=13 - lost),
        },
        rates={"output_tokens_per_s": rate(40.0 * factor)},
        stages=stages,
        failures={"cut_off": lost} if lost else {},
        suite="cold-warm",
        concurrency=10,
    )


def ramp() -> WorkloadSummary:
    stages = (
        StageSummary(
            0, "1 to 8/s, 30 s", 4.5, 4.3, Counts(135, 135, 135, 0, 0), distribution(0.2), distribution(1.7), 274.0
        ),
        StageSummary(1, "8/s, 30 s", 8.0, 5.1, Counts(240, 240, 230, 10, 0), distribution(4.0), few(9.0), 330.0),
        StageSummary(2, "8 to 1/s, 30 s", None, None, Counts(0, 0, 0, 0, 0), None, None, None),
    )
    return WorkloadSummary(
        name="ramp",
        counts=Counts(375, 375, 365, 10, 0),
        metrics={
            "ttft_s": distribution(2.4, n=365, tails=True),
            "ttft_intended_s": distribution(2.41, n=365, tails=True),
            "ttfa_s": distribution(3.9, n=365),
            "e2e_s": distribution(150.0, n=365, tails=True),
        },
        rates={"output_tokens_per_s": rate(310.0)},
        arrivals=ArrivalCheck("poisson", 375, 4.5, 4.41, 1.0, 1.03, 0.97, -0.02),
        stages=stages,
        failures={"server_error": 10},
        suite="ramp",
    )


def growths(users: int) -> tuple[Growth, ...]:
    return (
        Growth("output-tokens", users, "e2e_s", "output_tokens", Estimate(0.0231, 0.0229, 0.0233, 4), 0.214),
        Growth(
            "output-tokens", users, "user_tokens_per_s", "output_tokens", Estimate(-0.0002, -0.01, 0.0096, 4), 43.4
        ),
    )


def bake_off() -> RunSummary:
    """Two candidates; one is recommended, one misses the SLO, and one workload was skipped."""
    skipped = WorkloadSummary("restart", Counts(0, 0, 0, 0, 0), skipped="a cold start cannot be forced here")
    slow = CandidateSummary(
        "one-slot", "llama.cpp", "b6000", "smollm2",
        (cold(1.9), warm("concurrency-1", 1, 0.212, 43.0), warm("concurrency-4", 4, 1.9, 44.0, met=False),
         batches(1.0), skipped),
        growth=growths(1), busy=("one thread of llama-server took 98 % of a core while the others idled",),
        notes=("the context of 2,048 tokens caps the input test",),
    )  # fmt: skip
    fast = CandidateSummary(
        "four-slots", "llama.cpp", "b6000", "smollm2",
        (cold(2.0), warm("concurrency-1", 1, 0.21, 43.2), warm("concurrency-4", 4, 0.32, 102.0),
         batches(2.3, lost=1)),
        growth=growths(4), recommended=True,
    )  # fmt: skip
    return RunSummary(
        run="20261121-153000-ab12",
        seed=7,
        trust=Trust(
            Verdict.DOUBTFUL,
            ("one-slot, sequential-cold and 1 more: " + BUSY_CLIENT,),
            ("all workloads: the kernel's receive times were used",),
        ),
        candidates=(slow, fast),
        recommendation="Take four-slots: it meets the SLO and made 2.31 [2.25, 2.37] times the output tokens/s.",
        comparisons=(
            Comparison(
                "four-slots",
                "one-slot",
                "output_tokens_per_s",
                Estimate(2.31, 2.25, 2.37, 6),
                ("concurrency-4", "batched-warm, batch of 10"),
            ),
        ),
        host={"cpu": "a CPU", "cores": "2"},
        started="2026-11-21T15:30:00Z",
        name="slots",
    )


def single() -> RunSummary:
    """One candidate under a ramp, interrupted, without an SLO."""
    candidate = CandidateSummary("vllm", "vllm", None, None, (ramp(),))
    return RunSummary("r2", 1, Trust(), (candidate,), status="interrupted", started="2026-11-21T16:00:00Z")


def nothing() -> RunSummary:
    """A run that could not begin."""
    candidate = CandidateSummary("gone", "unknown", None, "m", (), failed="nobody answered at 127.0.0.1:1")
    return RunSummary("r3", 1, Trust(), (candidate,))


RUNS = {"bake_off": bake_off, "single": single, "nothing": nothing}


def one_skipped() -> RunSummary:
    """Two candidates and two workloads, `c1` and `c2`; the second candidate did not run `c2`."""
    run = bake_off()
    one, four = run.candidates
    c1 = warm("c1", 1, 0.2, 43.0)
    return replace(
        run,
        candidates=(
            replace(one, workloads=(c1, replace(c1, name="c2"))),
            replace(four, workloads=(c1, replace(c1, name="c2", skipped="why not"))),
        ),
        trust=Trust(),
    )
