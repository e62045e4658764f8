"""One metric of two sides judged: its ratio, the word for it, and how many more requests would tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seatrial.domain.comparison import Call, MetricChange
from seatrial.domain.values import Estimate
from seatrial.stats.compare.cell import Cell, ratio_of
from seatrial.stats.compare.ratio import Logged, estimate_of
from seatrial.words import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

# No more requests than a spec may ask for.
MOST_REQUESTS = 10_000_000
_STEPS = 40


def call_of(ratio: Logged, margin: float, *, more_is_better: bool) -> Call:
    """The word that the interval of the ratio allows; one end is enough where it is the one that matters."""
    low, high, within = ratio.value - ratio.down, ratio.value + ratio.up, math.log1p(margin)
    if -within <= low and high <= within:
        return Call.SAME
    if low <= 0 <= high:
        return Call.CANNOT_TELL
    return Call.BETTER if (low > 0) == more_is_better else Call.WORSE


def change_of(cell: Cell, tail: float, margin: float) -> MetricChange:
    """The verdict on a cell at level 1 - `tail`."""
    ratio = ratio_of(cell, tail)
    base, new = _ends(cell)
    if ratio is None:
        short = cell.to_be_given
        more = None if short is None else _round_up(max(1, short - cell.requests))
        note = cell.definitions or f"not given, it takes {short:,} requests"
        return MetricChange(cell.metric.key, base, new, None, Call.CANNOT_TELL, more, note)
    call = call_of(ratio, margin, more_is_better=cell.metric.more_is_better)
    more = requests_needed(cell, tail, margin) if call is Call.CANNOT_TELL else None
    runs = None
    if cell.runs > 1 and more is not None and cell.requests:
        runs = math.ceil(more / cell.requests)
        more = runs * cell.requests
    estimate = estimate_of(ratio, len(cell.faced))
    return MetricChange(cell.metric.key, base, new, estimate, call, more, _note(cell), runs)


def requests_needed(cell: Cell, tail: float, margin: float) -> int | None:
    """How many more requests per side would let the same ratio be judged, rounded up to two digits.

    Intervals shrink with the root of the number of requests (those of shares as Wilson's do; between runs, with
    more runs of the same length). Where a quantile has no interval: how many would give it one. None where there is
    nothing to go by, or more than 10 million would not do.
    """
    made = cell.requests * cell.runs
    if not cell.is_told and cell.to_be_given is not None:
        return _round_up(max(1, cell.to_be_given - cell.requests))
    if not made or not cell.is_told:
        return None

    def tells(growth: float) -> bool:
        ratio = ratio_of(cell, tail, growth)
        better = cell.metric.more_is_better
        return ratio is not None and call_of(ratio, margin, more_is_better=better) is not Call.CANNOT_TELL

    high = 2.0
    while not tells(high):
        high *= 2
        if made * high > MOST_REQUESTS:
            return None
    low = high / 2
    for _ in range(_STEPS):
        middle = math.sqrt(low * high)
        low, high = (low, middle) if tells(middle) else (middle, high)
    return _round_up(made * (high - 1))


def _ends(cell: Cell) -> tuple[Estimate | None, Estimate | None]:
    """Base and new as they were measured, where there is no other load."""
    if len(cell.faced) != 1 or cell.left_out:
        return None, None
    return _typical(cell.faced[0].base), _typical(cell.faced[0].new)


def _typical(runs: Sequence[Estimate]) -> Estimate | None:
    """The one run, or the geometric mean of several: the ratio of the sides is that of these. None with a 0."""
    if len(runs) == 1:
        return runs[0]
    if min(run.value for run in runs) <= 0:
        return None
    middle = math.exp(sum(math.log(run.value) for run in runs) / len(runs))
    return Estimate(middle, None, None, len(runs))


def _note(cell: Cell) -> str:
    if not cell.is_told:
        return "too few independent requests for an interval"
    if cell.metric.is_share and any(e.value == 0 for faced in cell.faced for side in faced for e in side):
        return "none at all is counted as half a request"
    if cell.left_out:
        return f"without {listed(cell.left_out, 3)}: not given there, or not with an interval"
    return ""


def _round_up(count: float) -> int:
    """To two significant digits: an estimate of a need has no more."""
    whole = math.ceil(count)
    step: int = 10 ** max(0, len(str(whole)) - 2)
    return math.ceil(whole / step) * step
