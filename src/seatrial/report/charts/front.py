"""Cost against speed, where a run weighed both: who is on the front, and who is beaten in both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.report import figures
from seatrial.report.charts import axes, cells, spec, words
from seatrial.report.palette import NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.answer import Standing
    from seatrial.domain.summary import RunSummary
    from seatrial.domain.values import Estimate
    from seatrial.report.view import Chart

HEIGHT_PX = 240
X, Y = "cost", "speed"


def front(run: RunSummary) -> tuple[Chart, ...]:
    """None unless two candidates have both scores."""
    standings = [s for s in (run.answer.standings if run.answer else ()) if s.scores.get(X) and s.scores.get(Y)]
    if len(standings) < 2:
        return ()
    names = [candidate.name for candidate in run.candidates]
    look = spec.look(names)
    shown = {standing.candidate for standing in standings}
    left_out = [look.label[name] for name in names if name not in shown]
    title = "Speed against cost"
    alt = _alt(title, standings, look, left_out)
    return (spec.chart("front", title, alt, _body(standings, _without(look, left_out)), HEIGHT_PX),)


def _without(look: spec.Look, left_out: Sequence[str]) -> spec.Look:
    """The same colours and shapes, but a legend of only those that have a mark."""
    return look._replace(colour=_of_others(look.colour, left_out), shape=_of_others(look.shape, left_out))


def _of_others(encoding: spec.Spec, left_out: Sequence[str]) -> spec.Spec:
    scale = encoding["scale"]
    kept = [pair for pair in zip(scale["domain"], scale["range"], strict=True) if pair[0] not in left_out]
    return encoding | {
        "scale": scale | {"domain": [label for label, _ in kept], "range": [mark for _, mark in kept]}
    }


def _score(standing: Standing, name: str) -> Estimate:
    estimate = standing.scores[name]
    assert estimate is not None
    return estimate


def _body(standings: Sequence[Standing], look: spec.Look) -> spec.Spec:
    x = {
        "type": "quantitative",
        "title": "cost (USD per million output tokens)",
        "scale": {"zero": True},
        "axis": {"tickCount": 6},
    }
    y = {"type": "quantitative", "title": "speed (times the fastest of all)", "scale": {"zero": True}}
    rows = [_row(standing, look) for standing in standings]
    best = sorted((row for row in rows if row["f"] == "on the front"), key=lambda row: float(row["x"]))
    return {
        "layer": [
            {
                "data": cells.rows({"x": row["x"], "y": row["y"]} for row in best),
                "mark": {"type": "line", "strokeDash": [3, 3], "strokeWidth": 1.5, "color": NEUTRAL, "aria": False},
                "encoding": {"x": {"field": "x", **x}, "y": {"field": "y", **y}, "order": {"field": "x"}},
            },
            {
                "data": cells.rows(rows),
                "encoding": {"color": look.colour},
                "layer": _dot_layers(x, y, look),
            },
        ],
    }


def _dot_layers(x: spec.Spec, y: spec.Spec, look: spec.Look) -> list[spec.Spec]:
    """A dot per candidate, with its intervals along both axes."""
    rule = {"type": "rule", "strokeWidth": 3, "opacity": 0.5, "strokeCap": "round", "aria": False}
    return [
        {
            "transform": [{"filter": "isValid(datum.xl)"}],
            "mark": rule,
            "encoding": {"x": {"field": "xl", **x}, "x2": {"field": "xh"}, "y": {"field": "y", **y}},
        },
        {
            "transform": [{"filter": "isValid(datum.yl)"}],
            "mark": rule,
            "encoding": {"x": {"field": "x", **x}, "y": {"field": "yl", **y}, "y2": {"field": "yh"}},
        },
        {
            "params": [spec.movable("x", "y")],
            "mark": {"type": "point", "filled": True, "size": 130, "opacity": 1},
            "encoding": {
                "x": {"field": "x", **x},
                "y": {"field": "y", **y},
                "shape": look.shape,
                "tooltip": spec.tooltip(c="candidate", t="cost", u="speed", f="it is"),
            },
        },
    ]


def _row(standing: Standing, look: spec.Look) -> dict[str, Any]:
    cost, speed = _score(standing, X), _score(standing, Y)
    one = axes.Unit(1, "")
    (xl, xh), (yl, yh) = axes.interval(cost, one, log=False), axes.interval(speed, one, log=False)
    return {
        "c": look.label[standing.candidate],
        "x": cost.value, "xl": xl, "xh": xh, "y": speed.value, "yl": yl, "yh": yh,
        "t": f"{figures.number(cost)} USD per million tokens", "u": f"{figures.number(speed)} times the fastest",
        "f": "on the front" if standing.on_front else "not on the front",
    }  # fmt: skip


def _alt(title: str, standings: Sequence[Standing], look: spec.Look, left_out: Sequence[str]) -> str:
    told = [
        f"{look.label[s.candidate]} {figures.number(_score(s, Y))} times the fastest at"
        f" {figures.number(_score(s, X))} USD per million output tokens{', on the front' if s.on_front else ''}"
        for s in standings
    ]
    rest = (
        f" Without a cost or a speed, and so not shown: {words.listed(left_out, 6, 'candidate')}."
        if left_out
        else ""
    )
    return f"{title}: {words.listed(told, 6, 'candidate')}.{rest}"
