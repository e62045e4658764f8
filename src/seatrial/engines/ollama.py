"""Ollama by its native protocol: models come and go on request, so a cold start needs no restart."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from seatrial.domain.sample import ColdPhases
from seatrial.domain.target import EngineInfo
from seatrial.engines.kind import Kind
from seatrial.errors import ColdNotPossible, OutsideError, Unreachable

if TYPE_CHECKING:
    from seatrial.engines.control import Control

SMALLEST_DEFAULT_CONTEXT = 4096
UNLOAD_TIMEOUT_S = 30.0
POLL_S = 0.02


def _served(control: Control) -> tuple[str, ...]:
    return tuple(entry["name"] for entry in _models(control, "/api/tags"))


def _models(control: Control, path: str) -> list[dict[str, Any]]:
    """The list at `path`, which some versions give as null when it is empty."""
    answer = control.ask(path)
    if not isinstance(answer, dict) or "models" not in answer:
        raise OutsideError(
            f"{control.address.place} does not answer {path} as Ollama does", "name the engine it is"
        )
    return answer["models"] or []


def _info(control: Control, model: str) -> EngineInfo:
    loaded = _loaded(control, model)
    shown = control.ask("/api/show", {"model": model})
    about = shown.get("details") or {}
    facts = {
        "family": about.get("family"),
        "parameters": about.get("parameter_size"),
        "quantization": about.get("quantization_level"),
    }
    if loaded is None:
        context = _expected_context(shown)
        facts["context_tokens"] = "expected; known once the model is loaded"
    else:
        context = loaded.get("context_length") or _expected_context(shown)
        facts |= {"loaded_bytes": loaded.get("size"), "loaded_vram_bytes": loaded.get("size_vram")}
    return EngineInfo(
        engine="ollama",
        version=control.ask("/api/version")["version"],
        models=_served(control),
        context_tokens=context,
        details={name: str(value) for name, value in facts.items() if value is not None},
    )


def _expected_context(shown: dict[str, Any]) -> int:
    """What Ollama will load the model with: its `num_ctx`, else the server's default, within what the model can.

    The default grows with the memory of the GPU and may be set (OLLAMA_CONTEXT_LENGTH), but is not told before a
    model is loaded: the smallest one is the safe guess.
    """
    limits: list[int] = [
        value for key, value in (shown.get("model_info") or {}).items() if key.endswith(".context_length")
    ]
    asked = [
        words[1]
        for line in (shown.get("parameters") or "").splitlines()
        if (words := line.split())[:1] == ["num_ctx"]
    ]
    wanted = int(asked[0]) if asked else SMALLEST_DEFAULT_CONTEXT
    return min([wanted, *limits])


def _loaded(control: Control, model: str) -> dict[str, Any] | None:
    """The entry of /api/ps for `model`; None when it is not loaded."""
    return next((entry for entry in _models(control, "/api/ps") if entry["name"] == _tagged(model)), None)


def _tagged(model: str) -> str:
    return model if ":" in model.rpartition("/")[2] else f"{model}:latest"


def _unload(control: Control, model: str, timeout_s: float) -> ColdPhases:
    """Asks for it and waits until /api/ps no longer shows the model; the next request is what starts it anew."""
    deadline = time.monotonic() + min(timeout_s, UNLOAD_TIMEOUT_S)
    try:
        control.ask("/api/generate", {"model": model, "keep_alive": 0}, UNLOAD_TIMEOUT_S)
    except Unreachable:
        raise
    except OutsideError as refusal:
        raise ColdNotPossible(refusal.message, refusal.hint) from refusal
    while _loaded(control, model) is not None:
        if time.monotonic() > deadline:
            raise ColdNotPossible(
                f"{control.address.place} keeps {model} loaded in spite of keep_alive 0",
                "does another client use it? stop that one first",
            )
        time.sleep(POLL_S)
    return ColdPhases(how="keep_alive 0, /api/ps empty", t_start_ns=time.perf_counter_ns())


OLLAMA = Kind(
    name="ollama",
    apis={"chat": "ollama-chat", "generate": "ollama-generate"},
    served=_served,
    info=_info,
    count_source="prompt_eval_count",
    unload=_unload,
    health_path="/api/version",
    no_model_hint="fetch it with `ollama pull`",
    exact_output="repeat_penalty",
)
