"""What this client can measure on this computer: it loads a server that keeps a true record, and compares.

The load climbs level by level until the client's numbers leave the truth, the server is late itself, or the levels
are done. Each level is constant arrivals at the rate that keeps its streams open; only what happens while all of
them are open counts.
"""

from __future__ import annotations

import math
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.target import Target
from seatrial.domain.traffic import Arrivals, Lengths, Workload
from seatrial.errors import EngineFailed
from seatrial.load.crew import Crew
from seatrial.load.interrupts import Interrupts
from seatrial.load.job import LoadJob
from seatrial.prompts.calibrate import Calibration
from seatrial.prompts.make import PromptMaker
from seatrial.stats.selftest import Offer, ServerSide, compare, conclude
from seatrial.stats.table import table_from_samples
from seatrial.testing.reference import ReferenceProcess
from seatrial.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from seatrial.domain.sample import ClientSecond, Sample
    from seatrial.load.job import Batch
    from seatrial.stats.selftest import Level, SelfTest
    from seatrial.testing.reference_server import Truth

TTFT_S, ITL_S, TOKENS = 0.2, 0.02, 64
ANSWER_S = TTFT_S + (TOKENS - 1) * ITL_S
SECONDS = 2.0
MAX_STREAMS = 1600
_FIRST_LEVELS = (10, 50, 100)
_TRIES = 2  # a computer that others share stumbles now and then; a limit is met again
_GRACE_S = 2.0  # answers that are later than this are not waited for: their level is lost anyway


def ladder(max_streams: int) -> list[int]:
    """10, 50, 100, 200, 400 ... below `max_streams`, and that last."""
    levels = list(_FIRST_LEVELS)
    while levels[-1] < max_streams:
        levels.append(2 * levels[-1])
    return [streams for streams in levels if streams < max_streams] + [max_streams]


def selftest(
    levels: Iterable[int],
    *,
    processes: int,
    seconds: float = SECONDS,
    on_level: Callable[[int], None] = lambda _streams: None,
) -> SelfTest:
    """Climbs `levels` (numbers of streams) with `seconds` under full load on each, until one fails twice.

    `on_level` is told the streams of each load as it begins. Ctrl-C ends the climb with the levels done so far.
    Raises EngineFailed when the reference server or a load process dies.
    """
    with (
        Interrupts() as interrupts,
        Crew(processes) as crew,
        ReferenceProcess(ttft_s=TTFT_S, itl_s=ITL_S, tokens=TOKENS) as server,
    ):
        rig = _Rig(crew, server, interrupts)
        return conclude(list(_climb(rig, levels, seconds, on_level)), interrupted=interrupts.asked())


class _Rig(NamedTuple):
    crew: Crew
    server: ReferenceProcess
    interrupts: Interrupts


def _climb(rig: _Rig, levels: Iterable[int], seconds: float, on_level: Callable[[int], None]) -> Iterator[Level]:
    """Every level as often as it was tried, in order."""
    for streams in levels:
        for attempt in range(_TRIES):
            on_level(streams)
            level = _measure(rig, streams, seconds, f"selftest-{streams}-{attempt}")
            if level is None:
                return
            yield level
            if level.limited_by is None:
                break
        else:
            return


def _measure(rig: _Rig, streams: int, seconds: float, run_tag: str) -> Level | None:
    """One load, compared; None when it was interrupted."""
    rate_per_s = streams / ANSWER_S
    requests = round(rate_per_s * (ANSWER_S + seconds))
    samples: list[Sample] = []
    watched: list[ClientSecond] = []

    def take(batch: Batch) -> None:
        samples.extend(batch.samples)
        watched.extend(batch.seconds)

    too_late_s = time.perf_counter() + 2 * ANSWER_S + seconds + _GRACE_S
    result = rig.crew.run(
        _job(rig.server.url, run_tag, rate_per_s, requests),
        take,
        should_stop=lambda: rig.interrupts.asked() or time.perf_counter() > too_late_s,
    )
    truth = _truth(rig)
    if rig.interrupts.asked():
        return None
    table = table_from_samples(samples, result.t0_ns)
    offer = Offer(streams, requests, TTFT_S, (ANSWER_S, ANSWER_S + seconds))
    return compare(offer, table, _server_side(truth, run_tag, table.index.tolist()), watched)


def _job(url: str, run_tag: str, rate_per_s: float, requests: int) -> LoadJob:
    workload = Workload(
        run_tag,
        Arrivals.CONSTANT,
        requests=requests,
        rate_per_s=rate_per_s,
        input_tokens=Lengths(16),
        output_tokens=Lengths(TOKENS),
    )
    prompts = PromptMaker(seed=1, calibration=Calibration())
    return LoadJob(workload, Target(url, "openai-chat", "reference"), prompts, seed=1, run_tag=run_tag)


def _truth(rig: _Rig) -> list[Truth]:
    try:
        return rig.server.truth()
    except (OSError, HTTPException) as error:
        if rig.interrupts.asked():  # Ctrl-C reaches the server as well
            return []
        raise EngineFailed(f"the reference server is gone: {error}", "its own message stands above") from error


def _server_side(truth: Iterable[Truth], run_tag: str, indices: Iterable[int]) -> ServerSide:
    """What the server says of the requests `indices`, which it knows by id."""
    by_id = {answer.id: answer for answer in truth}
    rows = [_times_s(by_id.get(f"{run_tag}-{index}")) for index in indices]
    ttft_s, itl_s, late_s = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return ServerSide(ttft_s, itl_s, late_s)


def _times_s(answer: Truth | None) -> tuple[float, float, float]:
    """(TTFT, mean time between tokens, worst lateness); NaN where that never was."""
    if answer is None:
        return math.nan, math.nan, math.nan
    late_s = answer.worst_late_ns / NS_PER_S
    if answer.first_send_ns is None or answer.last_send_ns is None or answer.tokens < TOKENS:
        return math.nan, math.nan, late_s
    itl_ns = (answer.last_send_ns - answer.first_send_ns) / (TOKENS - 1)
    return (answer.first_send_ns - answer.arrival_ns) / NS_PER_S, itl_ns / NS_PER_S, late_s
