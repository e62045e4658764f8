"""Whether the client, not the server, may have made the numbers. Thresholds stand here, each with its reason.

`invalid`: the measurement is wrong or is not the one that was asked for. `doubtful`: it may be. Everything else
worth knowing is a note. Every sentence carries its numbers, and what to do where something can be done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.trial import Trust, Verdict
from seatrial.stats.client_findings import MORE_PROCESSES, Finding, client_findings
from seatrial.stats.estimate import quantile_type7
from seatrial.stats.metrics import receive_lag_s, send_lag_s, ttft_s
from seatrial.units import NS_PER_S, format_s
from seatrial.words import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from seatrial.domain.sample import ClientSecond
    from seatrial.domain.summary import ArrivalCheck
    from seatrial.domain.traffic import Workload
    from seatrial.stats.table import Floats, SampleTable

# A late send moves latencies from intended start by as much; up to 5 % of TTFT it is lost in them.
SEND_LAG_S = 0.005
SHARE_OF_TTFT = 0.05
# Above this the client is slow to read; kernel stamps keep it out of the results, so it is told, not punished.
RECEIVE_LAG_S = 0.005
# A first read with several chunks is the client's doing if it came this late; else the server sent them together.
FIRST_CHUNK_LATE_S = 0.001
LOOP_LAG_LATE_S = 0.005
# The stamp of such a read is that of a later chunk: at 1 % of requests p99 is touched, at 10 % the body is.
MERGED_DOUBTFUL = 0.01
MERGED_INVALID = 0.10
_SEVERITY = {Verdict.TRUSTED: 0, Verdict.DOUBTFUL: 1, Verdict.INVALID: 2}


def judge(
    table: SampleTable,
    client_seconds: Sequence[ClientSecond],
    workload: Workload,
    arrivals: ArrivalCheck | None,
    planned: int | None = None,
) -> Trust:
    """The trust in one workload. `planned`: requests that must be accounted for; None: those of the table."""
    ttft_p50_s = _quantile(ttft_s(table), 0.5)
    findings = [
        *_unaccounted(table, planned),
        *_send_lag(table, workload, ttft_p50_s),
        *_arrivals(arrivals),
        *_read_times(table, client_seconds, ttft_p50_s),
        *_receive_lag(table),
        *_merged_first_reads(table, client_seconds),
        *client_findings(client_seconds, table.t0_ns),
    ]
    return Trust(
        verdict=max((f.verdict for f in findings), key=_SEVERITY.__getitem__, default=Verdict.TRUSTED),
        reasons=tuple(f.sentence for f in findings if f.verdict is not Verdict.TRUSTED),
        notes=tuple(f.sentence for f in findings if f.verdict is Verdict.TRUSTED),
    )


def combine(trusts: Iterable[Trust]) -> Trust:
    """The lowest verdict, with every different reason and note once, in order."""
    trusts = tuple(trusts)
    return Trust(
        verdict=max((t.verdict for t in trusts), key=_SEVERITY.__getitem__, default=Verdict.TRUSTED),
        reasons=tuple(dict.fromkeys(reason for t in trusts for reason in t.reasons)),
        notes=tuple(dict.fromkeys(note for t in trusts for note in t.notes)),
    )


def combine_named(trusts: Mapping[str, Trust]) -> Trust:
    """As `combine`, but every sentence begins with the names it holds for; `all workloads` when it is all."""
    named = combine(trusts.values())
    return Trust(
        named.verdict,
        tuple(
            _attributed(reason, [n for n, t in trusts.items() if reason in t.reasons], trusts)
            for reason in named.reasons
        ),
        tuple(_attributed(note, [n for n, t in trusts.items() if note in t.notes], trusts) for note in named.notes),
    )


def _attributed(sentence: str, names: Sequence[str], everyone: Mapping[str, Trust]) -> str:
    if len(names) == len(everyone) > 1:
        return f"all workloads: {sentence}"
    shown = listed(names, 2, sep="; ")
    return f"{shown}: {sentence}"


def _unaccounted(table: SampleTable, planned: int | None) -> Iterator[Finding]:
    if planned is not None and planned != len(table):
        yield Finding(
            Verdict.INVALID,
            f"{planned} requests were planned but {len(table)} are accounted for; run the workload again",
        )


def _send_lag(table: SampleTable, workload: Workload, ttft_p50_s: float | None) -> Iterator[Finding]:
    lags_s = send_lag_s(table)
    p99_s = _quantile(lags_s, 0.99)
    limit_s = max(SEND_LAG_S, SHARE_OF_TTFT * (ttft_p50_s or 0.0))
    if p99_s is None or p99_s <= limit_s:
        return
    lag = f"requests went out late: send lag p99 {format_s(p99_s)}"
    if workload.is_open and workload.concurrency is not None:
        yield Finding(
            Verdict.TRUSTED,
            f"{lag}, as the cap of {workload.concurrency} in flight demands; see the latencies from intended start",
        )
    elif np.count_nonzero(lags_s > limit_s) == 1:
        # Among few requests p99 is the single worst: that one is told, it says nothing about the others.
        yield Finding(Verdict.TRUSTED, f"one request of {len(table)} went out {format_s(np.nanmax(lags_s))} late")
    else:
        yield Finding(Verdict.INVALID, f"{lag}, allowed {format_s(limit_s)}; {MORE_PROCESSES}")


def _arrivals(arrivals: ArrivalCheck | None) -> Iterator[Finding]:
    for reason in arrivals.reasons if arrivals else ():
        yield Finding(Verdict.INVALID, f"{reason}; the load was not the one asked for")


def _read_times(table: SampleTable, seconds: Sequence[ClientSecond], ttft_p50_s: float | None) -> Iterator[Finding]:
    answered = table.chunk_count > 0
    if not answered.any() or table.kernel_clock[answered].all():
        return
    yield Finding(Verdict.TRUSTED, "receive times are read times, not the kernel's: the client's lag is in them")
    lag_s = _quantile(np.array([second.loop_lag_s for second in seconds]), 0.99)
    if lag_s is not None and ttft_p50_s is not None and lag_s > SHARE_OF_TTFT * ttft_p50_s:
        yield Finding(
            Verdict.DOUBTFUL,
            f"without kernel receive times a loop lag p99 of {format_s(lag_s)} is more than "
            f"{SHARE_OF_TTFT:.0%} of the TTFT p50 of {format_s(ttft_p50_s)}; {MORE_PROCESSES}",
        )


def _receive_lag(table: SampleTable) -> Iterator[Finding]:
    p99_s = _quantile(receive_lag_s(table).values, 0.99)
    if p99_s is not None and p99_s > RECEIVE_LAG_S:
        yield Finding(
            Verdict.TRUSTED,
            f"the client read more than 1 % of the chunks over {RECEIVE_LAG_S * 1e3:g} ms after they had come; "
            "kernel time stamps keep that out of the results",
        )


def _merged_first_reads(table: SampleTable, seconds: Sequence[ClientSecond]) -> Iterator[Finding]:
    answered = np.flatnonzero(table.chunk_count > 0)
    if not answered.size:
        return
    share = np.count_nonzero(_merged_late(table, answered, seconds)) / answered.size
    if share <= MERGED_DOUBTFUL:
        return
    yield Finding(
        Verdict.INVALID if share > MERGED_INVALID else Verdict.DOUBTFUL,
        f"the client read the first chunk of {share:.1%} of the answers late, together with later ones, so their "
        f"first token has a later time stamp; {MORE_PROCESSES}",
    )


def _merged_late(table: SampleTable, rows: NDArray[np.int64], seconds: Sequence[ClientSecond]) -> NDArray[np.bool_]:
    """Whether the first read of each row held several chunks because the client was late."""
    first = table.first[:-1][rows]
    late = table.chunk_lag_s[first] > FIRST_CHUNK_LATE_S
    ends_s = np.sort([(s.t_ns - table.t0_ns) / NS_PER_S for s in seconds if s.loop_lag_s > LOOP_LAG_LATE_S])
    if ends_s.size:
        moments = table.chunk_s[first]
        covering = np.minimum(np.searchsorted(ends_s, moments), ends_s.size - 1)
        wait_s = ends_s[covering] - moments
        late |= (wait_s >= 0) & (wait_s <= 1)
    return (table.first_read_chunks[rows] > 1) & late


def _quantile(values: Floats, q: float) -> float | None:
    """The q-quantile of what is known, however few: a threshold on the client needs no confidence."""
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    below = int((known.size - 1) * q)
    known.partition((below, min(below + 1, known.size - 1)))  # all that a quantile reads, without sorting the rest
    return quantile_type7(known, q)
