"""What differs between engines, as one row of values and functions for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from seatrial.domain.sample import ColdPhases
    from seatrial.domain.target import EngineInfo
    from seatrial.engines.control import Control


@dataclass(frozen=True, slots=True)
class Kind:
    """One engine.

    `apis`: a user's word -> protocol of `seatrial.wire`; the first is the default. `served`: model names, empty
    when the server does not list them. `info` of the server and one model. `count_source`: where an answer says
    how long its prompt was. `tokenize` counts the prompt of a request body without running it; None where the
    engine cannot, and from it where this server does not. `unload` makes the engine forget a model, within so many
    seconds; None where only a restart does. `exact_output` and `chunk_usage` as in `Target`.
    """

    name: str
    apis: Mapping[str, str]
    served: Callable[[Control], tuple[str, ...]]
    info: Callable[[Control, str], EngineInfo]
    count_source: str = "usage.prompt_tokens"
    tokenize: Callable[[Control, dict[str, Any]], int | None] | None = None
    unload: Callable[[Control, str, float], ColdPhases] | None = None
    exact_output: str | None = None
    chunk_usage: bool = False
    health_path: str = "/health"
    metrics_path: str | None = None
    no_model_hint: str = ""
