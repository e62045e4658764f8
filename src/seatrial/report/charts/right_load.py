"""Quality under load: the share that was right, with Wilson's intervals, at rising concurrency."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.report import figures
from seatrial.report.charts import axes, cells, spec, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.quality import QualitySummary
    from seatrial.domain.values import Estimate
    from seatrial.report.view import Chart

HEIGHT_PX = 210


class Pass(NamedTuple):
    """One pass of a candidate over a set, at one concurrency."""

    candidate: str
    concurrency: int | None
    quality: QualitySummary


def percents(share: Estimate) -> dict[str, float | None]:
    """A share as `v` with its interval `l` to `h`, in percent."""
    low, high = axes.interval(share, axes.Unit(100, "%"), log=False)
    return {"v": share.value * 100, "l": low, "h": high}


def under_load(passes: Sequence[Pass], look: spec.Look) -> Iterator[Chart]:
    """Whether answers get worse when an engine works on several at once."""
    points = [(one, one.quality.accuracy) for one in passes if one.concurrency and one.quality.accuracy is not None]
    loads = sorted({one.concurrency for one, _ in points if one.concurrency is not None})
    if len(loads) < 2:
        return
    title = "Right answers under load"
    y = {"type": "quantitative", "title": "right answers (%)", "scale": {"zero": False}}
    rows = [
        {
            "x": one.concurrency, "c": look.label[one.candidate], **percents(accuracy),
            "t": figures.percent(accuracy), "d": _changed(one.quality),
        }
        for one, accuracy in points
    ]  # fmt: skip
    body = {
        "data": cells.rows(rows),
        "encoding": {
            "x": {
                "field": "x",
                "type": "ordinal",
                "title": "requests in flight",
                "axis": {"labelAngle": 0},
            },
            "xOffset": {"field": "c", "sort": list(look.label.values())},
            "color": look.colour,
        },
        "layer": spec.dots_with_intervals(
            "y", y, look, spec.tooltip(c="candidate", x="requests in flight", t="right", d="answers changed")
        ),
    }
    told = [
        f"{look.label[one.candidate]} {figures.percent(accuracy)} at {one.concurrency}" for one, accuracy in points
    ]
    alt = f"{title}, with 95 % intervals: {words.listed(told, 8, 'pass')} requests in flight."
    yield spec.chart("quality-under-load", title, alt, body, HEIGHT_PX)


def _changed(quality: QualitySummary) -> str:
    return figures.UNKNOWN if quality.changed is None else str(len(quality.changed))
