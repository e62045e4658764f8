"""Fitting the factors of a closed form: few, never negative, near what physics expects where data say little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seatrial.domain.coefficients import Coefficients
from seatrial.domain.values import Z80

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seatrial.domain.coefficients import Prior

    Floats = NDArray[np.float64]

ROUNDS = 8
OUTLIER = 0.1
"""Relative error from which a row counts less, in proportion (Huber): public tables hold mislabelled rows."""
FAMILY_WEIGHT = 20.0
"""What all rows of one family weigh together, so that a family with many rows does not decide alone."""


@dataclass(frozen=True, slots=True)
class Observation:
    """A measured time and the terms that explain it: `terms` in seconds at factor 1, of one family on one GPU."""

    terms: Mapping[str, float]
    seconds: float
    family: str
    gpu: str
    weight: float = 1.0


def fit(
    form: str, engine: str, observations: Sequence[Observation], prior: Prior, *, balanced: bool = True
) -> Coefficients:
    """The factors that minimise the relative errors of `observations`, with the spread of those errors.

    Non-negative least squares on prediction / measurement - 1, plus a ridge towards the prior (also relative), made
    robust by iterated reweighting (Huber). `balanced` gives every family the same weight. `log_spread` is that of
    this fit's own rows; whoever can leave rows out replaces it. Raises ValueError without observations.
    """
    if not observations:
        raise ValueError("nothing to fit to")
    names = list(prior.values)
    rows = np.array([[row.terms.get(name, 0.0) for name in names] for row in observations])
    seconds = np.array([row.seconds for row in observations])
    expected = np.array([prior.values[name] for name in names])
    factors = _robust(rows * expected / seconds[:, None], _weights(observations, balanced), prior.weight) * expected
    errors = np.log(np.maximum(rows @ factors, 1e-12) / seconds)
    return Coefficients(
        engine=engine,
        form=form,
        values=tuple((name, float(factor)) for name, factor in zip(names, factors, strict=True)),
        log_spread=spread(errors),
        n=len(observations),
        families=tuple(sorted({row.family for row in observations})),
        gpus=tuple(sorted({row.gpu for row in observations})),
    )


def spread(errors: Sequence[float] | Floats) -> float:
    """The standard deviation of log errors around zero, robustly: what covers 80 % of them / Z80."""
    if len(errors) == 0:
        return 0.0
    return float(np.quantile(np.abs(errors), 0.8)) / Z80


def _weights(observations: Sequence[Observation], balanced: bool) -> Floats:
    given = np.array([row.weight for row in observations])
    if not balanced:
        return given
    totals: dict[str, float] = {}
    for row in observations:
        totals[row.family] = totals.get(row.family, 0.0) + row.weight
    return np.array([row.weight * FAMILY_WEIGHT / totals[row.family] for row in observations])


def _robust(relative: Floats, weights: Floats, prior_weight: float) -> Floats:
    """Factors in units of the prior; rows far off lose weight, round by round."""
    now = weights
    factors = np.ones(relative.shape[1])
    pull = np.sqrt(prior_weight) * np.eye(relative.shape[1])
    for _ in range(ROUNDS):
        root = np.sqrt(now)
        factors = _non_negative(
            np.vstack([relative * root[:, None], pull]), np.concatenate([root, pull.sum(axis=1)])
        )
        errors = np.abs(relative @ factors - 1.0)
        now = weights * np.minimum(1.0, OUTLIER / np.maximum(errors, 1e-9))
    return factors


def _non_negative(matrix: Floats, target: Floats) -> Floats:
    """The x >= 0 with the least |matrix x - target| (Lawson and Hanson, Solving Least Squares Problems, 1974)."""
    size = matrix.shape[1]
    passive = np.zeros(size, dtype=bool)
    x = np.zeros(size)
    gradient = matrix.T @ target
    while (~passive).any() and gradient[~passive].max() > 1e-10:
        passive[int(np.argmax(np.where(passive, -np.inf, gradient)))] = True
        x = _stepped(matrix, target, x, passive)
        gradient = matrix.T @ (target - matrix @ x)
    return x


def _stepped(matrix: Floats, target: Floats, x: Floats, passive: NDArray[np.bool_]) -> Floats:
    while True:
        trial = np.zeros(len(x))
        trial[passive] = np.linalg.lstsq(matrix[:, passive], target, rcond=None)[0]
        if trial[passive].min() > 0:
            return trial
        blocked = passive & (trial <= 0)
        x = x + np.min(x[blocked] / (x[blocked] - trial[blocked])) * (trial - x)
        passive &= x > 1e-14
        if not passive.any():
            return np.zeros(len(x))
