"""What a newcomer reads in ten seconds: which candidate, by how much, and whether to believe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.values import Estimate
from seatrial.report import figures
from seatrial.report.lines import statistic
from seatrial.report.overview import BELIEF, MET_ROLE, VERDICT_ROLE
from seatrial.report.slo_tally import tally
from seatrial.report.view import Cell, Fact, Headline, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.answer import Answer
    from seatrial.domain.summary import CandidateSummary, Comparison, RunSummary, WorkloadSummary
    from seatrial.report.slo_tally import Tally

MOST_FACTS = 4
# Where fewer than this share of the requests completed, that is the first thing to know.
MUST_COMPLETE = 0.95
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
        return _lead_of_one(run.candidates[0])
    taken = [candidate.name for candidate in run.candidates if candidate.recommended]
    if taken:
        return Cell(f"Take {taken[0]}", Role.GOOD)
    apart = "Cannot tell them apart" if "Cannot tell " in run.recommendation else "No recommendation"
    return Cell(apart, Role.WARN)


def _lead_of_one(candidate: CandidateSummary) -> Cell:
    """Whether it meets the SLO; without one, its name."""
    found = tally(candidate)
    if found is None:
        return Cell(candidate.name)
    if found.missed:
        return Cell(f"Misses the SLO: {', '.join(found.missed)}", Role.BAD)
    told = "Cannot tell whether it meets the SLO" if found.untold else "Meets the SLO"
    return Cell(told, MET_ROLE[found.verdict])


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
    for candidate in sorted(run.candidates, key=lambda c: (not c.recommended, _place(run, c.name))):
        found = tally(candidate)
        if found and (len(run.candidates) > 1 or found.judged > 1 or found.untold):  # else the lead has said it
            yield _slo_fact(candidate.name, found)


def _place(run: RunSummary, name: str) -> int:
    """Its line in the ranking, after all others where it has none."""
    names = [standing.candidate for standing in run.answer.standings] if run.answer else []
    return names.index(name) if name in names else len(names)


def _slo_fact(name: str, found: Tally) -> Fact:
    """Nothing missed and nothing met is no failure, and is not shown as a 0."""
    if found.untold and not found.missed and not found.met:
        where = f", in all {found.judged} workloads" if found.judged > 1 else ""
        return Fact("Cannot tell yet", f"whether {name} meets the SLO{where}", found.cure)
    if found.judged == 1:
        return Fact("Met" if found.met else "Missed", f"the SLO, by {name}")
    rest = ": ".join(filter(None, (f"{found.untold} cannot be told yet", found.cure))) if found.untold else ""
    return Fact(f"{found.met} of {found.judged}", f"workloads in which {name} meets the SLO", rest)


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
    lost = _lossy(candidate)
    yield from lost
    done = [workload for workload in candidate.workloads if workload.counts.completed]
    heaviest = max(done, key=_output_rate)
    where = f'in "{heaviest.name}"'
    ttft = heaviest.metrics.get("ttft_s")
    for stat, name in (("p50", "median time to first token"), ("mean", "mean time to first token")):
        if (found := statistic(ttft, stat)) is not None:
            yield Fact(
                figures.seconds(found.value), f"{name} {where}", _told(figures.duration(found), f"n = {found.n}")
            )
            break
    rate = heaviest.rates.get("output_tokens_per_s")
    if rate is not None:
        # Its n counts chunks, which a reader would take for requests.
        shown = _told(figures.number(rate), f"{heaviest.counts.completed:,} requests completed")
        yield Fact(figures.plain(rate.value), f"output tokens/s of all requests together {where}", shown)
    counts = heaviest.counts
    if not lost:
        yield Fact(f"{counts.completed}/{counts.planned}", f"requests completed {where}")


def _lossy(candidate: CandidateSummary) -> list[Fact]:
    """The share of all its requests that completed, where it is small."""
    counts = [workload.counts for workload in candidate.workloads if workload.skipped is None]
    completed, planned = sum(c.completed for c in counts), sum(c.planned for c in counts)
    if completed >= MUST_COMPLETE * planned:
        return []
    return [Fact(f"{100 * completed / planned:.3g} %", "of all requests completed", f"{completed} of {planned}")]


def _output_rate(workload: WorkloadSummary) -> float:
    rate = workload.rates.get("output_tokens_per_s")
    return 0.0 if rate is None else rate.value


def _told(shown: str, counted: str) -> str:
    """The interval of a number that `figures` has formatted, and what it counts."""
    _, _, interval = shown.partition(" [")
    if not interval:
        return f"{counted}, too few for an interval"
    return f"95 % interval {interval.removesuffix(']').replace(', ', ' to ')}, {counted}"
