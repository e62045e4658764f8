"""One look per candidate, the same in every chart: colour, shape and dash, so that grey print can be read, too.

The colours are those of Okabe and Ito (2008, "Color Universal Design"), which people with any colour vision can
tell apart, without black, which is lost on a dark page, the strongest on paper first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999")
SHAPES = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right")
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3), (12, 4), (4, 2, 1, 2), (1, 3))

PHASES = ("#F0E0C4", "#D9B06A", "#A87432", "#63401A")
"""Parts of a whole, first to last: one hue that darkens, told from candidates and from each other in grey."""
NEUTRAL = "#808080"
"""What belongs to no candidate; seen on light and on dark ground."""
FAILED = "#C0392B"


class Style(NamedTuple):
    colour: str
    shape: str
    dash: tuple[int, ...]


def styles(names: Iterable[str]) -> dict[str, Style]:
    """The look of each name by its place; from the eighth on colours come again, with another shape and dash."""
    return {name: _style(place) for place, name in enumerate(dict.fromkeys(names))}


def colours(names: Iterable[str]) -> dict[str, str]:
    """The colour of each name, as `styles` has it."""
    return {name: style.colour for name, style in styles(names).items()}


def _style(place: int) -> Style:
    lap = place // len(COLOURS)
    return Style(
        COLOURS[place % len(COLOURS)],
        SHAPES[(place + lap) % len(SHAPES)],
        DASHES[(place + lap) % len(DASHES)],
    )
