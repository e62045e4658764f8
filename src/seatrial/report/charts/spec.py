"""What all charts are put together from.

Text of users (names of candidates, workloads, threads, causes) is only ever a value in the data or in the domain of
a scale: never the name of a field, and never a part of an expression. What is drawn of it is tamed first.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from seatrial.report.palette import styles
from seatrial.report.view import Chart

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Spec = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
"""A name that says how to read the specification; nothing is fetched from there."""
LONGEST_NAME = 48
NARROW = 44
"""Letters of a legend that a phone has room for in a line."""

_STROKES = {"symbolType": "stroke", "symbolSize": 400, "symbolStrokeWidth": 2.5, "symbolOpacity": 1}


def chart(chart_id: str, title: str, alt: str, body: Spec, height_px: int) -> Chart:
    """The chart of `body` (a single or layered view), as wide as the page lets it be."""
    spec = {
        "$schema": SCHEMA,
        "description": alt,
        "width": "container",
        "height": height_px,
        "autosize": {"type": "fit-x", "contains": "padding"},
        **body,
    }
    return Chart(chart_id, title, alt, spec, height_px + 90)


def at_width(spec: Spec, width_px: int) -> Spec:
    """The specification for a place of a known width (a file of its own): a copy, or as it is.

    Views below each other cannot follow a container; `usermeta.beside_px` is the room their axes need beside them.
    """
    sized = copy.copy(spec)
    if "vconcat" in spec:
        inner = width_px - int(spec["usermeta"]["beside_px"])
        sized["vconcat"] = [view | {"width": inner} for view in spec["vconcat"]]
    else:
        sized["width"] = width_px
    return sized


def tame(text: str) -> str:
    """`text` on one line, without what cannot be printed, no longer than a legend can bear."""
    shown = "".join(char if char.isprintable() else " " for char in text).strip() or "(no name)"
    return shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + "…"


def labels(names: Iterable[str]) -> dict[str, str]:
    """What is shown for each name: tamed, and different for different names."""
    shown: dict[str, str] = {}
    for name in names:
        if name not in shown:
            label, taken = tame(name), set(shown.values())
            number = 2
            while label in taken:
                label, number = f"{tame(name)} ({number})", number + 1
            shown[name] = label
    return shown


class Look(NamedTuple):
    """How candidates are shown: `label` by name, and encodings of the field `c`, which holds labels.

    `colour` and `shape` share a legend of marks, `stroke` and `dash` one of lines.
    """

    label: dict[str, str]
    colour: Spec
    shape: Spec
    stroke: Spec
    dash: Spec


def look(names: Sequence[str]) -> Look:
    """The look of all candidates of a run, in the run's order; a single one needs no legend."""
    label = labels(names)
    by_name = styles(names)

    def encoding(values: Sequence[Any], **legend: Any) -> Spec:
        return {
            "field": "c",
            "type": "nominal",
            "scale": {"domain": list(label.values()), "range": list(values)},
            "legend": {"title": None, "orient": "top", "columns": legend_columns(label.values())} | legend
            if len(label) > 1
            else None,
        }

    colours = [by_name[name].colour for name in label]
    dashes = [list(by_name[name].dash) for name in label]
    return Look(
        label,
        encoding(colours, symbolOpacity=1),
        encoding([by_name[name].shape for name in label], symbolOpacity=1),
        encoding(colours, **_STROKES),
        encoding(dashes, **_STROKES),
    )


def legend_columns(shown: Iterable[str]) -> int:
    """How many names stand side by side, so that a phone has room for them."""
    longest = max(map(len, shown), default=0)
    return 4 if longest <= NARROW / 4 else 2 if longest <= NARROW / 2 else 1


def unlisted(encoding: Spec, field: str) -> Spec:
    """`encoding` by the candidate's place instead of its label, and without a legend.

    Vega-Lite puts all that has one domain into one legend: dashes would be drawn around the marks of another.
    """
    scale = encoding["scale"] | {"domain": list(range(len(encoding["scale"]["domain"])))}
    return encoding | {"field": field, "scale": scale, "legend": None}


def movable(*encodings: str) -> Spec:
    """Drag to move, Ctrl and the wheel to zoom (the bare wheel scrolls the page), double-click to reset."""
    return {
        "name": "move",
        "select": {
            "type": "interval",
            "encodings": list(encodings),
            "zoom": "wheel![event.ctrlKey || event.metaKey]",
        },
        "bind": "scales",
    }


def chooser(name: str, title: str, options: Sequence[str], first: int) -> Spec:
    """A list to choose from, whose value is the place of the chosen one."""
    return {
        "name": name,
        "value": first,
        "bind": {
            "input": "select", "options": list(range(len(options))), "labels": list(options), "name": f"{title} "
        },
    }  # fmt: skip


def tooltip(**titles: str) -> list[Spec]:
    """A tooltip of fields whose values are text (or whole numbers) already, each with its title."""
    return [{"field": field, "title": title} for field, title in titles.items()]


def unseen_dots(tooltips: Sequence[Spec], *movable_along: str, size: int = 60) -> Spec:
    """A layer of dots that only show their tooltips, over the lines of a chart that can be moved."""
    return {
        "params": [movable(*movable_along)],
        "mark": {"type": "point", "filled": True, "opacity": 0, "size": size, "aria": False, "clip": True},
        "encoding": {"tooltip": list(tooltips)},
    }


def dots_with_intervals(along: str, axis: Spec, look: Look, tooltips: list[Spec]) -> list[Spec]:
    """Layers of a dot at `v` and a bar from `l` to `h`, where there are such, `along` the x or the y axis."""
    return [
        {
            "transform": [{"filter": "isValid(datum.l)"}],
            "mark": {"type": "rule", "strokeWidth": 4, "opacity": 0.5, "strokeCap": "round", "aria": False},
            "encoding": {along: {"field": "l", **axis}, f"{along}2": {"field": "h"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 75, "opacity": 1},
            "encoding": {along: {"field": "v", **axis}, "shape": look.shape, "tooltip": tooltips},
        },
    ]


def name_axis(names: Iterable[str]) -> Spec:
    """The rows of a chart of dots, in the order of `names`, each with room for several candidates."""
    return {
        "field": "w",
        "type": "nominal",
        "sort": list(names),
        "title": None,
        "axis": {"labelLimit": 130, "tickBand": "extent", "grid": True},
        "scale": {"paddingInner": 0.3, "paddingOuter": 0.15},
    }
