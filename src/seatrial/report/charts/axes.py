"""Units, scales and axes: linear unless what is shown spans so much that only a logarithm shows it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.domain.values import Estimate
    from seatrial.report.charts.spec import Spec

LOG_FROM = 50
"""The largest of what is shown over the smallest, from which a logarithmic axis shows more."""


class Unit(NamedTuple):
    """What values are multiplied by to be drawn, and the unit on the axis."""

    factor: float
    name: str


def unit_of(metric: str, values: Iterable[float]) -> Unit:
    """Milliseconds or seconds for times, by the largest of `values`; what is counted per second for rates."""
    if metric.endswith("_per_s"):
        return Unit(1, f"{metric.removesuffix('_per_s').split('_')[-1]}/s")
    return Unit(1e3, "ms") if max(values, default=0.0) < 2 else Unit(1, "s")


def interval(estimate: Estimate, unit: Unit, *, log: bool) -> tuple[float | None, float | None]:
    """The ends of an interval as drawn; None where it has none.

    On a logarithmic axis, which has no place for 0, an interval that reaches it ends at the value.
    """
    low, high = estimate.low, estimate.high
    if low is None or high is None:
        return None, None
    return (estimate.value if log and low <= 0 else low) * unit.factor, high * unit.factor


def needs_log(values: Iterable[float]) -> bool:
    """Whether values span so much that a linear axis would show the small ones as one."""
    positive = [value for value in values if value > 0]
    return bool(positive) and max(positive) / min(positive) > LOG_FROM


def quantity(title: str, unit: str, *, log: bool) -> str:
    """The title of an axis: `TTFT (ms, log scale)`."""
    return f"{title} ({unit}, log scale)" if log else f"{title} ({unit})"


def value_scale(*, log: bool) -> Spec:
    return {"type": "log", "nice": False, "padding": 10} if log else {"zero": True, "nice": True}


def value_axis(values: Iterable[float], *, log: bool) -> Spec:
    """An axis for `values` that are not zoomed into: of a logarithmic one only a few lines, at 1, 2 and 5."""
    axis: Spec = {"format": ",.4~r"} if log else {"format": ",.4~r", "tickCount": 6}
    positive = [value for value in values if value > 0]
    if log and positive:
        decades = range(math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive))) + 1)
        steps = (1, 2, 5) if len(decades) <= 4 else (1,)
        axis["values"] = [step * 10.0**decade for decade in decades for step in steps]
    return axis


def bars_px(bars: int, groups: int) -> int:
    """The height of a chart of horizontal bars or dots in groups."""
    return bars * 17 + groups * 11
