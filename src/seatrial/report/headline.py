"""What a newcomer reads in ten seconds: which candidate, by how much, and whether to believe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.values import Estimate
from seatrial.report import figures
from seatrial.report.lines import statistic
from seatrial.report.overview import BELIEF, VERDICT_ROLE
from seatrial.report.view import Cell, Fact, Headline, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.answer import Answer
    from seatrial.domain.summary import CandidateSummary, Comparison, RunSummary, WorkloadSummary

MOST_FACTS = 4
TIMES = " \N{MULTIPLICATION SIGN}"
_METRICS = {
    "output_tokens_per_s": "the output tokens/s",
    "e2e_s": "the time to complete",
    "ttft_s": "the time to first token",
    "tpot_s": "the time per token",
}


def headline(run: RunSummary) -> Headline:
    """The lead, at most three numbers, and the trust in them."""
    if not any(w.counts.completed for w in _workloads(run)):
        return Headline(Cell("Nothing was measured", Role.BAD), (), Cell("no result", Role.BAD), _unmeasured(run))
    facts = tuple(_facts(run))[:MOST_FACTS]
    trust = Cell(run.trust.verdict.value, VERDICT_ROLE[run.trust.verdict])
    return Headline(_lead(run), facts, trust, f"{BELIEF[run.trust.verdict].capitalize()}.")


def _workloads(run: RunSummary) -> list[WorkloadSummary]:
    return [workload for candidate in run.candidates for workload in candidate.workloads]


def _unmeasured(run: RunSummary) -> str:
    if any(workload.counts.sent for workload in _workloads(run)):
        return "No request was completed."
    return "No request was sent yet." if run.status == "running" else "No request was sent."


def _lead(run: RunSummary) -> Cell:
    if len(run.candidates) == 1:
        return Cell(run.candidates[0].name)
    taken = [candidate.name for candidate in run.candidates if candidate.recommended]
    if taken:
        return Cell(f"Take {taken[0]}", Role.GOOD)
    apart = "Cannot tell them apart" if "Cannot tell " in run.recommendation else "No recommendation"
    return Cell(apart, Role.WARN)


def _facts(run: RunSummary) -> Iterator[Fact]:
    """Of several candidates how they compare, of one what it did under most load; then who meets the SLO."""
    taken = next((candidate.name for candidate in run.candidates if candidate.recommended), None)
    if len(run.candidates) == 1:
        yield from _alone(run.candidates[0])
    elif run.comparisons:
        yield from map(_ratio, run.comparisons)
    elif run.answer is not None and taken is not None:
        yield from _faster(run.answer, taken)
    if run.answer is not None and taken is not None:
        yield from _weighed(run.answer, taken)
    for candidate in sorted(run.candidates, key=lambda candidate: not candidate.recommended):
        judged = [workload for workload in candidate.workloads if workload.slo]
        if judged:
            met = sum(workload.slo_met is True for workload in judged)
            untold = sum(workload.slo_met is None for workload in judged)
            rest = f"{untold} cannot be told from so few requests" if untold else ""
            yield Fact(f"{met} of {len(judged)}", f"workloads in which {candidate.name} meets the SLO", rest)


def _ratio(comparison: Comparison) -> Fact:
    """How many times as much; where it could be more as well as less, only from where to where."""
    ratio = comparison.ratio
    metric = _METRICS.get(comparison.metric, comparison.metric)
    loads = f"over {len(comparison.loads)} shared loads"
    if ratio.low is not None and ratio.high is not None and ratio.low <= 1 <= ratio.high:
        what = f"{metric} of {comparison.candidate} against {comparison.against}: it could be either"
        return Fact(f"{ratio.low:.2f} to {ratio.high:.2f}{TIMES}", what, f"95 % interval, {loads}")
    return _times(ratio, f"{metric} of {comparison.against}", loads)


def _times(ratio: Estimate, what: str, where: str) -> Fact:
    value, _, interval = figures.number(ratio).partition(" [")
    sure = f"95 % interval {interval.removesuffix(']').replace(', ', ' to ')}" if interval else "no interval"
    return Fact(f"{value}{TIMES}", what, ", ".join(filter(None, (sure, where))))


def _faster(answer: Answer, taken: str) -> Iterator[Fact]:
    """How many times as fast as each other one, where the one to take is the fastest."""
    speeds = {standing.candidate: standing.scores.get("speed") for standing in answer.standings}
    own = speeds.get(taken)
    if own is None or own.value != 1:
        return
    for rival, speed in speeds.items():
        if rival != taken and speed is not None and speed.value > 0:
            low, high = (None if not end else 1 / end for end in (speed.high, speed.low))
            yield _times(Estimate(1 / speed.value, low, high, speed.n), f"as fast as {rival}", "")


def _weighed(answer: Answer, taken: str) -> Iterator[Fact]:
    """What the one to take costs, and how often it is right, where that was to be weighed."""
    scores = next(standing.scores for standing in answer.standings if standing.candidate == taken)
    cost, right = scores.get("cost"), scores.get("quality")
    if answer.weights.get("cost") and cost is not None:
        yield Fact(f"${cost.value:.2f}", f"per million output tokens within the SLO, {taken}", _interval_of(cost))
    if answer.weights.get("quality") and right is not None:
        yield Fact(f"{right.value:.0%}".replace("%", " %"), f"right answers, {taken}", _interval_of(right, 100))


def _interval_of(estimate: Estimate, factor: float = 1) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"95 % interval {figures.plain(estimate.low * factor)} to {figures.plain(estimate.high * factor)}"


def _alone(candidate: CandidateSummary) -> Iterator[Fact]:
    """Of the workload with the most output tokens per second: it had the most to do."""
    done = [workload for workload in candidate.workloads if workload.counts.completed]
    heaviest = max(done, key=_output_rate)
    where = f'in "{heaviest.name}"'
    ttft = heaviest.metrics.get("ttft_s")
    for stat, name in (("p50", "median time to first token"), ("mean", "mean time to first token")):
        if (found := statistic(ttft, stat)) is not None:
            yield Fact(figures.seconds(found.value), f"{name} {where}", _told(figures.duration(found), found.n))
            break
    rate = heaviest.rates.get("output_tokens_per_s")
    if rate is not None:
        shown = _told(figures.number(rate), rate.n)
        yield Fact(figures.plain(rate.value), f"output tokens/s of all requests together {where}", shown)
    counts = heaviest.counts
    yield Fact(f"{counts.completed}/{counts.planned}", f"requests completed {where}")


def _output_rate(workload: WorkloadSummary) -> float:
    rate = workload.rates.get("output_tokens_per_s")
    return 0.0 if rate is None else rate.value


def _told(shown: str, n: int) -> str:
    """The interval of a number that `figures` has formatted, and its n."""
    _, _, interval = shown.partition(" [")
    if not interval:
        return f"n = {n}, too few for an interval"
    return f"95 % interval {interval.removesuffix(']').replace(', ', ' to ')}, n = {n}"
