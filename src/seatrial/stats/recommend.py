"""Which candidate to choose, and why, in words: the SLO first, then one stated comparison, else "cannot tell".

The comparison is made on the heaviest warm workload that all candidates share: output tokens per second, or, when
the load only comes at a fixed rate, mean time to complete. Intervals that overlap are not told apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.trial import Verdict
from seatrial.stats.trust import combine
from seatrial.units import format_s, significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.summary import CandidateSummary, Estimate, WorkloadSummary


class Choice(NamedTuple):
    """The name of the candidate to take, None when there is no honest choice, and the sentence of reason."""

    name: str | None
    reason: str


def recommend(candidates: Sequence[CandidateSummary]) -> tuple[tuple[CandidateSummary, ...], str]:
    """The candidates with the recommended one marked, and the reason; a single candidate has neither."""
    if len(candidates) < 2:
        return tuple(candidates), ""
    choice = _choose([c for c in candidates if c.failed is None])
    failed = [f"{c.name} could not be tried." for c in candidates if c.failed is not None]
    marked = tuple(replace(c, recommended=c.name == choice.name) for c in candidates)
    return marked, " ".join([choice.reason, *failed])


def _choose(tried: Sequence[CandidateSummary]) -> Choice:
    if not tried:
        return Choice(None, "No recommendation: no candidate could be tried.")
    verdicts = {c.name: _slo_verdict(c) for c in tried}
    standing = [c for c in tried if verdicts[c.name] is not False]
    if not standing:
        return Choice(None, f"No recommendation: no candidate meets the SLO ({_misses(tried)}).")
    met = [c for c in standing if verdicts[c.name] is True]
    has_slo = any(w.slo for c in tried for w in _warm(c))
    preface = "" if met or not has_slo else "No candidate is shown to meet the SLO. "
    if met and len(met) < len(standing):
        untold = " and ".join(c.name for c in standing if c not in met)
        preface = f"Whether {untold} meets the SLO cannot be told. "
    standing = met or standing
    if len(standing) == 1:
        why = "is the only candidate shown to meet the SLO" if met else _why_alone(tried)
        return _with_caveats(Choice(standing[0].name, f"{preface}{standing[0].name} {why}."), standing, None)
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
        for workload in _warm(candidate)
        for check in workload.slo
    ]
    if False in checks:
        return False
    return True if checks and None not in checks else None


def _misses(candidates: Sequence[CandidateSummary]) -> str:
    """`name misses ttft_p95` for each; the objectives once each, in their order."""
    keys = {
        c.name: dict.fromkeys(check.key for w in _warm(c) for check in w.slo if check.met is False)
        for c in candidates
    }
    return "; ".join(f"{name} misses {', '.join(missed)}" for name, missed in keys.items())


def _warm(candidate: CandidateSummary) -> list[WorkloadSummary]:
    return [w for w in candidate.workloads if w.skipped is None and w.cold is None]


def _compare(standing: Sequence[CandidateSummary], preface: str) -> Choice:
    workload = _decisive(standing)
    if workload is None:
        return Choice(None, f"{preface}No recommendation: the candidates share no warm workload under load.")
    scores = {c.name: score for c in standing if (score := _score(c, workload)) is not None}
    if not scores:
        return Choice(None, f'{preface}No recommendation: no candidate completed requests in "{workload.name}".')
    faster = workload.arrivals is None
    ranked = sorted(scores, key=lambda name: scores[name].value, reverse=faster)
    best, rivals = ranked[0], ranked[1:]
    tied = [name for name in rivals if not _apart(scores[best], scores[name])]
    shown = ", ".join(f"{name} {_shown(scores[name], faster)}" for name in ranked)
    what = "output tokens/s" if faster else "mean time to complete"
    where = f'in "{workload.name}", by {what}: {shown}'
    if tied:
        choice = Choice(None, f"{preface}Cannot tell {' and '.join([best, *tied])} apart {where}.")
    else:
        met = "meets the SLO and " if _slo_verdict(_named(standing, best)) else ""
        choice = Choice(best, f"{preface}{best} is recommended: it {met}is the fastest {where}.")
    return _with_caveats(choice, standing, workload.name)


def _decisive(standing: Sequence[CandidateSummary]) -> WorkloadSummary | None:
    """The shared warm workload with the most requests in flight, of steady load if there is one."""
    shared = set.intersection(*({w.name for w in _warm(c)} for c in standing))
    loaded = [w for w in _warm(standing[0]) if w.name in shared and (w.arrivals or (w.concurrency or 0) > 1)]
    return max(loaded, key=lambda w: (w.arrivals is None, w.concurrency or 0, not w.stages), default=None)


def _score(candidate: CandidateSummary, decisive: WorkloadSummary) -> Estimate | None:
    workload = next(w for w in _warm(candidate) if w.name == decisive.name)
    if not workload.counts.completed:
        return None
    if decisive.arrivals is None:
        return workload.rates.get("output_tokens_per_s")
    e2e = workload.metrics.get("e2e_s")
    return None if e2e is None else e2e.mean


def _apart(one: Estimate, other: Estimate) -> bool:
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.low > other.high or other.low > one.high


def _shown(score: Estimate, faster: bool) -> str:
    form = significant if faster else format_s
    if score.low is None or score.high is None:
        return f"{form(score.value)} [too short for an interval]"
    return f"{form(score.value)} [{form(score.low)}, {form(score.high)}]"


def _named(candidates: Sequence[CandidateSummary], name: str) -> CandidateSummary:
    return next(c for c in candidates if c.name == name)


def _with_caveats(choice: Choice, standing: Sequence[CandidateSummary], workload: str | None) -> Choice:
    """The choice with what speaks against it; no choice when a number it rests on is invalid."""
    caveats = []
    for candidate in standing:
        used = [w for w in _warm(candidate) if workload in (None, w.name)]
        verdict = combine(w.trust for w in used).verdict
        if verdict is Verdict.INVALID:
            return Choice(None, f"No recommendation: the measurement of {candidate.name} is invalid, see trust.")
        if verdict is Verdict.DOUBTFUL:
            caveats.append(f"The measurement of {candidate.name} is doubtful, see trust.")
        lost = sum(w.counts.planned - w.counts.completed for w in used)
        if lost and candidate.name == choice.name:
            caveats.append(f"{lost} of its {sum(w.counts.planned for w in used)} requests did not complete.")
    return Choice(choice.name, " ".join([choice.reason, *caveats]))
