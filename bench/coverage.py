"""How often the 95 % intervals hold the truth: writes docs/coverage.md. `--trials N` (default 1,500 per cell)."""

from __future__ import annotations

import argparse
import math
import string
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seatrial.testing.coverage import count_load, count_series, count_stream
from seatrial.testing.loads import LOADS
from seatrial.testing.series import SERIES, STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.testing.coverage import Count, Repeats

OUT = Path(__file__).parents[1] / "docs" / "coverage.md"
LENGTHS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 20_000)
WINDOWS_S = (20, 50, 100, 200, 500, 1_000)
REQUESTS = (20, 50, 200, 1_000)
SEED = 4
# An interval is said to be given from where at least so many trials get one; below, it depends on luck which do.
GIVEN = 0.9
# A cell below this is pointed out: more trials missed than chance and rounding explain.
HONEST = 0.92
ENOUGH = 100

_TEMPLATE = string.Template("""\
# How often the intervals hold the truth

Written by `python bench/coverage.py`; nothing here is typed in by hand but these words. Each cell is $trials
trials (seed $seed) of a series whose true mean and quantiles are known by formula, put through the same functions
as the requests of a run. A 95 % interval that is honest holds the truth in 95 % of them; with $trials trials the
count itself is good to about +- $error.

A cell says how many of the intervals given held the truth, in percent. Where fewer than 99 % of the trials were
given an interval, the share that was stands behind it in brackets. `-`: the quantile itself is not published from
so few values, or no interval was ever given. **Bold**: fewer than 92 % held it. Above 97 % an interval is wider
than it had to be.

In $held of $cells cells 92 % or more held it. The lowest of means and medians is $lowest from n = 100 on
($lowest_at), and $least from fewer ($least_at).

## Means and quantiles

n values in order of time. AR(1) has normal values of which neighbours correlate by 0.5 or 0.9: for a mean, n are
worth n / 3 or n / 19 independent ones. M/M/1 are the times in a queue with Poisson arrivals and exponential
service at half and at four fifths of what it can take: n are worth about n / 7 and n / 79, and the values are
skewed besides. The log-normal has sigma 1, which is far more skewed than latencies mostly are. In lockstep eight
users share a batch: 80 % of the variance is common to eight neighbours. The sawtooth rises over some 30 neighbours
and falls back; nothing else varies.

$series

## Rates

The rates of a run of n requests, or of as long as n take on average where it is cut after a time; answers take a
second on average. The truth is the mean over all trials. Behind each count stands how far the interval reaches
(the median) and how far it would have to, 1.96 standard deviations over the repeats.

$loads

Where requests do not make up the time, as under stages and overload, a rate is told from slices of time. Events in
a window, of the length given. The second stream is the tokens of answers that overlap, 40 tokens over
two seconds each, 80 tokens/s in all; the third is at 5 or at 15 events/s, by turns of 2 s on average.

$streams

## From where on a tail is given an interval

The smallest n in the table at which at least $given of the trials get one. Means and medians always do, from 6
values on; p95 and p99 are published from 200 and 1,000.

$starts

## What to take from it

* Independent requests: intervals hold from the start. From fewer than about 200 they are on the wide side, the
  price of looking whether the requests depend on each other.
* Requests that depend on each other and are worth 40 independent ones or more: intervals hold.
* In between, and where batches of any length depend on each other, the interval of a mean or a rate reaches as far
  as the mean of any eighth of the run (sixteenth, below 200) lies from that of all; that of a median likewise, at
  most from the least to the most. It is often several times wider than it would have to be, and narrow all the same
  where times hardly vary.
* Close to saturation no run of some hundred requests shows how far a queue can go. The low counts there are of runs
  in which the dependence happened to look weak.
* Rates hold as means do. Their intervals are little wider than repeats ask for, but two or three times as wide
  where users go in lockstep or neighbours depend on each other and requests are few. Too narrow are those of 20
  requests in lockstep, which are three events; of completions cut after a time with two or three for each user;
  and, by some thousandths of a percent, where answers take equally long.
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
    loads = {(name, n): count_load(x, n, trials, rng) for name, x in LOADS.items() for n in REQUESTS}
    every = [c for cells in (series | streams).values() for c in cells.values() if c and c.given]
    every += [cell.counted for cells in loads.values() for cell in cells.values()]
    centres = [(c, f"{key} of {name}, n = {n:,}", n) for (name, n), key, c in _centres(series)]
    lowest, least = (
        min(((c.coverage, at) for c, at, n in centres if (n >= ENOUGH) == enough)) for enough in (True, False)
    )
    OUT.write_text(
        _TEMPLATE.substitute(
            trials=f"{trials:,}",
            seed=SEED,
            error=_percent(2 * math.sqrt(0.95 * 0.05 / trials)),
            given=f"{GIVEN:.0%}".replace("%", " %"),
            held=sum(c.coverage >= HONEST for c in every),
            cells=len(every),
            lowest=_percent(lowest[0]),
            lowest_at=lowest[1],
            least=_percent(least[0]),
            least_at=least[1],
            series=_table(("series", "n", "mean", "p50", "p95", "p99"), _rows(series)),
            loads=_table(("load", "n", "output tokens/s", "requests/s"), _load_rows(loads)),
            streams=_table(("stream", "window, s", "rate"), _rows(streams)),
            starts=_table(("series", "p95", "p99"), _starts(series)),
        ),
        "utf-8",
    )


def _centres(
    series: dict[tuple[str, int], dict[str, Count | None]],
) -> Iterator[tuple[tuple[str, int], str, Count]]:
    for at, cells in series.items():
        for key in ("mean", "p50"):
            if count := cells[key]:
                yield at, key, count


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _is_given(count: Count) -> bool:
    return count.given >= GIVEN * count.trials


def _rows(counts: dict[tuple[str, int], dict[str, Count | None]]) -> Iterator[tuple[str, ...]]:
    for (name, n), cells in counts.items():
        yield name, f"{n:,}", *(_cell(count) for count in cells.values())


def _load_rows(loads: dict[tuple[str, int], dict[str, Repeats]]) -> Iterator[tuple[str, ...]]:
    for (name, n), cells in loads.items():
        yield name, f"{n:,}", *(_load_cell(cell) for cell in cells.values())


def _load_cell(cell: Repeats) -> str:
    return f"{_cell(cell.counted)} (+- {100 * cell.reach:.2g} % for {100 * cell.needed:.2g} %)"


def _cell(count: Count | None) -> str:
    if count is None or not count.given:
        return "-"
    text = f"{100 * count.coverage:.1f}"
    share = 100 * count.given / count.trials
    behind = "" if share >= 99 else f" ({'<1' if share < 1 else f'{share:.0f}'})"
    return (text if count.coverage >= HONEST else f"**{text}**") + behind


def _starts(counts: dict[tuple[str, int], dict[str, Count | None]]) -> Iterator[tuple[str, ...]]:
    for name in SERIES:
        of_series = [(n, counts[name, n]) for n in LENGTHS]
        yield name, *(_start([(n, cells[key]) for n, cells in of_series]) for key in ("p95", "p99"))


def _start(cells: Sequence[tuple[int, Count | None]]) -> str:
    enough = [n for n, count in cells if count is not None and _is_given(count)]
    return f"{min(enough):,}" if enough else f"more than {LENGTHS[-1]:,}"


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
