"""Which candidate to choose, and why, in words: the SLO first, then one stated comparison, else "cannot tell".

All candidates had the same workloads with the same prompts, so they are compared pair by pair (`paired`); where
that gives too few pairs, by the intervals of the heaviest workload they share (`unpaired`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.trial import Verdict
from seatrial.stats.contest import apart, is_invalid, shared_loads, warm, workload_of
from seatrial.stats.estimate import wilson
from seatrial.stats.one_user import for_one_user
from seatrial.stats.paired import compare_paired
from seatrial.stats.trust import combine
from seatrial.stats.unpaired import compare_unpaired

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.summary import CandidateSummary, Comparison
    from seatrial.stats.contest import Contest


class Choice(NamedTuple):
    """The name of the candidate to take, None when there is no honest choice, and the sentences of reason."""

    name: str | None
    reason: str
    comparisons: tuple[Comparison, ...] = ()


class Recommendation(NamedTuple):
    """The candidates with the recommended one marked, the reason, and the comparisons it rests on."""

    candidates: tuple[CandidateSummary, ...]
    reason: str
    comparisons: tuple[Comparison, ...]


def recommend(candidates: Sequence[CandidateSummary]) -> Recommendation:
    """The candidate to take, if one can be told; a single candidate is not marked and has no reason."""
    if len(candidates) < 2:
        return Recommendation(tuple(candidates), "", ())
    choice = _choose([c for c in candidates if c.failed is None])
    failed = [f"{c.name} could not be tried." for c in candidates if c.failed is not None]
    marked = tuple(replace(c, recommended=c.name == choice.name) for c in candidates)
    return Recommendation(marked, " ".join([choice.reason, *failed]), choice.comparisons)


def _choose(tried: Sequence[CandidateSummary]) -> Choice:
    if not tried:
        return Choice(None, "No recommendation: no candidate could be tried.")
    verdicts = {c.name: _slo_verdict(c) for c in tried}
    standing = [c for c in tried if verdicts[c.name] is not False]
    if not standing:
        return Choice(None, f"No recommendation: no candidate meets the SLO ({_misses(tried)}).")
    met = [c for c in standing if verdicts[c.name] is True]
    has_slo = any(w.slo for c in tried for w in warm(c))
    preface = "" if met or not has_slo else "No candidate is shown to meet the SLO. "
    if met and len(met) < len(standing):
        untold = " and ".join(c.name for c in standing if c not in met)
        preface = f"Whether {untold} meets the SLO cannot be told. "
    standing = met or standing
    if len(standing) == 1:
        why = "is the only candidate shown to meet the SLO" if met else _why_alone(tried)
        return _alone(standing[0], f"{preface}{standing[0].name} {why}.")
    return _compare(standing, preface)


def _why_alone(tried: Sequence[CandidateSummary]) -> str:
    return (
        "is the only candidate that could be tried" if len(tried) == 1 else "is the only one not shown to miss it"
    )


def _slo_verdict(candidate: CandidateSummary) -> bool | None:
    """True when every objective is met in every warm workload, False when one is missed, None: cannot be told.

    An invalid measurement tells nothing: what was missed may have been missed by the client.
    """
    checks = [
        None if workload.trust.verdict is Verdict.INVALID else check.met
        for workload in warm(candidate)
        for check in workload.slo
    ]
    if False in checks:
        return False
    return True if checks and None not in checks else None


def _misses(candidates: Sequence[CandidateSummary]) -> str:
    """`name misses ttft_p95` for each; the objectives once each, in their order."""
    keys = {
        c.name: dict.fromkeys(check.key for w in warm(c) for check in w.slo if check.met is False)
        for c in candidates
    }
    return "; ".join(f"{name} misses {', '.join(missed)}" for name, missed in keys.items())


def _alone(candidate: CandidateSummary, reason: str) -> Choice:
    if any(w.trust.verdict is Verdict.INVALID for w in warm(candidate)):
        return _invalid([candidate], "")
    names = [w.name for w in warm(candidate)]
    return Choice(candidate.name, " ".join([reason, *_caveats([candidate], candidate, names)]))


def _invalid(candidates: Sequence[CandidateSummary], preface: str) -> Choice:
    names = " and ".join(c.name for c in candidates)
    return Choice(None, f"{preface}No recommendation: the measurement of {names} is invalid, see trust.")


def _compare(standing: Sequence[CandidateSummary], preface: str) -> Choice:
    """The comparison of those whose measurement can be used, under the loads where all of theirs can."""
    shared = shared_loads(standing)
    if not shared:
        one_user = for_one_user(*standing) if len(standing) == 2 else ""
        reason = f"{preface}No recommendation: the candidates share no warm workload under load."
        return Choice(None, f"{reason} {one_user}".rstrip())
    trusted = [c for c in standing if not all(is_invalid(c, name) for name in shared)]
    usable = [name for name in shared if not any(is_invalid(c, name) for c in trusted)]
    if len(trusted) < 2 or not usable:
        return _invalid([c for c in standing if any(is_invalid(c, name) for name in shared)], preface)
    contest = compare_paired(trusted, usable) or compare_unpaired(trusted, usable)
    if contest is None:
        where = ", ".join(f'"{name}"' for name in usable)
        return Choice(None, f"{preface}No recommendation: no candidate completed requests in {where}.")
    left_out = [f"The measurement of {c.name} is invalid, see trust." for c in standing if c not in trusted]
    if len(usable) < len(shared):
        names = ", ".join(f'"{name}"' for name in shared if name not in usable)
        left_out.append(f"Left out, as a measurement is invalid: {names}.")
    choice = _decide(contest, trusted, usable, preface)
    return choice._replace(reason=" ".join([choice.reason, *left_out]))


def _decide(contest: Contest, trusted: Sequence[CandidateSummary], names: Sequence[str], preface: str) -> Choice:
    best = _named(trusted, contest.best)
    evidence = f"{contest.where} {best.name} {contest.what}."
    rivals = [c for c in trusted if c is not best]
    lossy = _completed_less(best, rivals, names)
    if contest.tied:
        together = " and ".join([best.name, *contest.tied])
        taken, reason = None, f"Cannot tell {together} apart: {evidence}"
    elif lossy:
        taken, reason = None, f"No recommendation: {evidence} But {lossy}."
    else:
        met = "it meets the SLO, and " if _slo_verdict(best) else ""
        taken, reason = best.name, f"Take {best.name}: {met}{contest.where} it {contest.what}."
    one_user = [for_one_user(best, *rivals)] if len(rivals) == 1 else []
    caveats = _caveats(trusted, best if taken else None, names)
    return Choice(taken, " ".join(filter(None, [preface + reason, *one_user, *caveats])), contest.comparisons)


def _completed_less(best: CandidateSummary, rivals: Sequence[CandidateSummary], names: Sequence[str]) -> str:
    """Who completed a larger share of the requests, beyond chance: being fast at the rest is then no merit."""
    done, planned = _completed(best, names)
    for rival in rivals:
        theirs, asked = _completed(rival, names)
        ours, others = wilson(done, planned), wilson(theirs, asked)
        if ours and others and ours.value < others.value and apart(ours, others):
            return f"{best.name} completed {done} of {planned} requests, {rival.name} {theirs} of {asked}"
    return ""


def _completed(candidate: CandidateSummary, names: Sequence[str]) -> tuple[int, int]:
    """Requests completed and planned in the workloads `names`."""
    counts = [workload_of(candidate, name).counts for name in names]
    return sum(c.completed for c in counts), sum(c.planned for c in counts)


def _named(candidates: Sequence[CandidateSummary], name: str) -> CandidateSummary:
    return next(c for c in candidates if c.name == name)


def _caveats(
    candidates: Sequence[CandidateSummary], taken: CandidateSummary | None, names: Sequence[str]
) -> list[str]:
    """What speaks against the numbers used, those of the workloads `names`."""
    caveats = [
        f"The measurement of {c.name} is doubtful, see trust."
        for c in candidates
        if combine(workload_of(c, name).trust for name in names).verdict is Verdict.DOUBTFUL
    ]
    done, planned = (0, 0) if taken is None else _completed(taken, names)
    return (
        [*caveats, f"{planned - done} of its {planned} requests did not complete."] if done < planned else caveats
    )
