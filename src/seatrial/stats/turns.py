"""What a rate is worth, told from the requests: equal slices of time would alias with the bursts answers come in.

Each request stands for a stretch of time, its turn. In a closed loop that is what its user spent on it; c users who
are always busy yield c * sum(weights) / sum(turns) in a second. With open arrivals it is the time until the next
one arrives. Either way the rate is a ratio of two means over requests, whose error is that of the mean of
weight - ratio * turn (the delta method; Cochran 1977, 6.3), a series in order of time (stats/dependence.py).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.traffic import Arrivals
from seatrial.stats.dependence import Spread, serial_spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seatrial.domain.traffic import Workload
    from seatrial.stats.table import Floats, Ints, SampleTable

LEAST_TURNS = 6
# An open load whose last answers take longer than this share of the arrivals to come in, and twice as long as those
# of the first half took, may be more than the server can take: then it says how many come, not the arrivals.
MOST_DRAIN, MOST_GROWN = 0.1, 2.0
# How many of the last ends tell how much the very last one is due to chance.
DRAIN_ENDS = 3
# At how many moments of an open load it is looked what has arrived and is not yet counted.
MOMENTS = 1_000


class Turns(NamedTuple):
    """Requests in order of time. `rows` of the table, shape (k,), and the turn of each, `took_s`.

    `begin_s` and `end_s`, shape (n,), are of every row of the table: the time during which it was in the server.
    `users`: how many turns go on at once; None for open arrivals.
    """

    rows: Ints
    took_s: Floats
    begin_s: Floats
    end_s: Floats
    users: int | None


class Span(NamedTuple):
    """From when to when, seconds."""

    start_s: float
    end_s: float


class Events(NamedTuple):
    """What is counted, shape (m,): when it came, what it weighs and the row of the request it belongs to."""

    times_s: Floats
    weights: Floats
    rows: Ints


def turns_of(
    workload: Workload, table: SampleTable, kept: NDArray[np.bool_], sequence: Ints | None
) -> Turns | None:
    """The turns of the `kept` requests; None where requests do not make up the time: waves, stages, overload.

    In a closed loop a request is intended for when its user's last one ended, so that the turns of a user leave no
    time out.
    """
    if sequence is None or workload.stages:
        return None
    rows = sequence[kept[sequence] & ~np.isnan(table.t_end_s[sequence])]
    begin_s, end_s = table.t_intended_s, table.t_end_s
    if workload.arrivals is Arrivals.CLOSED:
        return Turns(rows, end_s[rows] - begin_s[rows], begin_s, end_s, workload.concurrency or 1)
    if len(rows) <= LEAST_TURNS:
        return None
    arrived_s = begin_s[rows]
    over_s = float(arrived_s[-1] - arrived_s[0])
    drain_s = float(np.max(end_s[rows])) - float(arrived_s[-1])
    usual_s = float(np.median((end_s[rows] - arrived_s)[: len(rows) // 2]))
    if drain_s > max(MOST_DRAIN * over_s, MOST_GROWN * usual_s):
        return None
    return Turns(rows[:-1], np.diff(arrived_s), begin_s, end_s, None)


def relative_spread(turns: Turns, events: Events, start_s: float, end_s: float) -> Spread | None:
    """The spread of the rate of all `events` from `start_s` to `end_s`, as a share of it; None from fewer than 6.

    Beside the turns there is what the ends of the window cut, as one burst more or less may fall inside, and how
    long the slowest of the last requests keeps the window open.
    """
    weights = np.asarray(np.bincount(events.rows, events.weights, len(turns.end_s)), dtype=np.float64)
    of_turns = weights[turns.rows]
    total, time_s = float(of_turns.sum()), float(turns.took_s.sum())
    if len(of_turns) < LEAST_TURNS or total <= 0 or time_s <= 0:
        return None
    spread = serial_spread(of_turns - total / time_s * turns.took_s)
    share = spread.variance / float(of_turns.mean()) ** 2
    if turns.users is None:
        ends = _pending_variance(turns, events, weights, Span(start_s, end_s))
    else:
        ends = _edge(turns, events, weights, start_s) ** 2 + _edge(turns, events, weights, end_s) ** 2
    share += ends / total**2 + (_drain_s(turns, end_s) / (end_s - start_s)) ** 2
    return spread._replace(variance=share, skewness=0.0)


def _edge(turns: Turns, events: Events, weights: Floats, at_s: float) -> float:
    """By how much weight more or less the end of a window at `at_s` splits the requests than on average.

    A request under way has done a share of its turn and had a share of its weight counted. Over all moments of the
    turn the two differ by a constant on average; what is beyond that is luck, and squared has the variance of it.
    """
    under_way = (turns.begin_s < at_s) & (turns.end_s > at_s)
    if not under_way.any():
        return 0.0
    length_s = np.where(under_way, turns.end_s - turns.begin_s, 1.0)
    mine = under_way[events.rows]
    times_s, rows, weighs = events.times_s[mine], events.rows[mine], events.weights[mine]
    late = (times_s - turns.begin_s[rows]) / length_s[rows]
    counted = float((weighs * ((times_s <= at_s) - (1 - late))).sum())
    done = (at_s - turns.begin_s[under_way]) / length_s[under_way]
    return counted - float((weights[under_way] * (done - 0.5)).sum())


def _pending_variance(turns: Turns, events: Events, weights: Floats, span: Span) -> float:
    """How much the weight varies that has arrived and is not yet counted, over moments of the window.

    Where load sets in nothing is pending yet: the first fifth is left out. A window that begins later has two ends
    that cut.
    """
    first_s = span.start_s + 0.2 * (span.end_s - span.start_s)
    # Rising, also where answers take so long that all arrive before the first of these moments.
    last_s = float(turns.begin_s[turns.rows[-1]])
    moments_s = np.linspace(min(first_s, last_s), max(first_s, last_s), MOMENTS)
    arrived, counted = (
        _until(moments_s, times_s, weighs)
        for times_s, weighs in ((turns.begin_s, weights), (events.times_s, events.weights))
    )
    cuts = int(np.nanmax(turns.end_s) > span.end_s) + int(span.start_s > 0)
    return cuts * float(np.var(arrived - counted))


def _until(moments_s: Floats, times_s: Floats, weights: Floats) -> Floats:
    """Shape of `moments_s`, which rise: the weight of what came until then; what never came is at no moment."""
    first = np.searchsorted(moments_s, times_s)
    sums = np.cumsum(np.bincount(first, weights, len(moments_s) + 1))
    return np.asarray(sums[: len(moments_s)], dtype=np.float64)


def _drain_s(turns: Turns, end_s: float) -> float:
    """The standard deviation of when the last request ends, where that ends the window.

    Told from how far apart the last few ends are, as if late ends thinned out like an exponential: the largest of
    many such values varies by pi / sqrt(6) times their scale (Gumbel). Yet by no more than the requests do: where
    all take equally long the last few are apart because they began apart.
    """
    ended = ~np.isnan(turns.end_s)
    ends, lasted_s = np.sort(turns.end_s[ended]), (turns.end_s - turns.begin_s)[ended]
    few = min(DRAIN_ENDS, (turns.users or len(ends)) - 1, len(ends) - 1)
    if few < 1 or ends[-1] > end_s:
        return 0.0
    gumbel_s = math.pi / math.sqrt(6) * float(ends[-few:].mean() - ends[-few - 1])
    return min(gumbel_s, float(lasted_s.std()))
