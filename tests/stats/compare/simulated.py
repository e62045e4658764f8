"""Samples of a server that does not exist, with latencies that hang together as those of a real one do."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.record import WorkloadRecord
from seatrial.domain.sample import Outcome, Sample
from seatrial.domain.summary import CandidateSummary, RunSummary
from seatrial.domain.traffic import Workload
from seatrial.domain.trial import Slo, Spec
from seatrial.stats.table import table_from_samples
from seatrial.stats.workload import WorkloadData, summarize_workload
from seatrial.units import ns

if TYPE_CHECKING:
    from seatrial.stats.table import Floats, SampleTable

USERS = 8
TOKENS = 8
T0_NS = 5_000_000_000


def ar1(rng: np.random.Generator, n: int, phi: float) -> Floats:
    """Standard normal values of which neighbours correlate by `phi`."""
    shocks = rng.standard_normal(n) * np.sqrt(1 - phi**2)
    values = np.empty(n)
    last = rng.standard_normal()
    for i, shock in enumerate(shocks):
        last = phi * last + shock
        values[i] = last
    return values


def simulated_table(seed: int, n: int, *, slower: float = 1.0, phi: float = 0.5) -> SampleTable:
    """`n` requests of 8 users in a closed loop, each of 8 tokens; all times `slower` times as long."""
    rng = np.random.default_rng(seed)
    load = ar1(rng, n, phi)
    ttft = 0.1 * slower * np.exp(0.3 * (0.8 * load + 0.6 * rng.standard_normal(n)))
    gaps = 0.02 * slower * np.exp(0.15 * load[:, None] + 0.2 * rng.standard_normal((n, TOKENS - 1)))
    chunks_ns = np.rint(np.cumsum(np.column_stack([ttft, gaps]), axis=1) * 1e9).astype("<i8")
    free_ns = [T0_NS] * USERS
    samples = []
    for index, chunks in enumerate(chunks_ns):
        sent_ns = heapq.heappop(free_ns)
        end_ns = sent_ns + int(chunks[-1])
        heapq.heappush(free_ns, end_ns)
        samples.append(_sample(index, sent_ns, end_ns, chunks.tobytes()))
    return table_from_samples(samples, T0_NS)


def _sample(index: int, sent_ns: int, end_ns: int, chunk_ns: bytes) -> Sample:
    return Sample(
        index=index,
        t_intended_ns=sent_ns,
        t_send_ns=sent_ns,
        t_headers_ns=sent_ns,
        t_end_ns=end_ns,
        outcome=Outcome.OK,
        input_tokens_asked=128,
        output_tokens_asked=TOKENS,
        prompt_tokens=128,
        completion_tokens=TOKENS,
        chunk_ns=chunk_ns,
        chunk_lag_us=bytes(4 * TOKENS),
        chunk_tokens=bytes(2 * TOKENS),
        chunk_channel=bytes(TOKENS),
        first_read_chunks=1,
        kernel_clock=True,
    )


def simulated_run(seed: int, n: int, *, slower: float = 1.0, phi: float = 0.5, name: str = "r") -> RunSummary:
    """The summary of one run of one workload, made by the same road as any other."""
    table = simulated_table(seed, n, slower=slower, phi=phi)
    workload = Workload("closed-8", requests=n, concurrency=USERS)
    end_ns = T0_NS + ns(float(np.nanmax(table.t_end_s)))
    record = WorkloadRecord(0, 0, workload, planned=n, t0_ns=T0_NS, t_end_ns=end_ns)
    summary = summarize_workload(WorkloadData(record, table), Slo())
    candidate = CandidateSummary("server", "vllm", "1.0", "m", (summary,))
    return RunSummary(name, 1, summary.trust, (candidate,), spec=Spec((), (workload,)))
