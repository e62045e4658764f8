"""A run with something to say in every chart, and its traces, both made by hand from a fixed seed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.answer import Answer, Crossing, LoadPoint, Standing
from seatrial.domain.quality import KindScore, QualitySummary
from seatrial.domain.summary import Counts, RunSummary, WorkloadSummary
from seatrial.domain.traces import CandidateTrace, Dots, Line, RunTraces, WorkloadTrace
from seatrial.domain.values import Estimate
from seatrial.stats.traces.thin import count_line, thin_curve
from tests.report.runs import bake_off, ramp

if TYPE_CHECKING:
    from collections.abc import Sequence

HOSTILE = (
    '<script>alert(1)</script> "quoted" [brackets] a.b \\ back\nnext {{ template }}',
    "datum.x); alert(1); //' ` ${1} \x1b[31m\u202e",
)


def named(run: RunSummary, names: Sequence[str]) -> RunSummary:
    """`run` with its candidates called `names`."""
    new = {c.name: name for c, name in zip(run.candidates, names, strict=True)}
    answer = run.answer
    if answer is not None:
        answer = replace(
            answer,
            standings=tuple(replace(s, candidate=new[s.candidate]) for s in answer.standings),
            points=tuple(replace(p, candidate=new[p.candidate]) for p in answer.points),
            crossings=tuple(replace(c, before=new[c.before], after=new[c.after]) for c in answer.crossings),
        )
    candidates = tuple(replace(c, name=new[c.name]) for c in run.candidates)
    return replace(run, candidates=candidates, answer=answer)


def everything() -> RunSummary:
    """The bake-off of the report's tests, with an answer, quality, arrivals and failures."""
    run = bake_off()
    candidates = tuple(
        replace(
            candidate,
            workloads=(*candidate.workloads, _ramp(place), *(_questions(place, users) for users in (1, 8))),
            usd_per_hour=1.0 + place,
        )
        for place, candidate in enumerate(run.candidates)
    )
    return replace(run, candidates=candidates, answer=_answer([c.name for c in candidates]))


def _ramp(place: int) -> WorkloadSummary:
    workload = ramp()
    return replace(workload, failures={"server_error": 10} | ({"token_timeout": 3, "reset": 1} if place else {}))


def _questions(place: int, users: int) -> WorkloadSummary:
    def share(right: int, n: int) -> Estimate:
        return Estimate(right / n, max(0.0, right / n - 0.12), min(1.0, right / n + 0.1), n)

    kinds = tuple(
        KindScore(name, share(20 - place * 3 - i * 2, 25), {"right": 20 - i * 2, "wrong": 3 + i, "refused": 2})
        for i, name in enumerate(("facts", "arithmetic", "json", "safety"))
    )
    quality = QualitySummary(
        "builtin", share(72 - 9 * place - users, 100), share(2, 100), share(3, 100), 31.0, kinds, (), (),
        changed=None if users == 1 else ("a", "b"),
    )  # fmt: skip
    counts = Counts(100, 100, 100, 0, 0)
    return WorkloadSummary(f"quality-{users}", counts, suite="quality", concurrency=users, quality=quality)


def _answer(names: Sequence[str]) -> Answer:
    one, other = names
    points = [
        LoadPoint(name, "concurrency", "concurrency", float(users), metric, around(value))
        for name, ttft_s in ((one, (0.1, 0.3, 0.9, 2.2)), (other, (0.3, 0.35, 0.5, 0.8)))
        for users, first_s in zip((1, 2, 4, 8), ttft_s, strict=True)
        for metric, value in (("ttft_s", first_s), ("e2e_s", first_s + 1.5), ("output_tokens_per_s", 40 / first_s))
    ]
    standings = tuple(
        Standing(
            name, place, scores={"speed": around(1 / place), "cost": around(4.0 / place), "quality": None},
            on_front=True, reason="because",
        )
        for place, name in enumerate(names, 1)
    )  # fmt: skip
    crossing = Crossing("ttft_s", "concurrency", one, other, 2.0, 4.0, "concurrency")
    return Answer({"speed": 1.0}, standings, (crossing,), ("they cross",), tuple(points))


def around(value: float) -> Estimate:
    return Estimate(value, value * 0.9, value * 1.12, 40)


def traced(run: RunSummary, requests: int = 300) -> RunTraces:
    """Traces of the workloads of `run` that were run: log-normal latencies, and failures where it has them."""
    rng = np.random.default_rng(4)
    traces = []
    for place, candidate in enumerate(run.candidates):
        start_s, workloads = 100.0 * place, []
        for workload in candidate.workloads:
            if workload.skipped is None:
                workloads.append(_trace(rng, candidate.name, workload, start_s, requests))
                start_s += 12
        if workloads:
            traces.append(CandidateTrace(candidate.name, tuple(workloads), _lines(100.0 * place, start_s)))
    return RunTraces(tuple(traces))


def _trace(
    rng: np.random.Generator, candidate: str, workload: WorkloadSummary, start_s: float, n: int
) -> WorkloadTrace:
    sent = np.sort(rng.uniform(start_s, start_s + 10, n))
    ttft = rng.lognormal(-1.5, 0.8, n)
    e2e = ttft + rng.lognormal(0, 0.2, n)
    tpot = (e2e - ttft) / 64
    failed = rng.random(n) < (0.05 if workload.failures else 0)
    causes = list(workload.failures) or ["ok"]
    outcome = [causes[i % len(causes)] if bad else "ok" for i, bad in enumerate(failed)]
    values = {"ttft_s": ttft, "e2e_s": e2e, "tpot_s": tpot, "icl_s": tpot}
    curves = {name: thin_curve(name, v[~failed], 120) for name, v in values.items()}
    return WorkloadTrace(
        candidate, workload.name, start_s, float((sent + e2e).max()),
        curves={name: curve for name, curve in curves.items() if curve is not None},
        dots=Dots(
            tuple(sent.tolist()),
            tuple(None if bad else value for bad, value in zip(failed, ttft.tolist(), strict=True)),
            tuple(e2e.tolist()), tuple(outcome), n,
        ),
        offered=count_line("offered", sent - 0.01, 100),
        sent=count_line("sent", sent, 100),
        completed=count_line("completed", (sent + e2e)[~failed], 100),
    )  # fmt: skip


def _lines(start_s: float, end_s: float) -> tuple[Line, ...]:
    t_s = np.arange(start_s, end_s)
    wave = np.sin(t_s / 7) + 1.0
    units = (
        ("output", "tokens/s", 40), ("in flight", "requests", 8), ("running", "requests", 4),
        ("waiting", "requests", 4), ("KV cache", "%", 40), ("GPU 0 busy", "%", 50), ("GPU 0 memory", "GiB", 30),
        ("whole engine", "cores", 1), ("whole computer", "cores", 2), ("thread 1 of <b>x</b>", "cores", 0.5),
    )  # fmt: skip
    return tuple(Line(name, unit, tuple(t_s.tolist()), tuple((wave * top).tolist())) for name, unit, top in units)
