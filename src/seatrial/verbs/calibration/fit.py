"""The factors of the closed forms, refitted to one server: first what a step costs, then who waits for whom.

Everything is fitted by `sizing.speed.fit` near the factors that come with seatrial, scaled to this server, held so
loosely that a handful of measurements outweighs them; where measurements cannot tell terms apart (on one model
nothing tells weights from launches) they decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.coefficients import Prior
from seatrial.errors import UsageError
from seatrial.sizing.memory.layout import memory_of
from seatrial.sizing.speed.fit import fit, spread
from seatrial.sizing.speed.fitted import Fitted
from seatrial.sizing.speed.operating import Replica
from seatrial.sizing.speed.priors import FIRST, STEP
from seatrial.verbs.calibration.rows import noise_of, step_rows, waiting_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seatrial.domain.coefficients import Coefficients
    from seatrial.domain.plan import Demand
    from seatrial.sizing.speed.fit import Observation
    from seatrial.verbs.calibration.rows import Cell, Server

LOOSELY = 1e-5
"""The weight of the expected factors: being 10 times off costs as much as one row that is 3 % off."""
WAITING = Prior({"bunching": 0.1, "lockstep": 1.0, "running": 0.5}, weight=0.1)
"""Of users who all ask for the same lengths: engines fall into step (see `sizing.speed.operating`)."""
FEWEST = 3
ARRIVAL = ("arrival", "tokenizing")
LEAST_SPREAD = 0.02
"""No server repeats itself better than that from one day to the next."""
UNTOLD = 0.15
"""The log-spread that is added where too few different lengths were measured to leave any out."""


@dataclass(frozen=True, slots=True)
class Refitted:
    """Factors with what is left unexplained: `noise` is what repeats of one and the same step differ by."""

    step: Coefficients
    first: Coefficients
    noise: float


def refit(server: Server, cells: Sequence[Cell]) -> Refitted:
    """The factors fitted to all `cells`, their spread that of cells left out of the fit.

    Raises UsageError where the cells tell of too few steps to fit anything.
    """
    fitted = _fitted(server, cells)
    off = _left_out(server, cells)
    alone = UNTOLD if len(off) < FEWEST else 0.0
    step_spread = hypot(max(spread([each.tpot for each in off]), fitted.noise, LEAST_SPREAD), alone)
    first_spread = sqrt(
        max(0.0, spread([each.ttft for each in off if each.ttft is not None]) ** 2 - step_spread**2)
    )
    return replace(
        fitted,
        step=replace(fitted.step, log_spread=step_spread),
        first=replace(fitted.first, log_spread=first_spread),
    )


class _Off(NamedTuple):
    """ln(predicted / measured) of a cell that was left out of the fit; `ttft` None where users waited for slots:
    how long depends on how the run began.
    """

    tpot: float
    ttft: float | None


def _left_out(server: Server, cells: Sequence[Cell]) -> list[_Off]:
    """For every pair of lengths without which others are left: its cells, predicted from those others."""
    found: list[_Off] = []
    for lengths in sorted({cell.lengths for cell in cells}):
        rest = [cell for cell in cells if cell.lengths != lengths]
        if len({cell.lengths for cell in rest}) < FEWEST - 1:
            break
        try:
            partly = _fitted(server, rest)
        except UsageError:
            continue
        found += [
            _off(replica(server, partly, cell.demand), cell, cell.users)
            for cell in cells
            if cell.lengths == lengths and cell.users is not None
        ]
    return found


def _off(one: Replica, cell: Cell, users: int) -> _Off:
    point = one.point()
    return _Off(
        tpot=log(point.tpot_s / cell.tpot_s),
        ttft=log(point.ttft_s / cell.ttft_s) if users <= one.slots else None,
    )


def replica(server: Server, fitted: Refitted, demand: Demand) -> Replica:
    """One server at its operating point, with those factors."""
    factors = Fitted(fitted.step, fitted.first, 0.0, 64.0, "", calibrated=True)
    return Replica(server.model, server.layout, memory_of(server.model, server.layout, demand), demand, factors, 1)


def _fitted(server: Server, cells: Sequence[Cell]) -> Refitted:
    rows = [row for cell in cells for row in step_rows(server, cell)]
    if len(rows) < FEWEST:
        raise UsageError(
            f"the run tells of {len(rows)} steps of the engine, too few to fit to",
            "stream the answers, with more than 8 tokens each; `seatrial calibrate URL` asks what it takes",
        )
    together = fit("step", server.step.engine, rows, _prior(server, rows), balanced=False)
    values = dict(together.values)
    own = {"prefill": 1.0, **{name: values.pop(name, 0.0) for name in ARRIVAL}}
    own["cached"] = float(np.median([cell.cached_tokens for cell in cells]))
    layout = server.layout
    step = replace(
        together, values=tuple(values.items()), engine_version=layout.engine_version, device=layout.gpu.name
    )
    fitted = Refitted(step, replace(step, form="first", values=tuple(own.items())), noise_of(rows, together))
    own |= _waiting(server, fitted, cells)
    return replace(fitted, first=replace(fitted.first, values=tuple(own.items())))


def _prior(server: Server, rows: Sequence[Observation]) -> Prior:
    """The expected factors, all slower or faster by what the rows say in the middle."""
    usual = {"attention": 1.0, **STEP[server.step.engine].values, **FIRST.values}
    known = {**dict(server.step.values), **{name: server.first.get(name) for name in ARRIVAL}}
    used = {name for row in rows for name, seconds in row.terms.items() if seconds > 0}
    expected = {name: known.get(name) or usual[name] for name in sorted(used)}  # a fit may have dropped it
    predicted = [sum(s * expected.get(name, 0.0) for name, s in row.terms.items()) for row in rows]
    ratio = float(np.median([row.seconds / seconds for row, seconds in zip(rows, predicted, strict=True)]))
    scaled = {name: value * (1.0 if name in ARRIVAL else ratio) for name, value in expected.items()}
    return Prior(scaled, weight=LOOSELY)


def _waiting(server: Server, fitted: Refitted, cells: Iterable[Cell]) -> dict[str, float]:
    """How users who come together wait for each other, from the mean TTFT of closed loops of two and more.

    Without one of those it is what is expected anywhere.
    """
    rows = [row for cell in cells if (row := waiting_row(cell, replica(server, fitted, cell.demand))) is not None]
    if not rows:
        return {name: server.first.get(name) for name in WAITING.values}
    found = fit("first", server.first.engine, rows, WAITING, balanced=False)
    return {name: found.get(name) for name in WAITING.values}
