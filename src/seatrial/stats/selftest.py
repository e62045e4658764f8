"""What a self-test says: the client's numbers held against the server's own record of the same requests.

The server is a yardstick that can itself be late. What it recorded is what it truly did, so a late answer is no
error of the client's; but a request that lay unread at the server is missing from that record and looks like one.
So a level counts only while the server was punctual too, and where it was not, the client is not blamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from seatrial.stats.estimate import can_publish_quantile, quantile_type7
from seatrial.stats.metrics import send_lag_s, tpot_s, ttft_s
from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.sample import ClientSecond
    from seatrial.stats.table import Floats, SampleTable

MAX_ERROR = 0.05


class Limit(StrEnum):
    """What ended the climb."""

    CLIENT = "client"
    SERVER = "reference server"
    MAX_STREAMS = "--max-streams"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a level asks of both. `window_s`: from when to when, since the load's zero, all streams are open.

    `ttft_s` is what the server promises.
    """

    streams: int
    requests: int
    ttft_s: float
    window_s: tuple[float, float]


@dataclass(frozen=True)
class ServerSide:
    """What the server did for each row of the client's table, shape (n,); NaN where it did not do that.

    `late_s` is the most by which it was late in anything it did for the request.
    """

    ttft_s: Floats
    itl_s: Floats
    late_s: Floats


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds. `p99` is None where fewer than 1,000 requests stand behind it; `max` then bounds what was seen."""

    p50: float
    p99: float | None
    max: float


@dataclass(frozen=True, slots=True)
class Level:
    """Client against server while `streams` were open. None: too few requests, or none, to say.

    Errors are ratios, client / server - 1, of the means or of the p99s. `added_latency_s` is client TTFT minus the
    time from the request's arrival at the server to its first token. `client_cpu` is that of the busiest load
    process, in cores. `requests` and `completed` count all of the level. `limited_by` is None when it counts.
    """

    streams: int
    requests: int
    completed: int
    tokens_per_s: float
    ttft_error_mean: float | None
    ttft_error_p99: float | None
    itl_error: float | None
    added_latency_s: Spread | None
    send_lag_s: Spread | None
    server_late_s: Spread | None
    client_cpu: float | None
    limited_by: Limit | None


@dataclass(frozen=True, slots=True)
class SelfTest:
    """The climb. The figures are of the highest level that counts, None when none does."""

    levels: tuple[Level, ...]
    highest_streams: int | None
    highest_tokens_per_s: float | None
    limited_by: Limit
    added_latency_s: Spread | None


def conclude(levels: Sequence[Level], *, interrupted: bool = False) -> SelfTest:
    """The self-test that climbed these levels; what kept the last of them from counting ended it."""
    counting = [level for level in levels if level.limited_by is None]
    highest = counting[-1] if counting else None
    limited_by = levels[-1].limited_by if levels else None
    return SelfTest(
        levels=tuple(levels),
        highest_streams=highest.streams if highest else None,
        highest_tokens_per_s=highest.tokens_per_s if highest else None,
        limited_by=Limit.INTERRUPTED if interrupted else limited_by or Limit.MAX_STREAMS,
        added_latency_s=highest.added_latency_s if highest else None,
    )


def compare(offer: Offer, table: SampleTable, server: ServerSide, client_seconds: Sequence[ClientSecond]) -> Level:
    """One level. Latencies are of the requests meant to start in the window that both sides know whole."""
    start_s, end_s = offer.window_s
    known = np.isfinite(ttft_s(table) + tpot_s(table) + server.ttft_s + server.itl_s)
    use = known & (table.t_intended_s >= start_s)
    ours, true = ttft_s(table)[use], server.ttft_s[use]
    mean_error = _error(_mean(ours), _mean(true))
    p99_error = _error(_p99(ours), _p99(true))
    itl_error = _error(_mean(tpot_s(table)[use]), _mean(server.itl_s[use]))
    late = _spread(server.late_s[np.isfinite(server.late_s)])
    completed = int(table.completed.sum())
    whole = completed == offer.requests and mean_error is not None
    return Level(
        streams=offer.streams,
        requests=offer.requests,
        completed=completed,
        tokens_per_s=float(((table.chunk_s >= start_s) & (table.chunk_s < end_s)).sum() / (end_s - start_s)),
        ttft_error_mean=mean_error,
        ttft_error_p99=p99_error,
        itl_error=itl_error,
        added_latency_s=_spread(ours - true),
        send_lag_s=_spread(send_lag_s(table)[use]),
        server_late_s=late,
        client_cpu=_busiest(client_seconds, table.t0_ns, offer.window_s),
        limited_by=limit((mean_error, p99_error, itl_error), late, MAX_ERROR * offer.ttft_s, whole=whole),
    )


def limit(errors: Sequence[float | None], late: Spread | None, allowed_s: float, *, whole: bool) -> Limit | None:
    """Who kept a level from counting; None when it counts. `whole`: every request was answered.

    A server late by more than `allowed_s` in half of its answers is no yardstick; one that was so in one of a
    hundred cannot bear witness against the client.
    """
    if late is not None and late.p50 > allowed_s:
        return Limit.SERVER
    if whole and all(error is None or abs(error) <= MAX_ERROR for error in errors):
        return None
    if late is None:
        return Limit.CLIENT
    worst_s = late.max if late.p99 is None else late.p99
    return Limit.SERVER if worst_s > allowed_s else Limit.CLIENT


def _busiest(seconds: Sequence[ClientSecond], t0_ns: int, window_s: tuple[float, float]) -> float | None:
    """Mean CPU, in cores, of the load process that used most, by the seconds that lie mostly in the window."""
    middles_s = [(second.t_ns - t0_ns) / NS_PER_S - 0.5 for second in seconds]
    inside = [s for s, middle_s in zip(seconds, middles_s, strict=True) if window_s[0] <= middle_s < window_s[1]]
    shards = {second.shard for second in inside}
    return max((float(np.mean([s.cpu for s in inside if s.shard == shard])) for shard in shards), default=None)


def _spread(values: Floats) -> Spread | None:
    return Spread(float(np.median(values)), _p99(values), float(values.max())) if len(values) else None


def _p99(values: Floats) -> float | None:
    return quantile_type7(np.sort(values), 0.99) if can_publish_quantile(len(values), 0.99) else None


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _error(ours: float | None, true: float | None) -> float | None:
    return None if ours is None or not true else ours / true - 1
