"""Numbers as options take them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click import Context, Parameter

MOST_PER_S = 1e6
MOST_TOKENS = 10_000_000


class FiniteRange(click.FloatRange):
    """click's range without `nan`, which no comparison refuses, and without `inf`."""

    def convert(self, value: Any, param: Parameter | None, ctx: Context | None) -> Any:
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value!r} is no finite number.", param, ctx)
        return number


RATE = FiniteRange(0, MOST_PER_S, min_open=True)
TOKENS = FiniteRange(1, MOST_TOKENS)
