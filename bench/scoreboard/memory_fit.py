"""Fitting the coefficients of vLLM's memory (`sizing.memory.vllm_budget`) to logs, with families left out.

The activation is `constant + max(sampling, forward) + experts + encoder`, linear in the coefficients once it is
known which of the two is the larger; so it is solved in turns: choose the branch of every log, solve, again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from seatrial.sizing.memory.vllm_budget import activation_peak
from seatrial.units import GIB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.catalog.engine_memory import VllmMemory
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Layout

ROUNDS = 20
_TERMS = ("constant_gib", "logits_factor", "hidden_factor", "mlp_hidden_factor")


@dataclass(frozen=True, slots=True)
class Log:
    """What one start of the engine logged, per GPU, in GiB."""

    model: Model
    layout: Layout
    family: str
    activation_gib: float
    non_torch_gib: float


def fit_memory(logs: Sequence[Log], start: VllmMemory) -> VllmMemory:
    """`start` with the activation and non-torch coefficients that fit the logs best. Pipelines are left aside."""
    whole = [log for log in logs if log.layout.pipeline_parallel == 1]
    return _non_torch(whole, _activation(whole, start))


def _activation(logs: Sequence[Log], start: VllmMemory) -> VllmMemory:
    now = start
    for _ in range(ROUNDS):
        design = np.array([_slopes(log, now) for log in logs])
        peaks = np.array([activation_peak(log.model, log.layout, now).bytes / GIB for log in logs])
        fixed = peaks - design @ _values(now)
        solved = np.linalg.lstsq(design, np.array([log.activation_gib for log in logs]) - fixed, rcond=None)[0]
        after = _with(now, solved.tolist())
        if np.allclose(_values(after), _values(now), rtol=1e-9):
            return after
        now = after
    return now


def _values(given: VllmMemory) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([getattr(given, term) for term in _TERMS])


def _with(given: VllmMemory, values: Sequence[float]) -> VllmMemory:
    constant, logits, hidden, mlp_hidden = values
    return replace(
        given, constant_gib=constant, logits_factor=logits, hidden_factor=hidden, mlp_hidden_factor=mlp_hidden
    )


def _slopes(log: Log, given: VllmMemory) -> list[float]:
    """How much each coefficient moves the activation of a log, in GiB, on the branch that is the larger."""
    here = activation_peak(log.model, log.layout, given).bytes
    values = _values(given)
    steps = [_with(given, [*values[:at], values[at] + 1e-6, *values[at + 1 :]]) for at in range(len(_TERMS))]
    return [(activation_peak(log.model, log.layout, step).bytes - here) / 1e-6 / GIB for step in steps]


def _non_torch(logs: Sequence[Log], start: VllmMemory) -> VllmMemory:
    """The median of one GPU alone; a plane through those with several ranks, in ranks and ranks x layers."""
    alone = [log.non_torch_gib for log in logs if log.layout.tensor_parallel == 1]
    ranked = [log for log in logs if log.layout.tensor_parallel > 1]
    single = float(np.median(alone)) if alone else start.non_torch_gib
    if len({(log.layout.tensor_parallel, log.model.layers) for log in ranked}) < 3:
        return replace(start, non_torch_gib=single)
    ranks = np.array([float(log.layout.tensor_parallel) for log in ranked])
    layers = np.array([float(log.model.layers) for log in ranked])
    design = np.stack([np.ones_like(ranks), ranks, ranks * layers], axis=1)
    over = np.array([log.non_torch_gib - single for log in ranked])
    constant, per_rank, per_layer = (float(x) for x in np.linalg.lstsq(design, over, rcond=None)[0])
    return replace(start, non_torch_gib=single, tp_gib=constant, tp_rank_gib=per_rank, tp_rank_layer_gib=per_layer)
