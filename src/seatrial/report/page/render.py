"""From a view to one HTML page."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from seatrial.report.charts.theme import theme
from seatrial.report.page.inline import asset, inert_json, policy, vega_bundle
from seatrial.report.page.sorting import is_sortable, size
from seatrial.report.palette import colours

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.report.view import Cell, Chart, Table, View

LONGEST_FIGURE = 40
"""Letters of a figure with its interval; what is longer is a sentence."""


def render_html(view: View) -> str:
    """The whole page as text; the same view gives the same page.

    With charts in it the page holds a bundle of Vega (0.9 MB), which takes some seconds to make once a process.
    """
    charts = [chart for section in view.sections for chart in section.charts]
    style = asset("page.css") + _heights(charts) + _swatches(view.candidates)
    scripts = [*([vega_bundle()] if charts else []), asset("page.js")]
    return _environment().get_template("report.html.jinja").render(
        view=view,
        anchors=_anchors(view),
        policy=policy(scripts, [style]),
        style=style,
        scripts=scripts,
        chart_theme=theme() if charts else None,
        places={name: place for place, name in enumerate(view.candidates)},
    )  # fmt: skip


def _heights(charts: list[Chart]) -> str:
    """The room kept for each chart, so that nothing moves when it is drawn."""
    return "".join(f"\n#plot-{chart.id} {{ min-height: {chart.height_px}px; }}" for chart in charts)


def _swatches(candidates: Iterable[str]) -> str:
    """The colour of each candidate, by its place."""
    found = colours(candidates).values()
    return "".join(f"\n.swatch-{place} {{ background: {colour}; }}" for place, colour in enumerate(found))


def _anchors(view: View) -> list[str]:
    """An id for each section, made of its heading, each different."""
    found: list[str] = []
    for section in view.sections:
        slug = re.sub(r"[^a-z0-9]+", "-", section.heading.lower()).strip("-") or "section"
        while slug in found:
            slug += "-2"
        found.append(slug)
    return found


@cache
def _environment() -> Environment:
    environment = templates_of("seatrial.report.page")
    environment.filters |= {
        "tame_lines": tame_lines,
        "inert_json": inert_json,
        "sort_value": _sort_value,
        "depth": _depth,
        "wordy": _wordy,
    }
    environment.tests |= {"sortable": is_sortable}
    return environment


def templates_of(package: str) -> Environment:
    """The templates of a package: what is put into them is text, never markup, and `tame` makes it fit to print."""
    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["tame"] = tame
    return environment


def tame(text: str) -> str:
    """What others said, without control characters, text direction marks and what UTF-8 cannot carry."""
    return "".join(char if char.isprintable() else " " for char in text)


def tame_lines(text: str) -> str:
    return "\n".join(map(tame, text.split("\n")))


def _sort_value(text: str) -> str:
    found = size(text)
    return "" if found is None else text if found.value is None else repr(found.value)


def _wordy(table: Table) -> set[int]:
    """The columns that hold sentences: all of such a column is set as text."""
    return {place for row in table.rows for place, cell in enumerate(row.cells) if len(cell.text) > LONGEST_FIGURE}


def _depth(cell: Cell) -> int:
    """How far a line is indented: one that begins with blanks belongs to the one before it."""
    return 1 if cell.text.startswith(" ") else 0
