"""Fitted coefficients: what a closed form needs to become seconds and bytes, with how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


PRIOR_WEIGHT = 3.0
"""What being off the expected factor by 100 % weighs, in rows that are off by 100 %."""


@dataclass(frozen=True, slots=True)
class Prior:
    """What each factor is expected to be before any row is seen, and how firmly (see PRIOR_WEIGHT)."""

    values: Mapping[str, float]
    weight: float = PRIOR_WEIGHT


@dataclass(frozen=True, slots=True)
class Coefficients:
    """The coefficients of one closed form for one engine.

    `form` names the formula: step or first. `values`: (term, factor). `log_spread` is the standard
    deviation of ln(measured / predicted) on rows left out of the fit; an 80 % interval is exp(+-1.28 of it).
    `n` rows, of `families` and `gpus`; `provenance` says whose measurements and when. `device` and
    `engine_version` are None where they serve for all.
    """

    engine: str
    form: str
    values: tuple[tuple[str, float], ...]
    log_spread: float
    n: int
    families: tuple[str, ...] = ()
    gpus: tuple[str, ...] = ()
    provenance: str = ""
    engine_version: str | None = None
    device: str | None = None

    def get(self, term: str) -> float:
        """The factor of `term`; 0 where the fit dropped it."""
        return dict(self.values).get(term, 0.0)

    def seconds(self, terms: Mapping[str, float]) -> float:
        """Every term times its factor."""
        factors = dict(self.values)
        return sum(seconds * factors.get(name, 0.0) for name, seconds in terms.items())


@dataclass(frozen=True, slots=True)
class Calibration:
    """Coefficients refitted to one server: which engine, on which device, by which run, and how well they fit.

    `decode` is the form `step`, `prefill` the form `first`.
    `model` is the one it was measured with. `created` is ISO 8601, UTC. `probe` tells a built-in probe from a run.
    `largest_batch`: the most sequences that were decoded together.
    """

    engine: str
    engine_version: str | None
    device: str
    model: str
    run: str
    created: str
    decode: Coefficients
    prefill: Coefficients
    memory: tuple[tuple[str, float], ...] = ()
    probe: bool = False
    largest_batch: float = 1.0
