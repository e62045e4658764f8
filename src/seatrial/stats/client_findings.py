"""What the load processes saw of themselves, held against thresholds: processor, garbage collection, clock."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from seatrial.domain.trial import Verdict
from seatrial.units import NS_PER_S, format_s

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seatrial.domain.sample import ClientSecond

# A process near one full core queues its own work; a few such seconds are start-up.
CPU_CORES = 0.9
CPU_SECONDS = 0.10
# Garbage collection stops the loop: 2 % of the time, or one second with pauses longer than a chunk gap.
GC_SHARE = 0.02
GC_PAUSE_S = 0.050
# The kernel stamps by the wall clock; a step of it moves the stamps against the client's own times.
CLOCK_STEP_S = 0.001

MORE_PROCESSES = "use more load processes (--processes 2) or a computer of its own for the client"


class Finding(NamedTuple):
    """`verdict` trusted: the sentence is a note."""

    verdict: Verdict
    sentence: str


class _Spell(NamedTuple):
    """One `ClientSecond` and how long it really was: the last one of a load is cut short."""

    second: ClientSecond
    elapsed_s: float


def client_findings(seconds: Sequence[ClientSecond], t0_ns: int) -> Iterator[Finding]:
    """Findings about the load processes, whose seconds begin with the load at `t0_ns`."""
    by_shard = {
        shard: _spells([second for second in seconds if second.shard == shard], t0_ns)
        for shard in sorted({second.shard for second in seconds})
    }
    yield from _processor(by_shard.values())
    yield from _garbage(by_shard.values())
    yield from _clock(seconds)


def _spells(seconds: Sequence[ClientSecond], t0_ns: int) -> list[_Spell]:
    ordered = sorted(seconds, key=lambda second: second.t_ns)
    begins = [t0_ns, *(second.t_ns for second in ordered)]
    return [
        _Spell(second, max(0, second.t_ns - begin) / NS_PER_S)
        for begin, second in zip(begins, ordered, strict=False)
    ]


def _share(part_s: Iterable[float], spells: Sequence[_Spell]) -> float:
    whole_s = math.fsum(spell.elapsed_s for spell in spells)
    return math.fsum(part_s) / whole_s if whole_s else 0.0


def _processor(shards: Iterable[list[_Spell]]) -> Iterator[Finding]:
    worst = max(
        (_share((s.elapsed_s for s in spells if s.second.cpu > CPU_CORES), spells) for spells in shards),
        default=0.0,
    )
    if worst > CPU_SECONDS:
        yield Finding(
            Verdict.DOUBTFUL,
            f"a load process used more than {CPU_CORES} of a core for {worst:.0%} of its time; {MORE_PROCESSES}",
        )


def _garbage(shards: Iterable[list[_Spell]]) -> Iterator[Finding]:
    worst = max((_share((s.second.gc_s for s in spells), spells) for spells in shards), default=0.0)
    longest_s = max((s.second.gc_s for spells in shards for s in spells), default=0.0)
    if worst > GC_SHARE or longest_s > GC_PAUSE_S:
        yield Finding(
            Verdict.DOUBTFUL,
            f"garbage collection stopped a load process for {worst:.1%} of its time, {format_s(longest_s)} in its "
            f"worst second; {MORE_PROCESSES}",
        )


def _clock(seconds: Sequence[ClientSecond]) -> Iterator[Finding]:
    step_s = max((abs(second.clock_step_s) for second in seconds), default=0.0)
    if step_s > CLOCK_STEP_S:
        yield Finding(
            Verdict.DOUBTFUL,
            f"the wall clock of this computer jumped by {format_s(step_s)} during the load; let time "
            "synchronisation settle, then run again",
        )
