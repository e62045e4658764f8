"""The order of candidates by what was to be optimised, with ties where it cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.stats.choice.contest import in_order
from seatrial.stats.choice.leads import is_ahead, together

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from seatrial.domain.values import Estimate
    from seatrial.stats.choice.criteria import Criterion


class Ranking(NamedTuple):
    """`groups`: the best first; within one they cannot be told apart. `unranked`: who lacks what, and the cure."""

    groups: tuple[tuple[str, ...], ...]
    unranked: dict[str, str]


def weighed(criteria: Sequence[Criterion], weights: Mapping[str, float], one: str, other: str) -> Estimate:
    """How many times as good `one` is as `other`: the weighted geometric mean of its leads, with its interval."""
    return together((criterion.leads[one, other], weights[criterion.name]) for criterion in criteria)


def rank(
    names: Sequence[str],
    criteria: Sequence[Criterion],
    weights: Mapping[str, float],
    may_lead: Callable[[str, str], bool],
) -> Ranking:
    """Each group holds its first and all that the first is not clearly ahead of.

    The first is the one with the most merit left: the weighted sum of its levels. It shares its place with whom it
    may not lead (`may_lead`), because it completed less.
    """
    unranked = {name: _lack(name, criteria) for name in names if any(name not in c.levels for c in criteria)}
    total = {
        name: sum(c.levels[name] * weights[c.name] for c in criteria) for name in names if name not in unranked
    }
    left, groups = in_order(total), []
    while left:
        first = left[0]
        behind = [
            name for name in left[1:] if is_ahead(weighed(criteria, weights, first, name)) and may_lead(first, name)
        ]
        groups.append(tuple(name for name in left if name not in behind))
        left = behind
    return Ranking(tuple(groups), unranked)


def _lack(name: str, criteria: Sequence[Criterion]) -> str:
    return "; ".join(
        c.missing.get(name, f"its {c.name} was not measured") for c in criteria if name not in c.levels
    )
