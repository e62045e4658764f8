"""Cost against the time of a token: a dot for each plan with both, and who is beaten in both."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from seatrial.report.charts import axes, cells, spec
from seatrial.report.charts.words import listed
from seatrial.report.palette import FAILED, NEUTRAL
from seatrial.report.plan import words
from seatrial.sizing import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.plan import Plan, Proposal, Speed
    from seatrial.report.view import Chart

MOST_DOTS = 40
HEIGHT_PX = 300
FRONT = "on the front"


def front_chart(proposal: Proposal) -> tuple[Chart, ...]:
    """A dot for each plan with a price and a speed; none unless there are two."""
    dots = [
        (place, plan, plan.speed, plan.cost.usd_per_month)
        for place, plan in enumerate(proposal.plans[:MOST_DOTS], 1)
        if plan.cost is not None and plan.speed is not None and isfinite(plan.speed.tpot_s.value)
    ]
    if len(dots) < 2:
        return ()
    title = "Cost against the time of a token"
    limit = next((each.limit for each in proposal.demand.slo.objectives if each.metric == "tpot_s"), None)
    return (spec.chart("front", title, _front_alt(title, dots), _front_body(dots, limit), HEIGHT_PX),)


Dot = tuple[int, "Plan", "Speed", float]


def _front_body(dots: Sequence[Dot], limit: float | None) -> spec.Spec:
    costs = [usd for _, _, _, usd in dots]
    ends = [end for _, _, speed, _ in dots for end in (speed.tpot_s.low, speed.tpot_s.high) if isfinite(end)]
    slow = [*ends, *([limit] if limit else [])]
    x_log, y_log = axes.needs_log(costs), axes.needs_log(slow)
    x = {
        "type": "quantitative",
        "title": axes.quantity("cost", "USD a month", log=x_log),
        "scale": axes.value_scale(log=x_log) | {"nice": False, "padding": 26},
        "axis": axes.value_axis(costs, log=x_log),
    }
    y = {
        "type": "quantitative",
        "title": axes.quantity("time per token", "ms", log=y_log),
        "scale": axes.value_scale(log=y_log),
        "axis": axes.value_axis([end * 1e3 for end in slow], log=y_log),
    }
    look = spec.look(list(dict.fromkeys(names.engine_name(plan.layout.engine) for _, plan, _, _ in dots)))
    rows = [_dot(dot, look) | {"f": _on_front(dot, dots)} for dot in dots]
    best = sorted((row for row in rows if row["f"]), key=lambda row: float(row["x"]))
    return {
        "layer": [
            {
                "data": cells.rows({"x": row["x"], "y": row["y"]} for row in best),
                "mark": {"type": "line", "strokeDash": [3, 3], "strokeWidth": 1.5, "color": NEUTRAL, "aria": False},
                "encoding": {"x": {"field": "x", **x}, "y": {"field": "y", **y}, "order": {"field": "x"}},
            },
            *([_limit_line(limit, y)] if limit else []),
            {
                "data": cells.rows(_with_front(rows)),
                "encoding": {"color": look.colour},
                "layer": _marks(x, y, look),
            },
        ],
    }


def _on_front(dot: Dot, dots: Sequence[Dot]) -> bool:
    """Whether no other is at least as cheap and as fast, and better in one of the two."""
    here = (dot[3], dot[2].tpot_s.value)
    others = ((usd, speed.tpot_s.value) for _, _, speed, usd in dots)
    return not any(usd <= here[0] and tpot <= here[1] and (usd, tpot) != here for usd, tpot in others)


def _with_front(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    told = {True: FRONT, False: "beaten in both by another"}
    return [row | {"f": told[row["f"]]} for row in rows]


def _limit_line(limit: float, y: spec.Spec) -> spec.Spec:
    return {
        "data": cells.rows([{"y": limit * 1e3, "t": f"limit {words.of_limit(limit)}"}]),
        "layer": [
            {
                "mark": {"type": "rule", "color": FAILED, "strokeWidth": 1.5, "aria": False},
                "encoding": {"y": {"field": "y", **y}},
            },
            {
                "mark": {"type": "text", "align": "right", "baseline": "bottom", "dy": -3, "fontSize": 11},
                "encoding": {"x": {"value": "width"}, "y": {"field": "y", **y}, "text": {"field": "t"}},
            },
        ],
    }  # fmt: skip


def _marks(x: spec.Spec, y: spec.Spec, look: spec.Look) -> list[spec.Spec]:
    """Interval, dot, and beside those on the front the place in the ranking: of all, it would be a blot."""
    at = {"x": {"field": "x", **x}, "y": {"field": "y", **y}}
    return [
        {
            "transform": [{"filter": "isValid(datum.l) && isValid(datum.h)"}],
            "mark": {"type": "rule", "strokeWidth": 3, "opacity": 0.4, "strokeCap": "round", "aria": False},
            "encoding": {"x": {"field": "x", **x}, "y": {"field": "l", **y}, "y2": {"field": "h"}},
        },
        {
            "params": [spec.movable("x", "y")],
            "mark": {"type": "point", "filled": True, "size": 120, "opacity": 1},
            "encoding": at
            | {
                "shape": look.shape,
                "tooltip": spec.tooltip(w="plan", c="engine", t="cost", u="per token", f="it is"),
            },
        },
        {
            "transform": [{"filter": f"datum.f === '{FRONT}'"}],
            "mark": {"type": "text", "align": "left", "dx": 9, "dy": -6, "fontSize": 11, "aria": False},
            "encoding": at | {"text": {"field": "n"}},
        },
    ]


def _dot(dot: Dot, look: spec.Look) -> dict[str, Any]:
    place, plan, speed, usd = dot
    low, high = (end * 1e3 if isfinite(end) else None for end in (speed.tpot_s.low, speed.tpot_s.high))
    return {
        "n": str(place),
        "c": look.label[names.engine_name(plan.layout.engine)],
        "w": spec.tame(f"{place}. {names.short_name(plan.layout, plan.replicas)}"),
        "x": usd, "y": speed.tpot_s.value * 1e3, "l": low, "h": high,
        "t": f"{words.usd(usd)} a month", "u": words.of_time(speed.tpot_s),
    }  # fmt: skip


def _front_alt(title: str, dots: Sequence[Dot]) -> str:
    told = [
        f"{place}. {names.short_name(plan.layout, plan.replicas)}: {words.usd(usd)} a month,"
        f" {words.of_time(speed.tpot_s)} per token"
        for place, plan, speed, usd in dots
    ]
    return f"{title}: {listed(told, 8, 'plan')}."
