"""A published number: what every other record of results is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A published number: value, 95 % interval (None: cannot be given from n), and n."""

    value: float
    low: float | None
    high: float | None
    n: int
