"""Which measurements candidates may be held against each other by, and who completed what of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.stats.choice.contest import apart, is_invalid, shared_loads, workload_of
from seatrial.stats.estimate import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.summary import CandidateSummary


class Arena(NamedTuple):
    """`shared`: the loads all candidates ran; `usable`: those where no measurement of the `believed` is invalid."""

    shared: list[str]
    believed: list[CandidateSummary]
    usable: list[str]


def arena_of(candidates: Sequence[CandidateSummary]) -> Arena:
    """A candidate whose measurement is invalid in every shared load is not believed."""
    shared = shared_loads(candidates)
    believed = [c for c in candidates if not shared or not all(is_invalid(c, name) for name in shared)]
    return Arena(shared, believed, [name for name in shared if not any(is_invalid(c, name) for c in believed)])


def completed(candidate: CandidateSummary, names: Sequence[str]) -> tuple[int, int]:
    """Requests completed and planned in the workloads `names`."""
    counts = [workload_of(candidate, name).counts for name in names]
    return sum(c.completed for c in counts), sum(c.planned for c in counts)


def completed_less(one: CandidateSummary, other: CandidateSummary, names: Sequence[str]) -> bool:
    """Whether `one` completed a smaller share, beyond chance: being fast at the rest is then no merit."""
    ours, theirs = wilson(*completed(one, names)), wilson(*completed(other, names))
    return ours is not None and theirs is not None and ours.value < theirs.value and apart(ours, theirs)
