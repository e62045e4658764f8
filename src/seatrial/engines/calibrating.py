"""Calibration against a live engine: the decision of `prompts.calibrate`, with the engine's counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.prompts.calibrate import Calibration, calibration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.engines.base import Engine


def calibrated(engine: Engine, lengths: Iterable[int], seed: int) -> Calibration:
    """How long prompts must be on `engine` to count as `lengths` tokens. Raises as `Engine.count_tokens`."""
    probing = calibration(lengths, seed)
    messages = next(probing)
    while True:
        try:
            messages = probing.send(engine.count_tokens(messages))
        except StopIteration as done:
            result: Calibration = done.value
            return replace(result, source=engine.count_source) if result.achieved else result
