"""The Pareto front: candidates that no other one makes pointless, whatever is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.stats.choice.leads import is_ahead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.stats.choice.criteria import Criterion


def front(names: Sequence[str], criteria: Sequence[Criterion]) -> set[str]:
    """Those of `names` of whom nobody is clearly ahead in one thing and clearly behind in none.

    Only what was measured for all of `names` is looked at; with nothing measured nobody is dominated.
    """
    measured = [c for c in criteria if all(name in c.levels for name in names)]
    return {
        name for name in names if not any(_dominates(other, name, measured) for other in names if other != name)
    }


def _dominates(one: str, other: str, criteria: Sequence[Criterion]) -> bool:
    ahead = any(is_ahead(c.leads[one, other]) for c in criteria)
    return ahead and not any(is_ahead(c.leads[other, one]) for c in criteria)
