"""Which factors serve a layout, and how far to trust them there: the nearest measured, wider the farther."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import hypot, log
from typing import TYPE_CHECKING

from seatrial.catalog.coefficients import shipped_form
from seatrial.catalog.gpus import find_gpu

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.domain.coefficients import Calibration, Coefficients
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Layout

STEP_FORM, FIRST_FORM = "step", "first"
FORMS_OF = {"vllm": "vllm", "llama.cpp": "llama.cpp", "ollama": "llama.cpp"}
"""Whose fit an engine uses: Ollama runs llama.cpp's server."""

# Log-spreads that distance from the measurements adds. Judgement, checked where rows allow it in docs/accuracy.md.
OTHER_GPU = 0.20
OTHER_VENDOR = 0.35
NO_GPU = 0.70
OTHER_MODEL = 0.10
OTHER_ATTENTION = 0.60
"""Latent attention or recurrent layers on vLLM, of which there is no row: more kernels a layer. Reports of DeepSeek
V3 and R1 for one user lie at two to five times what the form says (tt-inference-server issue 356, vllm 30832)."""
MEASURED_ATTENTION = {"vllm": frozenset({"full", "sliding", "shared"})}
BEYOND = 0.15
"""Per e-fold of batch size above the largest that was measured."""
LARGEST_BATCH = {"vllm": 64.0, "llama.cpp": 1.0}
FEW = 3


@dataclass(frozen=True, slots=True)
class Fitted:
    """The factors for one layout. `step`: the terms of a step. `first`: what TTFT adds; its spread comes on
    top of what a step's own error brings.

    `distance` is the log-spread that being far from the measurements adds, `largest_batch` the largest measured;
    `note` says what it all rests on.
    """

    step: Coefficients
    first: Coefficients
    distance: float
    largest_batch: float
    note: str
    calibrated: bool = False

    def for_model(self, model: Model) -> Fitted:
        """The same, wider where no row of the engine had attention of that kind. A calibration has seen its own."""
        kinds = {group.kind for group in model.attention}
        if self.calibrated or kinds <= MEASURED_ATTENTION.get(self.step.engine, kinds):
            return self
        note = f"{self.note}; never a model with attention of this kind"
        return replace(self, distance=hypot(self.distance, OTHER_ATTENTION), note=note)

    def step_spread(self, sequences: float) -> float:
        """The standard deviation of ln(true / predicted) of a step with that many sequences."""
        beyond = max(0.0, log(max(sequences, 1.0) / self.largest_batch))
        return hypot(self.step.log_spread, self.distance, BEYOND * beyond)


def coefficients_for(layout: Layout, calibrations: Sequence[Calibration] = ()) -> Fitted:
    """The factors for `layout`: the newest calibration of its engine on its device, else the shipped fit."""
    own = newest_of(layout, calibrations)
    if own is not None:
        return _calibrated(layout, own)
    engine = FORMS_OF[layout.engine]
    step, first = (shipped_form(engine, form, layout.gpu.name) for form in (STEP_FORM, FIRST_FORM))
    distance, how = _distance(layout, step)
    where = ", ".join(step.gpus) if len(step.gpus) <= FEW else f"{len(step.gpus)} GPUs"
    note = f"public measurements of {engine} ({step.n} rows on {where}){how}"
    return Fitted(step, first, distance, LARGEST_BATCH[engine], note)


def newest_of(layout: Layout, calibrations: Sequence[Calibration]) -> Calibration | None:
    """The newest of those of the layout's engine on its device, of any model."""
    own = [each for each in calibrations if (each.engine, each.device) == (layout.engine, layout.gpu.name)]
    return max(own, key=lambda each: each.created, default=None)


def _calibrated(layout: Layout, calibration: Calibration) -> Fitted:
    same = _alike(calibration.model, layout.weights.model)
    other = "" if same else f", with {calibration.model}, not this model"
    note = f"your own server: {calibration.run}, {calibration.created[:10]}, {calibration.decode.n} points{other}"
    distance = 0.0 if same else OTHER_MODEL
    return Fitted(
        calibration.decode, calibration.prefill, distance, calibration.largest_batch, note, calibrated=True
    )


def _alike(one: str, other: str) -> bool:
    """Whether two names differ by case and separators alone, as a file's name and the catalogue's may."""
    keys = {"".join(letter for letter in name.lower() if letter.isalnum()) for name in (one, other)}
    return len(keys) == 1


def _distance(layout: Layout, measured: Coefficients) -> tuple[float, str]:
    gpu = layout.gpu
    if gpu.name in measured.gpus:
        own = measured.device == gpu.name or len(measured.gpus) == 1
        return (0.0, "") if own else (OTHER_GPU, f"; on {gpu.name} by old versions only")
    if gpu.vendor == "CPU":
        return NO_GPU, "; never on a CPU: calibrate"
    if gpu.vendor in {find_gpu(name).vendor for name in measured.gpus}:
        return OTHER_GPU, f"; never on {gpu.name}"
    return OTHER_VENDOR, f"; never on {gpu.name}, nor on another GPU of {gpu.vendor}"
