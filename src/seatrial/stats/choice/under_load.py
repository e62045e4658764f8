"""Two candidates of which one answers sooner under load and the other writes faster: a rate of tokens hides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.stats.choice.contest import apart, is_invalid, workload_of
from seatrial.units import format_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.summary import CandidateSummary
    from seatrial.domain.values import Estimate


class _Shorter(NamedTuple):
    """Who has the shorter one, and its value against that of the other."""

    name: str
    shown: str


def trade_off(one: CandidateSummary, other: CandidateSummary, names: Sequence[str]) -> str:
    """A sentence where TTFT and TPOT point to different candidates beyond their intervals; else empty.

    `names`: loads that both ran; the one with the most users in which it is so is told.
    """
    valid = [name for name in names if not is_invalid(one, name) and not is_invalid(other, name)]
    by_load = sorted(valid, key=lambda name: -(workload_of(one, name).concurrency or 0))
    for name in by_load:
        ttft, tpot = _shorter(one, other, name, "ttft_s"), _shorter(one, other, name, "tpot_s")
        if ttft is not None and tpot is not None and ttft.name != tpot.name:
            return (
                f'Under load (means in "{name}") {ttft.name} has the shorter TTFT ({ttft.shown}), '
                f"{tpot.name} the shorter TPOT ({tpot.shown})."
            )
    return ""


def _shorter(one: CandidateSummary, other: CandidateSummary, name: str, metric: str) -> _Shorter | None:
    """None where they cannot be told apart."""
    ours, theirs = _mean(one, name, metric), _mean(other, name, metric)
    if ours is None or theirs is None or not apart(ours, theirs):
        return None
    low, high = sorted((ours.value, theirs.value))
    return _Shorter((one if low == ours.value else other).name, f"{format_s(low)} against {format_s(high)}")


def _mean(candidate: CandidateSummary, name: str, metric: str) -> Estimate | None:
    found = workload_of(candidate, name).metrics.get(metric)
    return None if found is None else found.mean
