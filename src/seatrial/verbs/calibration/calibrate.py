"""`calibrate`: the factors of the closed forms refitted to a server, from a stored run or from a probe of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from seatrial.domain.coefficients import Calibration
from seatrial.sizing.memory.layout import memory_of
from seatrial.sizing.speed.fitted import coefficients_for
from seatrial.sizing.speed.predict import Overloaded, speed_of
from seatrial.store.calibrations import Calibrations, StoredCalibration
from seatrial.store.place import default_path
from seatrial.store.store import Store
from seatrial.verbs.calibration.cells import cells_of, find_side
from seatrial.verbs.calibration.fit import refit
from seatrial.verbs.calibration.rows import Server
from seatrial.verbs.calibration.server import Told, server_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from seatrial.domain.plan import Speed
    from seatrial.domain.target import EngineInfo
    from seatrial.verbs.calibration.cells import Side
    from seatrial.verbs.calibration.rows import Cell
    from seatrial.verbs.calibration.server import Known

__all__ = ["Calibrated", "Errors", "Told", "calibrate"]


@dataclass(frozen=True, slots=True)
class Errors:
    """Median |predicted / measured - 1| over the workloads, and the width of the 80 % interval (high / low).

    None where nothing could be predicted (an open loop above capacity).
    """

    tpot: float | None
    ttft: float | None
    tpot_width: float | None
    ttft_width: float | None


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A stored calibration, the workloads it was made from, and how well they were predicted before and are now."""

    stored: StoredCalibration
    workloads: int
    requests: int
    before: Errors
    after: Errors


def calibrate(
    word: str, *, store_path: Path | None = None, told: Told = Told(), probe: bool = False  # noqa: B008  it is frozen
) -> Calibrated:  # fmt: skip
    """Refits the factors to the server of a stored run, RUN or RUN:CANDIDATE, and stores them.

    Raises UsageError where the run, its device or its model is not known, or its workloads tell too little;
    StoreError where the store cannot be read or written.
    """
    path = store_path or default_path()
    with Store.open(path, create=False) as store:
        side = find_side(store, word)
        known, cells = server_of(side.run.info, side.record, told), cells_of(store, side)
    made = calibration_of(side, known, cells, probe=probe)
    with Calibrations.open(path, create=False) as kept:
        row = kept.add(made)
    return Calibrated(
        stored=row,
        workloads=len(cells),
        requests=sum(cell.n for cell in cells),
        before=errors_of(known, cells, ()),
        after=errors_of(known, cells, (made,)),
    )


def calibration_of(side: Side, known: Known, cells: Sequence[Cell], *, probe: bool = False) -> Calibration:
    """What `cells` say of the server. Raises UsageError where they say too little."""
    layout, info = known.layout, side.record.info
    expected = coefficients_for(layout)
    fitted = refit(Server(known.model, layout, expected.step, expected.first), cells)
    rests = f"run {side.run.info.id} of {side.run.info.started_utc[:10]}, {len(cells)} workloads"
    return Calibration(
        engine=layout.engine,
        engine_version=layout.engine_version,
        device=layout.gpu.name,
        model=layout.weights.model,
        run=side.run.info.id,
        created=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        decode=replace(fitted.step, provenance=rests),
        prefill=replace(fitted.first, provenance=rests),
        memory=told_memory(info),
        probe=probe,
        largest_batch=max((step.sequences for cell in cells for step in cell.steps.decoding), default=1.0),
    )


def told_memory(info: EngineInfo | None) -> tuple[tuple[str, float], ...]:
    """What the engine said of its memory: names that end in `_bytes` or `_tokens`."""
    facts = {} if info is None else info.details
    return tuple(
        (name, float(text))
        for name, text in sorted(facts.items())
        if name.endswith(("_bytes", "_tokens")) and text.isdecimal()
    )


def predicted(known: Known, cell: Cell, calibrated: Iterable[Calibration]) -> Speed | None:
    """What is predicted of a cell; None where it asks for more than can be told in advance."""
    memory = memory_of(known.model, known.layout, cell.demand)
    with suppress(Overloaded):
        return speed_of(
            known.model, known.layout, memory, cell.demand, coefficients_for(known.layout, tuple(calibrated))
        )
    return None


def errors_of(known: Known, cells: Iterable[Cell], calibrated: Sequence[Calibration]) -> Errors:
    """How far predictions with these calibrations are off on `cells`, and how wide their intervals are."""
    pairs = [(speed, cell) for cell in cells if (speed := predicted(known, cell, calibrated)) is not None]
    if not pairs:
        return Errors(None, None, None, None)
    return Errors(
        tpot=median(abs(speed.tpot_s.value / cell.tpot_s - 1) for speed, cell in pairs),
        ttft=median(abs(speed.ttft_s.value / cell.ttft_s - 1) for speed, cell in pairs),
        tpot_width=median(speed.tpot_s.high / speed.tpot_s.low for speed, _ in pairs),
        ttft_width=median(speed.ttft_s.high / speed.ttft_s.low for speed, _ in pairs),
    )
