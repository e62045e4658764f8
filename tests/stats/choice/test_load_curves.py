from __future__ import annotations

from dataclasses import replace

from seatrial.domain.summary import ArrivalCheck, CandidateSummary, ColdSummary, StageSummary, WorkloadSummary
from seatrial.domain.trial import Trust, Verdict
from seatrial.stats.choice.load_curves import load_spots
from tests.stats.choice.bake_offs import DONE, batches, candidate, mean, quick, users

COLD = ColdSummary("restart", None, None, None, None, None, None)


def drawn(*workloads: WorkloadSummary, metric: str = "output_tokens_per_s") -> dict[tuple[str, str], list[float]]:
    """The levels of each series."""
    found: dict[tuple[str, str], list[float]] = {}
    for point, _ in load_spots([candidate("a", *workloads)]):
        if point.metric == metric:
            found.setdefault((point.series, point.x), []).append(point.level)
    return found


def stage(label: str, concurrency: int | None, offered_per_s: float | None = None) -> StageSummary:
    return StageSummary(0, label, offered_per_s, 1.0, DONE, None, mean(2.0), 50.0, "stage", concurrency)


def test_a_single_candidate_has_curves_in_every_metric() -> None:
    spots = load_spots([quick("a", {1: 40, 2: 70, 4: 100})])
    metrics = {metric: [s.point.estimate.value for s in spots if s.point.metric == metric] for metric in
               ("output_tokens_per_s", "ttft_s", "e2e_s")}  # fmt: skip
    assert metrics["output_tokens_per_s"] == [40, 70, 100]
    assert metrics["ttft_s"] == [0.1, 0.1, 0.1]
    assert metrics["e2e_s"] == [64 / 40, 128 / 70, 256 / 100]
    assert {(s.point.series, s.point.x, s.point.candidate) for s in spots} == {("quick", "concurrency", "a")}


def test_levels_are_in_order_and_one_alone_is_no_curve() -> None:
    assert drawn(users(8, 300), users(1, 40), users(4, 100)) == {("quick", "concurrency"): [1, 4, 8]}
    assert drawn(users(8, 300)) == {}


def test_batches_are_a_series_of_their_own() -> None:
    found = drawn(users(1, 40), users(2, 70), batches({1: 40, 2: 50, 3: 60}))
    assert found == {("quick", "concurrency"): [1, 2], ("batched-warm", "concurrency"): [1, 2, 3]}


def test_where_an_experiment_varies_tokens_each_step_is_a_series() -> None:
    cells = [
        replace(users(n, 100, name=f"output-{step}-c{n}"), group="output-tokens", level=step, suite="tokens")
        for n in (1, 2)
        for step in (16, 64)
    ]
    assert drawn(*cells) == {
        ("output-tokens 16", "concurrency"): [1, 2],
        ("output-tokens 64", "concurrency"): [1, 2],
    }


def test_a_slope_is_no_level_and_a_level_that_comes_back_counts_once() -> None:
    stages = (
        stage("1 to 8 users, 30 s", 8), stage("2 users, 9 s", 2), stage("8 users, 9 s", 8), stage("2 users, 9 s", 2)
    )  # fmt: skip
    assert drawn(WorkloadSummary("steps", DONE, stages=stages, concurrency=8)) == {("steps", "concurrency"): [2, 8]}


def test_at_a_given_rate_it_is_the_rate() -> None:
    stages = (stage("1/s, 9 s", None, 1.0), stage("4/s, 9 s", None, 4.0))
    steps = WorkloadSummary("steps", DONE, stages=stages)
    check = ArrivalCheck("poisson", 100, 5.0, 5.0, 1.0, 1.0, 1.0, 0.0)
    single = [
        replace(users(1, 40, name=f"r{r}"), suite=None, arrivals=replace(check, asked_rate_per_s=r))
        for r in (2.0, 5.0)
    ]
    assert drawn(steps, *single, metric="e2e_s") == {
        ("steps", "rate_per_s"): [1, 4],
        ("open arrivals", "rate_per_s"): [2, 5],
    }


def test_what_is_cold_or_invalid_is_on_no_curve() -> None:
    late = Trust(Verdict.INVALID, ("late sends",))
    some = [users(1, 40), users(2, 70), replace(users(4, 100), trust=late), replace(users(8, 200), cold=COLD)]
    assert drawn(*some) == {("quick", "concurrency"): [1, 2]}


def test_nothing_measured_gives_nothing() -> None:
    assert load_spots([]) == ()
    assert load_spots([CandidateSummary("a", "vllm", None, None, ())]) == ()
