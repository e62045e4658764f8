"""Crossings, and that there are none, as sentences."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from seatrial.stats.choice.load_curves import CONCURRENCY
from seatrial.words import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.answer import Crossing
    from seatrial.stats.choice.crossing import Curve

METRICS = {
    "output_tokens_per_s": "output tokens/s",
    "ttft_s": "TTFT",
    "tpot_s": "TPOT",
    "e2e_s": "time to complete",
}
_AHEAD = {
    "output_tokens_per_s": "makes more output tokens/s",
    "ttft_s": "has the shorter TTFT",
    "tpot_s": "has the shorter TPOT",
    "e2e_s": "completes sooner",
}
NOWHERE = (
    "Where candidates cross cannot be told: they share no workload at several numbers of users; the suites quick "
    "and cold-warm have such"
)


def crossing_told(crossing: Crossing) -> str:
    """`a makes more output tokens/s for one user, b from 4 at once: they cross between 1 and 4 (quick)`."""
    until, since = _up_to(crossing.low, crossing.x), _at(crossing.high, crossing.x)
    return (
        f"{crossing.before} {_AHEAD[crossing.metric]} {until}, {crossing.after} from {since}: they cross between "
        f"{crossing.low:g} and {crossing.high:g} ({crossing.series})"
    )


def none_told(curve: Curve) -> str:
    """Why no crossing is reported for this curve."""
    sides = curve.sides
    levels = f"between {curve.levels[0]:g} and {_at(curve.levels[-1], curve.x)} ({curve.series})"
    what = METRICS[curve.metric]
    if not any(sides):
        cause = (
            "at no level is one clearly ahead"
            if curve.has_intervals
            else "no level has requests enough for an interval"
        )
        return f"Whether {curve.one} and {curve.other} cross in {what} {levels} cannot be told: {cause}"
    ahead, behind = (curve.one, curve.other) if sum(sides) > 0 else (curve.other, curve.one)
    if all(sides):
        return f"No crossing in {what} {levels}: {ahead} is ahead of {behind} at every level"
    rest = "elsewhere they cannot be told apart"
    return f"No crossing seen in {what} {levels}: {ahead} is ahead of {behind} at {_clear(curve)}; {rest}"


def none_in(curves: Sequence[Curve]) -> list[str]:
    """One sentence on all `curves` of two candidates, none of which has a crossing; empty for no curves."""
    if not curves:
        return []
    metrics = joined(dict.fromkeys(METRICS[curve.metric] for curve in curves))
    series = joined(dict.fromkeys(curve.series for curve in curves))
    return [f"No crossing of {curves[0].one} and {curves[0].other} is seen in {metrics} ({series})"]


def _clear(curve: Curve) -> str:
    """The levels at which one is clearly ahead; three or more in a row as `4 to 8`."""
    told = []
    for is_clear, run in groupby(zip(curve.levels, curve.sides, strict=True), key=lambda pair: pair[1] != 0):
        levels = [f"{level:g}" for level, _ in run]
        if is_clear:
            told += [f"{levels[0]} to {levels[-1]}"] if len(levels) > 2 else levels
    return joined(told)


def _at(level: float, x: str) -> str:
    return f"{level:g} at once" if x == CONCURRENCY else f"{level:g} requests/s"


def _up_to(level: float, x: str) -> str:
    return "for one user" if x == CONCURRENCY and level == 1 else f"up to {_at(level, x)}"
