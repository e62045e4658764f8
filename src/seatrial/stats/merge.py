"""Several runs as one: their candidates side by side, as if they had been tried in one run.

What was measured stays as it was. Which candidate to take is asked anew, but only where the runs asked the same:
the same seed, workloads and SLO. Else loads and prompts differ, and a difference would not be the candidates'.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.domain.traces import RunTraces
from seatrial.stats.choice import SPEED, answer, recommend
from seatrial.stats.trust import combine_named
from seatrial.words import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.summary import CandidateSummary, RunSummary
    from seatrial.domain.trial import Spec, Trust


def merge_runs(runs: Sequence[RunSummary]) -> RunSummary:
    """One summary of `runs`, at least one. A candidate whose name is taken is called by its run, too."""
    if len(runs) == 1:
        return runs[0]
    names = _names(runs)
    candidates = tuple(
        replace(candidate, name=new, recommended=False)
        for run, renamed in zip(runs, names, strict=True)
        for candidate, new in zip(run.candidates, renamed, strict=True)
    )
    obstacle = differs(runs)
    first = runs[0]
    optimize = SPEED if first.spec is None else first.spec.optimize
    marked, reason, comparisons = (candidates, obstacle, ()) if obstacle else recommend(candidates, optimize)
    return replace(
        first,
        run=" ".join(run.run for run in runs),
        trust=_trust(runs, candidates),
        candidates=marked,
        recommendation=reason,
        comparisons=comparisons,
        host=_hosts(runs),
        name=", ".join(dict.fromkeys(run.name for run in runs if run.name)) or None,
        status=next((run.status for run in runs if run.status != "finished"), first.status),
        answer=None if obstacle else answer(candidates, optimize),
        spec=None if obstacle or first.spec is None else _spec(runs, names, first.spec),
        command="\n".join(run.command for run in runs if run.command),
        tool=", ".join(dict.fromkeys(run.tool for run in runs)),
    )


def merge_traces(runs: Sequence[RunSummary], traces: Sequence[RunTraces | None]) -> RunTraces | None:
    """The traces of `runs`, in the same order, under the names that `merge_runs` gives; each on its run's clock.

    Of a run without traces there are none, nor of candidates that the run is shown without.
    """
    merged = []
    for run, renamed, found in zip(runs, _names(runs), traces, strict=True):
        new = dict(zip((candidate.name for candidate in run.candidates), renamed, strict=True))
        for trace in () if found is None else found.candidates:
            if trace.candidate in new:
                name = new[trace.candidate]
                workloads = tuple(replace(workload, candidate=name) for workload in trace.workloads)
                merged.append(replace(trace, candidate=name, workloads=workloads))
    return RunTraces(tuple(merged)) if merged else None


def _names(runs: Sequence[RunSummary]) -> list[tuple[str, ...]]:
    """For each run the names of its candidates; those that occur several times with the run's id."""
    counts = Counter(candidate.name for run in runs for candidate in run.candidates)
    taken: set[str] = set()
    found = []
    for run in runs:
        renamed = []
        for candidate in run.candidates:
            name = wanted = (
                candidate.name if len(runs) == 1 or counts[candidate.name] == 1 else f"{candidate.name} ({run.run})"
            )
            number = 2
            while name in taken:
                name, number = f"{wanted} ({number})", number + 1
            taken.add(name)
            renamed.append(name)
        found.append(tuple(renamed))
    return found


def differs(runs: Sequence[RunSummary]) -> str:
    """Why the candidates of different runs cannot be held against each other; empty where they can."""
    first = runs[0]
    if len({run.tool for run in runs}) > 1:
        return "No recommendation: the runs were measured by different tools."
    specs = [run.spec for run in runs]
    if first.spec is None or None in specs:
        return "No recommendation: what the runs asked is not known, so the workloads may differ."
    alike = {
        "seeds": all(run.seed == first.seed for run in runs),
        "workloads": all(spec.workloads == first.spec.workloads for spec in specs if spec is not None),
        "weights": all(spec.optimize == first.spec.optimize for spec in specs if spec is not None),
        "objectives": all(spec.slo == first.spec.slo for spec in specs if spec is not None),
    }
    named = [what for what, same in alike.items() if not same]
    return f"No recommendation: the runs had different {joined(named)}." if named else ""


def _trust(runs: Sequence[RunSummary], candidates: Sequence[CandidateSummary]) -> Trust:
    trusts = {
        f"{candidate.name}, {workload.name}": workload.trust
        for candidate in candidates
        for workload in candidate.workloads
        if workload.skipped is None
    }
    # A run that was read from a file may have trust of its own, and none per workload.
    own = {
        run.run: run.trust
        for run in runs
        if run.trust.reasons and not any(w.trust.reasons for c in run.candidates for w in c.workloads)
    }
    return combine_named(trusts | own)


def _hosts(runs: Sequence[RunSummary]) -> dict[str, str]:
    """Facts that hold for all runs as they are, others each with its run."""
    found = {}
    for key in dict.fromkeys(key for run in runs for key in run.host):
        values = {run.run: run.host.get(key, "unknown") for run in runs}
        same = len(set(values.values())) == 1
        found[key] = values[runs[0].run] if same else "; ".join(f"{v} ({run})" for run, v in values.items())
    return found


def _spec(runs: Sequence[RunSummary], names: Sequence[tuple[str, ...]], first: Spec) -> Spec:
    """The spec that would try all candidates in one run."""
    candidates = []
    for run, renamed in zip(runs, names, strict=True):
        assert run.spec is not None
        new = dict(zip((candidate.name for candidate in run.candidates), renamed, strict=True))
        candidates += [replace(c, name=new[c.name]) for c in run.spec.candidates if c.name in new]
    return replace(first, candidates=tuple(candidates))
