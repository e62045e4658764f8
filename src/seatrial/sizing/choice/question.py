"""A question of sizing: the model, the traffic, what may be used for it, and what is fixed already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seatrial.sizing.cost import Market

if TYPE_CHECKING:
    from seatrial.domain.coefficients import Calibration
    from seatrial.domain.hardware import Gpu
    from seatrial.domain.model import Model, WeightFormat, Weights
    from seatrial.domain.plan import Demand, SettingValue

ENGINES = ("vllm", "llama.cpp", "ollama")
QUANT = "{quant}"
"""In what an engine is told to load: where the quantisation of the chosen weights comes."""
FORMATS: dict[str, WeightFormat] = {"vllm": "safetensors", "llama.cpp": "gguf", "ollama": "gguf"}
"""The format of weights that each engine is planned with."""


@dataclass(frozen=True, slots=True)
class Pins:
    """What the user fixed; None where the search chooses. `settings`: (field of Layout, value)."""

    engine_version: str | None = None
    quants: tuple[str, ...] = ()
    tensor_parallel: int | None = None
    pipeline_parallel: int | None = None
    replicas: int | None = None
    dtype: str | None = None
    kv_dtype: str | None = None
    settings: tuple[tuple[str, SettingValue], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that `propose` needs; it looks nowhere else.

    `called`: (engine, what it is told to load), where that is not the model's name. `engines_named`: the user named
    `engines`, and wants to see each of them.

    `exact`: evaluate the one layout of `engines` x `gpus` as it is pinned, even if it misses the SLO. `only_files`:
    no other quantisations than those of `files` (the user has these weights). `larger`: GPUs that a rejection may
    propose instead. `spare`: replicas that may fail in each region (N+1). `sites`: regions, of which one may fail.
    `speed_factor`: multiplies the predicted speed, to ask what if it is off. `explained`: whether rejections carry
    the smallest change, and the proposal its sensitivity. `owned`: (GPU, how many there are): no plan takes more.
    `sure`: a plan must meet the SLO at the far end of its intervals too.
    """

    model: Model
    files: tuple[Weights, ...]
    demand: Demand
    gpus: tuple[Gpu, ...]
    larger: tuple[Gpu, ...] = ()
    market: Market = field(default_factory=Market)
    engines: tuple[str, ...] = ENGINES
    pins: Pins = field(default_factory=Pins)
    exact: bool = False
    only_files: bool = False
    budget_usd_per_month: float | None = None
    spare: int = 0
    sites: int = 1
    calibrations: tuple[Calibration, ...] = ()
    speed_factor: float = 1.0
    explained: bool = True
    called: tuple[tuple[str, str], ...] = ()
    engines_named: bool = False
    notes: tuple[str, ...] = ()
    owned: tuple[tuple[str, int], ...] = ()
    sure: bool = False
