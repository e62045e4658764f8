"""Samples written in seconds, as one would on paper, and the tables made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seatrial.domain.sample import ClientSecond, Outcome, Sample
from seatrial.stats.table import table_from_samples
from seatrial.units import ns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.stats.table import SampleTable

T0_NS = 5_000_000_000


def request(
    index: int,
    chunks_s: Sequence[float] = (0.2, 0.3, 0.4, 0.5),
    *,
    send_s: float | None = None,
    intended_s: float | None = None,
    end_s: float | None = None,
    lag_s: float | Sequence[float] = 0.0,
    tokens: Sequence[int] | None = None,
    channels: Sequence[int] | None = None,
    outcome: Outcome = Outcome.OK,
    **fields: Any,
) -> Sample:
    """A request sent at `send_s` (default: second `index`) whose chunks came at `chunks_s` after that.

    It ended at `end_s`, by default with its last chunk. N is the number of chunks unless said otherwise.
    """
    sent = float(index) if send_s is None else send_s
    n = len(chunks_s)
    end = sent + (chunks_s[-1] if chunks_s else 0.0) if end_s is None else end_s
    known: dict[str, Any] = {"completion_tokens": n, "first_read_chunks": min(n, 1), "kernel_clock": True}
    return Sample(
        index=index,
        t_intended_ns=T0_NS + ns(sent if intended_s is None else intended_s),
        t_send_ns=T0_NS + ns(sent),
        t_headers_ns=T0_NS + ns(sent + 0.01),
        t_end_ns=T0_NS + ns(end),
        outcome=outcome,
        chunk_ns=np.array([ns(s) for s in chunks_s], "<i8").tobytes(),
        chunk_lag_us=np.full(n, np.rint(np.array(lag_s) * 1e6), "<u4").tobytes(),
        chunk_tokens=np.array([0] * n if tokens is None else tokens, "<u2").tobytes(),
        chunk_channel=np.array([0] * n if channels is None else channels, "u1").tobytes(),
        **(known | fields),
    )


def unsent(index: int, intended_s: float = 0.0) -> Sample:
    return Sample(index=index, t_intended_ns=T0_NS + ns(intended_s))


def refused(index: int, send_s: float = 0.0) -> Sample:
    return request(index, (), send_s=send_s, end_s=send_s + 0.001, outcome=Outcome.REFUSED, completion_tokens=None)


def table_of(*samples: Sample) -> SampleTable:
    return table_from_samples(samples, T0_NS)


def second(number: int, *, shard: int = 0, **fields: float) -> ClientSecond:
    """What a load process saw in its second `number` (from 1); quiet unless said otherwise."""
    quiet: dict[str, Any] = {
        "cpu": 0.2, "loop_lag_s": 0.0005, "gc_s": 0.0, "events": 10, "clock_step_s": 0.0, "in_flight": 1
    }  # fmt: skip
    return ClientSecond(t_ns=T0_NS + ns(number), shard=shard, **(quiet | fields))
