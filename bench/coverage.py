"""How often the 95 % intervals hold the truth: writes docs/coverage.md. `--trials N` (default 1,500 per cell)."""

from __future__ import annotations

import argparse
import string
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seatrial.testing.coverage import count_series, count_stream
from seatrial.testing.series import SERIES, STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.testing.coverage import Count

OUT = Path(__file__).parents[1] / "docs" / "coverage.md"
LENGTHS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 20_000)
WINDOWS_S = (20, 50, 100, 200, 500, 1_000)
SEED = 4
# An interval is said to be given from where at least so many trials get one; below, it depends on luck which do.
GIVEN = 0.9

_TEMPLATE = string.Template("""\
# How often the intervals hold the truth

Written by `python bench/coverage.py`; nothing here is typed in by hand but these words. Each cell is $trials
trials (seed $seed) of a series whose true mean and quantiles are known by formula, put through the same functions
as the requests of a run. A 95 % interval that is honest holds the truth in 95 % of them; with $trials trials the
count itself is good to about +- $error.

A cell says how many of the intervals given held the truth, in percent. Where fewer than 99 % of the trials were
given an interval, the share that was stands behind it in brackets. `-`: the quantile itself is not published from
so few values, or no interval was ever given. **Bold**: the interval was given in at least $given of the trials.

Of the bold cells $inside in $bold lie within 92 and 97 %; the lowest is $lowest, the highest $highest.

## Means and quantiles

n values in order of time. AR(1) has normal values of which neighbours correlate by 0.5 or 0.9: for a mean, n are
worth n / 3 or n / 19 independent ones. M/M/1 are the times in a queue with Poisson arrivals and exponential
service at half and at four fifths of what it can take: n are worth about n / 7 and n / 79, and the values are
skewed besides. The log-normal has sigma 1, which is far more skewed than latencies mostly are.

$series

## Rates

Events in a window, of the length given. The second stream is the tokens of answers that overlap, 40 tokens over
two seconds each, 80 tokens/s in all; the third is at 5 or at 15 events/s, by turns of 2 s on average.

$streams

## From where on an interval is given

The smallest n in the table at which at least $given of the trials get an interval. p95 and p99 are published from
200 and 1,000 values on in any case.

$starts

## What to take from it

* Independent requests: intervals hold from the start. From fewer than about 200 they are on the wide side, the
  price of looking whether the requests depend on each other.
* Requests that depend on each other: an interval is given once the series is worth some 25 to 60 independent
  requests (for a tail quantile more, as what lies beyond it must be worth something too). Where nearly all trials
  get one, it holds.
* In between, where some trials get one and others do not, those that do are those in which the dependence
  happened to look weak, and their intervals are too narrow: the low counts in cells that are not bold. A method
  that sees only the series cannot tell these from a series that is weakly dependent. Of all trials of a cell, at
  most $false were given an interval that missed ($worst).
* So do not lean on an interval from a few dozen requests that queued behind each other: so short a run cannot show
  how closely they depend on each other. A longer one can.
""")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1_500)
    trials: int = parser.parse_args().trials
    rng = np.random.default_rng(SEED)
    series = {(name, n): count_series(s, n, trials, rng) for name, s in SERIES.items() for n in LENGTHS}
    streams = {
        (name, s): {"rate": count_stream(x, s, trials, rng)} for name, x in STREAMS.items() for s in WINDOWS_S
    }
    sure = [c.coverage for cells in (series | streams).values() for c in cells.values() if c and _is_given(c)]
    every = [(at, key, c) for at, cells in series.items() for key, c in cells.items() if c]
    worst = max(every, key=lambda cell: _missed(cell[2]))
    OUT.write_text(
        _TEMPLATE.substitute(
            trials=f"{trials:,}",
            seed=SEED,
            error=f"{2 * np.sqrt(0.95 * 0.05 / trials):.1%}".replace("%", " %"),
            given=f"{GIVEN:.0%}".replace("%", " %"),
            inside=sum(0.92 <= coverage <= 0.97 for coverage in sure),
            bold=len(sure),
            lowest=f"{min(sure):.1%}".replace("%", " %"),
            highest=f"{max(sure):.1%}".replace("%", " %"),
            series=_table(("series", "n", "mean", "p50", "p95", "p99"), _rows(series)),
            streams=_table(("stream", "window, s", "rate"), _rows(streams)),
            starts=_table(("series", "mean", "p50", "p95", "p99"), _starts(series)),
            false=f"{_missed(worst[2]):.0%}".replace("%", " %"),
            worst=f"{worst[1]} of {worst[0][0]}, n = {worst[0][1]:,}",
        ),
        "utf-8",
    )


def _is_given(count: Count) -> bool:
    return count.given >= GIVEN * count.trials


def _missed(count: Count) -> float:
    """The share of all trials that were given an interval without the truth in it."""
    return (count.given - count.held) / count.trials


def _rows(counts: dict[tuple[str, int], dict[str, Count | None]]) -> Iterator[tuple[str, ...]]:
    for (name, n), cells in counts.items():
        yield name, f"{n:,}", *(_cell(count) for count in cells.values())


def _cell(count: Count | None) -> str:
    if count is None or not count.given:
        return "-"
    text = f"{100 * count.coverage:.1f}"
    share = 100 * count.given / count.trials
    behind = "" if share >= 99 else f" ({'<1' if share < 1 else f'{share:.0f}'})"
    return (f"**{text}**" if _is_given(count) else text) + behind


def _starts(counts: dict[tuple[str, int], dict[str, Count | None]]) -> Iterator[tuple[str, ...]]:
    for name in SERIES:
        of_series = [(n, counts[name, n]) for n in LENGTHS]
        yield name, *(_start([(n, cells[key]) for n, cells in of_series]) for key in ("mean", "p50", "p95", "p99"))


def _start(cells: Sequence[tuple[int, Count | None]]) -> str:
    enough = [n for n, count in cells if count is not None and _is_given(count)]
    return f"{min(enough):,}" if enough else f"more than {LENGTHS[-1]:,}"


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
