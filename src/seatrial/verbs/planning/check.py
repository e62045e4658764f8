"""`plan --check RUN`: what is predicted of the server and the traffic of a stored run, beside what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.check import Check, CheckRow
from seatrial.domain.values import Range
from seatrial.sizing.memory.layout import memory_of
from seatrial.sizing.speed.fitted import coefficients_for, newest_of
from seatrial.store.place import default_path
from seatrial.store.store import Store
from seatrial.verbs.calibration.calibrate import predicted, told_memory
from seatrial.verbs.calibration.cells import cells_of, find_side
from seatrial.verbs.calibration.server import Told, server_of
from seatrial.verbs.calibration.stored import calibrations

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from seatrial.domain.coefficients import Calibration
    from seatrial.domain.record import CandidateRecord
    from seatrial.verbs.calibration.cells import Side
    from seatrial.verbs.calibration.rows import Cell
    from seatrial.verbs.calibration.server import Known


def check(
    word: str, *, store_path: Path | None = None, told: Told = Told(), calibrated: bool = True  # noqa: B008  frozen
) -> Check:  # fmt: skip
    """Prediction and measurement of the candidate that RUN or RUN:CANDIDATE means, side by side.

    With the calibrations of the store, unless not `calibrated`. Raises UsageError where the run, its device or its
    model is not known, or none of its workloads can be predicted; StoreError.
    """
    path = store_path or default_path()
    with Store.open(path, create=False) as store:
        side = find_side(store, word)
        known, cells = server_of(side.run.info, side.record, told), cells_of(store, side)
    used = tuple(row.calibration for row in calibrations(path)) if calibrated else ()
    return checked(side, known, cells, used)


def checked(side: Side, known: Known, cells: list[Cell], used: tuple[Calibration, ...]) -> Check:
    """The same, from what was read already."""
    layout = known.layout
    speeds = [(cell, predicted(known, cell, used)) for cell in cells]
    newest = newest_of(layout, used)
    return Check(
        run=side.run.info.id,
        candidate=side.record.candidate.name,
        engine=layout.engine,
        engine_version=layout.engine_version,
        device=layout.gpu.name,
        model=layout.weights.model,
        rests_on=coefficients_for(layout, used).note,
        same_run=newest is not None and newest.run == side.run.info.id,
        speed=tuple(
            row
            for cell, speed in speeds
            if speed is not None
            for row in (
                CheckRow(cell.name, "ttft_s", speed.ttft_s, cell.ttft_s),
                CheckRow(cell.name, "tpot_s", speed.tpot_s, cell.tpot_s),
                *_throughput(cell, speed.output_tokens_per_s),
            )
        ),
        memory=tuple(_memory(known, side.record)),
        unpredicted=tuple(cell.name for cell, speed in speeds if speed is None),
    )


def _throughput(cell: Cell, span: Range) -> Iterator[CheckRow]:
    """Of closed loops: in an open one it is what was asked for, and nothing was predicted."""
    if cell.users is not None:
        yield CheckRow(cell.name, "output_tokens_per_s", span, cell.output_tokens_per_s)


def _memory(known: Known, record: CandidateRecord) -> Iterator[CheckRow]:
    """What the engine said of its memory beside what follows from the model's shape and the engine's settings."""
    told = dict(told_memory(record.info))
    memory = memory_of(known.model, known.layout)
    if "weights_bytes" in told:
        yield CheckRow("", "weights_bytes", memory.weights, told["weights_bytes"])
    if "kv_bytes" in told and known.layout.kv_cache_bytes is None:  # else it was told to the engine
        yield CheckRow("", "kv_bytes", memory.kv_pool, told["kv_bytes"])
    if "kv_tokens" in told:
        yield CheckRow("", "kv_tokens", Range.exact(float(memory.kv_tokens)), told["kv_tokens"])
    if "loaded_bytes" in told:  # Ollama's one figure for all
        loaded = memory.weights + memory.kv_pool + memory.activation
        yield CheckRow("", "loaded_bytes", loaded, told["loaded_bytes"])
