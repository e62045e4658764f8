"""What is read first: the verdict, and whether to believe it. And last: how to get it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.trial import Verdict
from seatrial.report import figures
from seatrial.report.slo_tally import tally
from seatrial.report.view import Cell, Role, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.summary import CandidateSummary, RunSummary, SloCheck, WorkloadSummary
    from seatrial.report.slo_tally import Tally

VERDICT_ROLE = {Verdict.TRUSTED: Role.GOOD, Verdict.DOUBTFUL: Role.WARN, Verdict.INVALID: Role.BAD}
MET_ROLE = {True: Role.GOOD, False: Role.BAD, None: Role.WARN}

BELIEF = {
    Verdict.TRUSTED: "nothing says that the client made these numbers",
    Verdict.DOUBTFUL: "the client may have moved these numbers",
    Verdict.INVALID: "do not use these numbers",
}

_NOTHING_ASKED = "No SLO was given, so nothing is met or missed (seatrial run --slo ttft_p95=1s gives one)."


def verdict(run: RunSummary) -> Section:
    """The recommendation, then one line per candidate about the SLO, if there is one.

    That none was asked for is said of our own runs only: whoever made a file that was read cannot be told to.
    """
    lines = [Cell(run.recommendation, _recommendation_role(run))] if run.recommendation else []
    if run.status != "finished":
        lines.insert(0, Cell(f"The run is {run.status}: what follows was measured until then.", Role.WARN))
    for candidate in run.candidates:
        if candidate.failed is not None:
            lines.append(Cell(f"{candidate.name} could not be tried: {candidate.failed}", Role.BAD))
        elif found := tally(candidate):
            lines.extend(_slo_lines(candidate, found, _probability(run, candidate.name)))
    if not lines and run.tool == "seatrial":
        lines = [Cell(_NOTHING_ASKED)]
    return Section("Verdict", tuple(lines))


def _recommendation_role(run: RunSummary) -> Role:
    return Role.GOOD if any(candidate.recommended for candidate in run.candidates) else Role.WARN


def _probability(run: RunSummary, name: str) -> float | None:
    """How likely the candidate meets the whole SLO, None where it cannot be told."""
    standings = run.answer.standings if run.answer else ()
    return next((standing.slo_probability for standing in standings if standing.candidate == name), None)


def _slo_lines(candidate: CandidateSummary, found: Tally, probability: float | None) -> Iterator[Cell]:
    """How many workloads meet the SLO, and how likely all do; then every miss with its numbers."""
    chance = "" if probability is None else f"; chance that it truly meets all of it: {chance_told(probability)}"
    yield Cell(f"{_told(candidate.name, found)}{chance}", MET_ROLE[found.verdict])
    for workload in candidate.workloads:
        for check in workload.slo:
            if check.met is False:
                yield Cell(f"  {workload.name} misses {check.key}: {_against(check)}", Role.BAD)


def _told(name: str, found: Tally) -> str:
    """Where nothing is missed, what cannot be told goes first: `meets it in 0 of 6` would read as six misses."""
    cure = f" ({found.cure})" if found.cure else ""
    if found.untold and not found.missed:
        rest = f"; it meets it in {found.met}" if found.met else ""
        where = f" in {found.untold} of {found.judged} workloads" if found.judged > 1 else ""
        return f"Cannot tell yet whether {name} meets the SLO{where}{cure}{rest}"
    rest = f"; {found.untold} cannot be told yet{cure}" if found.untold else ""
    if found.judged == 1:
        return f"{name} {'meets' if found.met else 'misses'} the SLO"
    return f"{name} meets the SLO in {found.met} of {found.judged} workloads{rest}"


def chance_told(probability: float) -> str:
    """Two decimals; 1 and 0 are not claimed."""
    return "> 0.99" if probability > 0.99 else "< 0.01" if probability < 0.01 else f"{probability:.2f}"


def _against(check: SloCheck) -> str:
    if check.key == "success":
        return f"{figures.share(check.value)}, at least {figures.share(check.limit)} is asked"
    if check.value is None and check.low is not None:  # too few requests for the value, but not for the miss
        return f"surely at least {figures.seconds(check.low)}, at most {figures.seconds(check.limit)} is asked"
    return f"{figures.seconds(check.value)}, at most {figures.seconds(check.limit)} is asked"


def slo_cell(workload: WorkloadSummary) -> Cell | None:
    """`met`, `missed: ttft_p95`, or `cannot tell`; None without an SLO."""
    if not workload.slo:
        return None
    missed = ", ".join(check.key for check in workload.slo if check.met is False)
    text = f"missed: {missed}" if missed else "met" if workload.slo_met else "cannot tell"
    return Cell(text, MET_ROLE[workload.slo_met])


def trust(run: RunSummary) -> Section:
    """The verdict on the measurement; empty when nothing was measured."""
    if not any(workload.counts.sent for candidate in run.candidates for workload in candidate.workloads):
        return Section("Trust")
    role = VERDICT_ROLE[run.trust.verdict]
    return Section(
        "Trust",
        lines=(Cell(f"{run.trust.verdict}: {BELIEF[run.trust.verdict]}", role),),
        bullets=(
            *(Cell(reason, role) for reason in run.trust.reasons),
            *(Cell(note, Role.DIM) for note in run.trust.notes),
        ),
    )


def reproduce(run: RunSummary) -> Section:
    if run.tool == "seatrial":
        facts = [f"run {run.run}, seed {run.seed}", f"show it again: seatrial report {run.run}"]
    else:
        facts = [f"read from a file of {run.tool}; seatrial did not measure this"]
    for candidate in run.candidates:
        version = f" {candidate.engine_version}" if candidate.engine_version else ""
        model = candidate.model or "the server's own model"
        known = "" if model == candidate.name else f", {model}"
        facts.append(f"{candidate.name}: {candidate.engine}{version}{known}")
    if run.host:
        facts.append("host: " + ", ".join(f"{name} {value}" for name, value in run.host.items()))
    return Section("How to reproduce", bullets=tuple(Cell(fact, Role.DIM) for fact in facts))
