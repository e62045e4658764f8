"""An engine watched live: the probes of a run without the run. The model is not asked for anything."""

from __future__ import annotations

import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from seatrial.engines.control import HEALTH_TIMEOUT_S, Control
from seatrial.engines.detect import detect
from seatrial.engines.factory import KINDS
from seatrial.errors import OutsideError, Unreachable, UsageError, nearest
from seatrial.load.telemetry.recorder import Recorder
from seatrial.stats.gauges import gauges
from seatrial.verbs.masking import errors_masked, mask_for
from seatrial.verbs.watching import Page, pids_on_loopback, probes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seatrial.domain.telemetry import Gauge, Reading
    from seatrial.domain.trial import Candidate

HISTORY_TICKS = 120
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known after a tick: the engine, its address, the gauges with what they showed before.

    `lost` says why the engine no longer answers, if it does not.
    """

    engine: str
    place: str
    gauges: tuple[Gauge, ...]
    lost: str | None = None


class _Place(NamedTuple):
    engine: str
    place: str
    page: Page


def watch(
    candidate: Candidate,
    on_tick: Callable[[Watched], None],
    should_stop: Callable[[], bool],
    *,
    interval_s: float = 1.0,
    limit_s: float | None = None,
) -> None:
    """Tells `on_tick` what the probes read every `interval_s`, until `should_stop` or for `limit_s`.

    Raises SeatrialError when no engine answers at the candidate's endpoint. One that goes away later is waited for.
    """
    if candidate.engine is not None and candidate.engine not in KINDS:
        raise UsageError(f'unknown engine "{candidate.engine}"', nearest(candidate.engine, KINDS))
    with errors_masked(mask_for(candidate)), closing(Control(candidate)) as control:
        place = _Place(
            candidate.engine or detect(control),
            control.address.place,
            Page(control.address.base, control.headers, insecure=candidate.insecure),
        )
        ticks: deque[list[Reading]] = deque(maxlen=HISTORY_TICKS)
        pids = pids_on_loopback(place.page)
        with probes(place.engine, place.page, pids) as found:
            recorder = Recorder(found, ticks.append, interval_s)
            recorder.start()
            try:
                for readings in _new_ticks(ticks, should_stop, limit_s):
                    on_tick(Watched(place.engine, place.place, gauges(readings, interval_s), _lost(control)))
                    if not any(reading.series == "engine.rss_bytes" for reading in ticks[-1]):
                        pids[:] = pids_on_loopback(place.page)  # restarted, it is another process
            finally:
                recorder.stop()


def _new_ticks(
    ticks: deque[list[Reading]], should_stop: Callable[[], bool], limit_s: float | None
) -> Iterator[dict[str, list[tuple[int, float]]]]:
    """All readings by series, each time there is a new tick."""
    told_ns, began = 0, time.monotonic()
    while not should_stop() and (limit_s is None or time.monotonic() - began < limit_s):
        newest = ticks[-1] if ticks else []
        if newest and newest[0].t_ns > told_ns:
            told_ns = newest[0].t_ns
            yield _by_series(list(ticks))
        time.sleep(_LOOK_S)


def _lost(control: Control) -> str | None:
    """Any answer will do, a refusal too; it is not waited for longer than one looks at a screen."""
    try:
        control.ask_bytes("/v1/models", None, HEALTH_TIMEOUT_S)
    except Unreachable as problem:
        return problem.message
    except OutsideError:
        return None
    return None


def _by_series(ticks: list[list[Reading]]) -> dict[str, list[tuple[int, float]]]:
    found: dict[str, list[tuple[int, float]]] = {}
    for readings in ticks:
        for reading in readings:
            found.setdefault(reading.series, []).append((reading.t_ns, reading.value))
    return found
