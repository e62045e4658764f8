"""The two sides of a comparison brought under the same loads: which workload of which run faces which."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.errors import UsageError, nearest
from seatrial.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seatrial.domain.summary import CandidateSummary, RunSummary, WorkloadSummary


class Load(NamedTuple):
    """A load that every run of both sides was under: the workload of each run, in the order of the runs."""

    label: str
    base: tuple[WorkloadSummary, ...]
    new: tuple[WorkloadSummary, ...]

    @property
    def all(self) -> tuple[WorkloadSummary, ...]:
        return (*self.base, *self.new)


class Sides(NamedTuple):
    """`pairs`: the names of the candidates that face each other. `only`: the loads one side alone was under.

    `forced`: the loads have different names, and face each other because each side has only one.
    """

    loads: tuple[Load, ...]
    pairs: tuple[tuple[str, str], ...]
    only_base: tuple[str, ...]
    only_new: tuple[str, ...]
    forced: bool = False


def match(base: Sequence[RunSummary], new: Sequence[RunSummary]) -> Sides:
    """One candidate faces one candidate whatever they are called; several face those of the same name.

    Loads are matched by name; but where every run has a single one, these face each other.
    Raises UsageError where no candidate faces another, or no load was put on both.
    """
    pairs = _pairs(base, new)
    loads: list[Load] = []
    only_base: list[str] = []
    only_new: list[str] = []
    for ours, theirs in pairs:
        sides = [_workloads(run, ours) for run in base], [_workloads(run, theirs) for run in new]
        prefix = f"{theirs}, " if len(pairs) > 1 else ""
        names = dict.fromkeys(name for runs in sides for run in runs for name in run)
        for name in names:
            in_base, in_new = ([run[name] for run in runs if name in run] for runs in sides)
            if len(in_base) == len(base) and len(in_new) == len(new):
                loads.append(Load(prefix + name, tuple(in_base), tuple(in_new)))
            elif not in_new or not in_base:
                (only_new if in_new else only_base).append(prefix + name)
    if not loads and (lone := _lone(base, new, pairs)):
        return Sides((lone,), pairs, (), (), forced=True)
    if not loads:
        _explain_nothing(base, new)
        raise UsageError(
            f"no workload was run on both sides: {_listed(only_base)} on one, {_listed(only_new)} on the other",
            "run both with the same spec",
        )
    return Sides(tuple(loads), pairs, tuple(only_base), tuple(only_new))


def _lone(base: Sequence[RunSummary], new: Sequence[RunSummary], pairs: Sequence[tuple[str, str]]) -> Load | None:
    """The one load of each run, if no run has more than that."""
    if len(pairs) != 1:
        return None
    sides = [
        [list(_workloads(run, name).values()) for run in side]
        for side, name in zip((base, new), pairs[0], strict=True)
    ]
    if any(len(workloads) != 1 for side in sides for workloads in side):
        return None
    ours, theirs = (tuple(workloads[0] for workloads in side) for side in sides)
    return Load(theirs[0].name, ours, theirs)


def _explain_nothing(base: Sequence[RunSummary], new: Sequence[RunSummary]) -> None:
    """Raises UsageError where a side has no workload because its candidate could not be tried at all."""
    for run in (*base, *new):
        for candidate in run.candidates:
            if candidate.failed is not None:
                raise UsageError(f"run {run.run} measured nothing: {candidate.failed}", "run it again")


def candidate_of(run: RunSummary, name: str) -> CandidateSummary:
    return next(c for c in run.candidates if c.name == name) if len(run.candidates) > 1 else run.candidates[0]


def _workloads(run: RunSummary, candidate: str) -> dict[str, WorkloadSummary]:
    return {w.name: w for w in candidate_of(run, candidate).workloads if w.skipped is None}


def _pairs(base: Sequence[RunSummary], new: Sequence[RunSummary]) -> tuple[tuple[str, str], ...]:
    for run in (*base, *new):
        if not run.candidates:
            raise UsageError(f"run {run.run} has no candidate to compare", "choose another run")
    if all(len(run.candidates) == 1 for run in (*base, *new)):
        return ((base[0].candidates[0].name, new[0].candidates[0].name),)
    shared = set.intersection(*({c.name for c in run.candidates} for run in (*base, *new)))
    if not shared:
        ours, theirs = (sorted({c.name for run in side for c in run.candidates}) for side in (base, new))
        raise UsageError(
            f"no candidate is on both sides: {_listed(ours)} on one, {_listed(theirs)} on the other",
            f"name one of each: {base[0].run}:{ours[0]} {new[0].run}:{theirs[0]}; {nearest(ours[0], theirs)}",
        )
    return tuple((c.name, c.name) for c in base[0].candidates if c.name in shared)


def _listed(names: Iterable[str]) -> str:
    return listed((f'"{name}"' for name in names), 4) or "nothing"
