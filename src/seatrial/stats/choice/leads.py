"""How far one candidate is ahead of another, from the estimate of each alone or from several leads together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seatrial.domain.values import Estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seatrial.stats.choice.contest import Leads

# The end of an interval may be 0 (no right answer at all, say), which has no logarithm.
_LEAST = 1e-9


def log_level(score: Estimate | None, *, more_is_better: bool) -> float:
    """The logarithm of a score, turned so that more is better; of none, less than any other."""
    if score is None:
        return -math.inf
    level = math.log(max(score.value, _LEAST))
    return level if more_is_better else -level


def leads_of(scores: Mapping[str, Estimate], names: Iterable[str], *, more_is_better: bool) -> Leads:
    """The lead of each over each. Its interval goes from end to end: it holds 1 where those of the two overlap.

    Who has no score is behind everybody who has one; two without are not told apart.
    """
    names = tuple(names)
    leads: Leads = {}
    for one in names:
        for other in names:
            if one != other:
                sides = scores.get(one), scores.get(other)
                leads[one, other] = _lead(*(sides if more_is_better else sides[::-1]), turned=not more_is_better)
    return leads


def _lead(above: Estimate | None, below: Estimate | None, *, turned: bool) -> Estimate:
    if above is None and below is None:
        return Estimate(1.0, None, None, 0)
    if above is None or below is None:
        infinite = math.inf if (below is None) is not turned else 0.0
        return Estimate(infinite, infinite, infinite, 0)
    return Estimate(
        _quotient(above.value, below.value),
        None if above.low is None or below.high is None else _quotient(above.low, below.high),
        None if above.high is None or below.low is None else _quotient(above.high, below.low),
        min(above.n, below.n),
    )


def _quotient(above: float, below: float) -> float:
    return max(above, _LEAST) / max(below, _LEAST)


def together(leads: Iterable[tuple[Estimate, float]]) -> Estimate:
    """The weighted geometric mean of leads with their weights (above 0).

    Their reaches are added, not their squares: speed and cost come from the same samples and err together.
    """
    parts = tuple(leads)
    total = sum(weight for _, weight in parts)

    def mean(ends: list[float | None]) -> float | None:
        if any(end is None for end in ends):
            return None
        logs = [_log(end) * weight for end, (_, weight) in zip(ends, parts, strict=True) if end is not None]
        return _exp(sum(logs) / total)

    value = mean([lead.value for lead, _ in parts])
    assert value is not None
    return Estimate(
        value, mean([p.low for p, _ in parts]), mean([p.high for p, _ in parts]), min(p.n for p, _ in parts)
    )


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _exp(value: float) -> float:
    # Behind without measure in one thing and ahead without measure in another: nobody can weigh that.
    return 1.0 if math.isnan(value) else math.exp(value)


def is_ahead(lead: Estimate) -> bool:
    return lead.low is not None and lead.low > 1
