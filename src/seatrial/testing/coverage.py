"""How often intervals hold a truth that is known: what tests/stats and bench/coverage.py count."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.stats.estimate import QUANTILES, distribution
from seatrial.stats.rates import Window, rate
from seatrial.stats.turns import Events

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seatrial.domain.values import Estimate
    from seatrial.testing.loads import Load
    from seatrial.testing.series import Rows, Series, Stream

# So many values are drawn at once at most: 16 MB of them.
DRAWN_AT_ONCE = 2_000_000


class Count(NamedTuple):
    """Of `trials`, those whose estimate was `given` an interval, and of these the ones that `held` the truth."""

    trials: int
    given: int
    held: int

    @property
    def coverage(self) -> float:
        """The share of the intervals given that hold the truth; NaN where none is given."""
        return self.held / self.given if self.given else float("nan")


class Repeats(NamedTuple):
    """The intervals over repeats as `counted`; how far one reaches (the median) and how far it should have to, 1.96
    standard deviations over the repeats, both as shares of the mean.
    """

    counted: Count
    reach: float
    needed: float


def count(estimates: Iterable[Estimate | None], truth: float) -> Count | None:
    """The count over trials; None where the estimate itself is not published from so few values."""
    found = [estimate for estimate in estimates if estimate is not None]
    given = [(e.low, e.high) for e in found if e.low is not None and e.high is not None]
    held = sum(low <= truth <= high for low, high in given)
    return Count(len(found), len(given), held) if found else None


def count_series(series: Series, n: int, trials: int, rng: np.random.Generator) -> dict[str, Count | None]:
    """For the mean and the quantiles of n values in order of time."""
    sequence = np.arange(n)
    found = [distribution(row, sequence=sequence) for row in _rows(series, n, trials, rng)]
    truths = {"mean": series.mean, **{name: series.quantile(q) for name, q in QUANTILES.items()}}
    return {name: count((getattr(f, name) for f in found), truth) for name, truth in truths.items()}


def count_stream(stream: Stream, length_s: float, trials: int, rng: np.random.Generator) -> Count | None:
    """For the rate of events within a window."""
    window = Window(0.0, length_s)
    return count((rate(_events(stream.draw(rng, length_s)), window) for _ in range(trials)), stream.per_s)


def count_load(load: Load, n: int, trials: int, rng: np.random.Generator) -> dict[str, Repeats]:
    """For the rates of a load of n requests. The truth is the mean over all trials: what a repeat comes to."""
    drawn = [load.draw(rng, n) for _ in range(trials)]
    return {
        "output_tokens_per_s": _repeats([rate(t.tokens, t.window, t.turns) for t in drawn]),
        "requests_per_s": _repeats([rate(t.completions, t.window, t.turns) for t in drawn]),
    }


def _repeats(estimates: list[Estimate]) -> Repeats:
    values = np.array([e.value for e in estimates])
    reach = [(e.high - e.low) / 2 for e in estimates if e.low is not None and e.high is not None]
    held = count(estimates, float(values.mean())) or Count(0, 0, 0)
    return Repeats(held, float(np.median(reach)) / float(values.mean()), 1.96 * float(values.std() / values.mean()))


def _events(times_s: Rows) -> Events:
    return Events(times_s, np.ones(len(times_s)), np.zeros(len(times_s), dtype=np.int64))


def _rows(series: Series, n: int, trials: int, rng: np.random.Generator) -> Iterator[Rows]:
    at_once = max(1, DRAWN_AT_ONCE // n)
    for done in range(0, trials, at_once):
        yield from series.draw(rng, min(at_once, trials - done), n)
