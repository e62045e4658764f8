"""An engine whose steps cost what a formula says, and a stored run of closed loops on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from seatrial.domain.record import CandidateRecord, RunInfo, WorkloadRecord
from seatrial.domain.sample import Outcome, Sample
from seatrial.domain.target import EngineInfo
from seatrial.domain.traffic import Lengths, Workload
from seatrial.domain.trial import Candidate, Spec
from seatrial.store.store import Store

HOST = {"cpu": "AMD EPYC", "cores": "2", "memory": "23.5 GiB"}
KV_BYTES = 4 * 2048 * 2 * 30 * 3 * 64 * 2  # slots x context x (K, V) x layers x heads x width x f16
DETAILS = {"quantization": "Q4_1", "weights_bytes": "96576768", "kv_bytes": str(KV_BYTES)}
INFO = EngineInfo("llama.cpp", "b11434", ("smollm2:135m",), 2048, 4, DETAILS)
PAUSE_S = 0.001
"""Between an answer and its user's next question."""


@dataclass(frozen=True)
class Costs:
    """Seconds: of a step, of a sequence in it, of a token of its cache, of a prompt token; `noise` of each step."""

    step: float = 0.004
    sequence: float = 0.008
    cached: float = 10e-6
    prompt: float = 0.005
    noise: float = 0.01


@dataclass
class _Request:
    index: int
    sent: float
    chunks: list[float] = field(default_factory=list)


def played(costs: Costs, users: int, n: int, lengths: tuple[int, int], seed: int = 1) -> Iterator[Sample]:
    """The samples of `n` requests of `users` users: whole prompts go into the next step, 2048 tokens at most."""
    prompt, output = lengths
    noise, now, made = np.random.default_rng(seed), 0.0, 0
    waiting: list[_Request] = []
    running: list[_Request] = []
    for user in range(users):
        waiting.append(_Request(user, user * PAUSE_S))
        made += 1
    while waiting or running:
        taken = [each for each in waiting if each.sent <= now][: max(1, 2048 // prompt)]
        if not taken and not running:
            now = min(each.sent for each in waiting)
            continue
        cached = sum(prompt + len(each.chunks) for each in running)
        seconds = costs.step + costs.sequence * len(running) + costs.cached * cached
        seconds += costs.prompt * prompt * len(taken)
        now += seconds * float(np.exp(costs.noise * noise.standard_normal()))
        for each in (*running, *taken):
            each.chunks.append(now)
        waiting = [each for each in waiting if each not in taken]
        running += taken
        for each in [each for each in running if len(each.chunks) == output]:
            running.remove(each)
            yield _sample(each, prompt, output)
            if made < n:
                waiting.append(_Request(made, now + PAUSE_S))
                made += 1


def _sample(request: _Request, prompt: int, output: int) -> Sample:
    sent = round(request.sent * 1e9)
    chunks = np.array([round(moment * 1e9) - sent for moment in request.chunks], "<i8")
    return Sample(
        request.index, sent, sent, sent, sent, sent + int(chunks[-1]), Outcome.OK, 200,
        prompt_tokens=prompt, cached_tokens=0, completion_tokens=output, finish_reason="length",
        chunk_ns=chunks.tobytes(), chunk_lag_us=bytes(4 * output), chunk_tokens=bytes(2 * output),
        chunk_channel=bytes(output),
    )  # fmt: skip


def store_run(
    path: Path,
    run_id: str,
    cells: Sequence[tuple[int, int, int]],
    *,
    costs: Costs = Costs(),
    candidate: Candidate | None = None,
    info: EngineInfo = INFO,
) -> None:
    """Stores a run of closed loops: (input tokens, output tokens, users), 3 requests a user."""
    one = candidate or Candidate("one", "smollm2:135m", endpoint="http://127.0.0.1:8080")
    workloads = tuple(
        Workload(f"{i}-{o}-{u}", requests=3 * u, concurrency=u, input_tokens=Lengths(i), output_tokens=Lengths(o))
        for i, o, u in cells
    )
    with Store.open(path) as store:
        store.begin_run(RunInfo(run_id, Spec((one,), workloads), "2026-11-21T18:00:00Z", 0, 0, 1, HOST, "finished"))
        store.put_candidate(run_id, CandidateRecord(0, one, info))
        for position, (workload, (prompt, output, users)) in enumerate(zip(workloads, cells, strict=True)):
            store.put_workload(run_id, WorkloadRecord(position, 0, workload, 3 * users, 0, 10**12))
            samples = list(played(costs, users, 3 * users, (prompt, output), seed=position))
            store.add_samples(run_id, position, samples)
