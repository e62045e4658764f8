"""The computer the load comes from (and often the engine's too): how busy each core was, memory in use."""

from __future__ import annotations

import psutil

from seatrial.domain.telemetry import Reading

_WITHIN_OTHERS = frozenset({"guest", "guest_nice"})  # Linux counts them within user and nice
_WAITING = frozenset({"idle", "iowait"})


class HostProbe:
    """`host.cpu<n>.busy_ratio` since the tick before (none at the first), `host.memory_used_bytes` now."""

    def __init__(self) -> None:
        self._before: list[dict[str, float]] = []

    def __call__(self, t_ns: int) -> list[Reading]:
        cores = [times._asdict() for times in psutil.cpu_times(percpu=True)]
        both = zip(cores, self._before, strict=False)  # cores may come and go; none before at the first tick
        ratios = {f"host.cpu{n}.busy_ratio": busy_ratio(before, now) for n, (now, before) in enumerate(both)}
        self._before = cores
        memory = psutil.virtual_memory()
        return [
            *(Reading(t_ns, series, ratio) for series, ratio in ratios.items() if ratio is not None),
            Reading(t_ns, "host.memory_used_bytes", memory.total - memory.available),
        ]


def busy_ratio(before: dict[str, float], now: dict[str, float]) -> float | None:
    """Share of a core's time in work, from its seconds per kind of time at two moments; None when none passed.

    Linux lets single kinds (iowait) run backwards now and then: such a step counts as none.
    """
    spent = {kind: max(0.0, now[kind] - before[kind]) for kind in now.keys() - _WITHIN_OTHERS}
    waiting = sum(spent.pop(kind, 0.0) for kind in _WAITING)
    busy = sum(spent.values())
    return busy / (busy + waiting) if busy or waiting else None
