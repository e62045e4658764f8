"""A published number: what every other record of results is made of."""

from __future__ import annotations

from dataclasses import dataclass

Z80 = 1.2816
"""Standard deviations from the middle of an 80 % interval to its ends."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A published number: value, 95 % interval (None: cannot be given from n), and n."""

    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Range:
    """A prediction: value and the bounds of its 80 % interval. Where a figure is exact the three are equal."""

    value: float
    low: float
    high: float

    @classmethod
    def exact(cls, value: float) -> Range:
        return cls(value, value, value)

    def scaled(self, factor: float) -> Range:
        """The range of `factor` (at least 0) times the quantity."""
        return Range(self.value * factor, self.low * factor, self.high * factor)

    def __add__(self, other: Range) -> Range:
        """The sum of two quantities that are off together, as one cause moves both."""
        return Range(self.value + other.value, self.low + other.low, self.high + other.high)
