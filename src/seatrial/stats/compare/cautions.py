"""What to know before any verdict: in what else the sides differ, and why not to believe them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from seatrial.domain.traffic import Arrivals
from seatrial.domain.trial import Verdict
from seatrial.stats.compare.sides import candidate_of
from seatrial.units import significant
from seatrial.words import joined, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from seatrial.domain.summary import CandidateSummary, RunSummary, WorkloadSummary
    from seatrial.domain.traffic import Workload
    from seatrial.stats.compare.sides import Load, Sides

# Mean lengths this far apart are not the same requests.
SAME_LENGTH = 0.05
SAME_SUCCESS = 0.01
# How long a load goes on is no part of what it is, but for the number that comes at once.
_NO_PART = frozenset({"name", "suite", "group", "level", "requests", "duration_s"})
_SHOWN = 4


def warnings_on(base: Sequence[RunSummary], new: Sequence[RunSummary], sides: Sides) -> tuple[str, ...]:
    """Sentences, the gravest first: trust, loads and prompts, then versions and places."""
    return tuple(
        dict.fromkeys(
            (
                *_itself(base, new),
                *_trust("base", base, [w for load in sides.loads for w in load.base]),
                *_trust("new", new, [w for load in sides.loads for w in load.new]),
                *_tools(base, new),
                *_alone(sides),
                *_definitions(base, new, sides),
                *_lengths(sides.loads),
                *_success(sides.loads),
                *_versions(base, new, sides),
            )
        )
    )


def _trust(side: str, runs: Sequence[RunSummary], workloads: Iterable[WorkloadSummary]) -> Iterator[str]:
    for verdict in (Verdict.INVALID, Verdict.DOUBTFUL):
        reasons = [w.trust.reasons for w in workloads if w.trust.verdict is verdict]
        if reasons:
            said = "; ".join(list(dict.fromkeys(reason for some in reasons for reason in some))[:_SHOWN])
            yield f"the measurement of {side} is {verdict}: {said}"
    for run in runs:
        if run.status != "finished":
            yield f"{side}: run {run.run} is {run.status}, and what was measured until then is compared"


def _itself(base: Sequence[RunSummary], new: Sequence[RunSummary]) -> Iterator[str]:
    ours, theirs = (
        {(r.tool, r.run, r.started, c.name) for r in side for c in r.candidates} for side in (base, new)
    )
    if shared := {run for _, run, _, _ in ours & theirs}:
        yield f"{_listed(sorted(shared))} is on both sides: it is compared with itself"


def _tools(base: Sequence[RunSummary], new: Sequence[RunSummary]) -> Iterator[str]:
    if said := _against([run.tool for run in base], [run.tool for run in new]):
        yield f"measured by {said}: what differs may be the tool"


def _alone(sides: Sides) -> Iterator[str]:
    for side, names in (("base", sides.only_base), ("new", sides.only_new)):
        if names:
            yield f"only {side} ran {_listed(names)}: not compared"


def _definitions(base: Sequence[RunSummary], new: Sequence[RunSummary], sides: Sides) -> Iterator[str]:
    """Loads of the same name that the specs define differently."""
    runs = [*base, *new]
    unknown = [run.run for run in runs if run.spec is None]
    if unknown:
        yield f"what was asked in {_listed(dict.fromkeys(unknown))} is not known: the workloads may differ"
    specs = [[run.spec for run in side if run.spec is not None] for side in (base, new)]
    for load in sides.loads:
        ours, theirs = (dict.fromkeys(w.name for w in side) for side in (load.base, load.new))
        if ours != theirs:
            yield f"{_listed(ours)} of base is held against {_listed(theirs)} of new: each has only that workload"
        defined = [
            [w for spec in side for w in spec.workloads if w.name in names]
            for side, names in zip(specs, (ours, theirs), strict=True)
        ]
        if all(defined) and (differing := list(_differing(*defined))):
            yield f'the workload "{load.new[0].name}" is not the same: {"; ".join(differing)}'
    seeds = _against([run.seed for run in base], [run.seed for run in new])
    if seeds and not unknown:
        yield f"seed {seeds}: prompts, lengths and arrivals are other ones"


def unlike(base: Sequence[RunSummary], new: Sequence[RunSummary], sides: Sides) -> bool:
    """Whether loads that face each other only because each side has one are not known to be the same load."""
    if not sides.forced:
        return False
    load = sides.loads[0]
    defined = [
        [w for w in (run.spec.workloads if run.spec else ()) if w.name == of.name]
        for run, of in zip((*base, *new), load.all, strict=True)
    ]
    return not all(defined) or any(any(_differing(defined[0], other)) for other in defined[1:])


def _differing(base: Sequence[Workload], new: Sequence[Workload]) -> Iterator[str]:
    at_once = any(w.arrivals is Arrivals.AT_ONCE for w in (*base, *new))
    for field in fields(base[0]):
        if field.name in _NO_PART and not (at_once and field.name == "requests"):
            continue
        said = _against([_said(w, field.name) for w in base], [_said(w, field.name) for w in new])
        if said:
            yield f"{field.name} {said}"


def _said(workload: Workload, name: str) -> str:
    value: Any = getattr(workload, name)
    if value is None or value == ():
        return "none"
    if name in {"input_tokens", "output_tokens"}:
        return f"{value.mean:g}" + (f" (cv {value.cv:g})" if value.cv else "")
    if name == "stages":
        return ", ".join(f"{stage.start:g} to {stage.end:g} over {stage.over_s:g} s" for stage in value)
    if name == "batches":
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _lengths(loads: Sequence[Load]) -> Iterator[str]:
    """Loads whose prompts or answers were of other lengths, as the servers counted them."""
    for entry, what in (("input_counted", "prompts"), ("output_counted", "answers")):
        apart = []
        for load in loads:
            means = [_mean([w.tokens.get(entry) for w in side]) for side in (load.base, load.new)]
            if means[0] and means[1] and abs(means[1] / means[0] - 1) > SAME_LENGTH:
                apart.append(f"{load.label} {significant(means[0])} against {significant(means[1])} tokens")
        if apart:
            yield f"{what} are of other lengths: {_listed(apart, sep='; ')}"


def _success(loads: Sequence[Load]) -> Iterator[str]:
    for load in loads:
        shares = [
            _mean([w.counts.completed / w.counts.planned for w in side if w.counts.planned])
            for side in (load.base, load.new)
        ]
        if shares[0] is not None and shares[1] is not None and abs(shares[1] - shares[0]) > SAME_SUCCESS:
            yield (
                f"{load.label}: {shares[0]:.1%} against {shares[1]:.1%} of the requests were completed, "
                "and only those have latencies"
            )


def _versions(base: Sequence[RunSummary], new: Sequence[RunSummary], sides: Sides) -> Iterator[str]:
    for ours, theirs in sides.pairs:
        before = [candidate_of(run, ours) for run in base]
        after = [candidate_of(run, theirs) for run in new]
        for what, of in _FACTS:
            if said := _against([of(c) for c in before], [of(c) for c in after]):
                yield f"{what} {said}"
    for fact in dict.fromkeys(key for run in (*base, *new) for key in run.host):
        if said := _against([run.host.get(fact, "?") for run in base], [run.host.get(fact, "?") for run in new]):
            yield f"host, {fact}: {said}"


def _version(candidate: CandidateSummary) -> str:
    return " ".join(part for part in (candidate.engine, candidate.engine_version) if part)


_FACTS: tuple[tuple[str, Callable[[CandidateSummary], str]], ...] = (
    ("engine:", _version),
    ("model:", lambda candidate: candidate.model or "the server's own"),
)


def _against(base: Sequence[object], new: Sequence[object]) -> str:
    """`4 against 5`; empty where all are alike."""
    sides = [list(dict.fromkeys(str(value) for value in side)) for side in (base, new)]
    if len({*sides[0], *sides[1]}) < 2:
        return ""
    return " against ".join(joined(side) for side in sides)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _listed(names: Iterable[str], sep: str = ", ") -> str:
    return listed(names, _SHOWN, sep)
