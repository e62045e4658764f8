"""Any server that speaks OpenAI's protocol, and what the engines that do have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.domain.target import EngineInfo
from seatrial.engines.kind import Kind
from seatrial.errors import OutsideError, Unauthorized, Unreachable

if TYPE_CHECKING:
    from seatrial.engines.control import Control

APIS = {"chat": "openai-chat", "completions": "openai-completions"}
CONTEXT_KEYS = ("max_model_len", "context_length", "context_window", "max_context_length")


def listed(control: Control) -> list[dict[str, Any]]:
    """The entries of /v1/models; empty when this server has no such list. Raises Unreachable, Unauthorized."""
    try:
        answer = control.ask("/v1/models")
    except (Unreachable, Unauthorized):
        raise
    except OutsideError:
        return []
    entries = answer.get("data") if isinstance(answer, dict) else None
    return [entry for entry in entries or () if isinstance(entry, dict) and isinstance(entry.get("id"), str)]


def served_models(control: Control) -> tuple[str, ...]:
    return tuple(entry["id"] for entry in listed(control))


def entry_of(entries: list[dict[str, Any]], model: str) -> dict[str, Any]:
    """The entry of `model`; an empty one when it is not listed."""
    return next((entry for entry in entries if entry["id"] == model), {})


def context_of(entry: dict[str, Any]) -> int | None:
    """The context length a model entry states, under any of the names servers give it."""
    return next((entry[key] for key in CONTEXT_KEYS if isinstance(entry.get(key), int)), None)


def _info(control: Control, model: str) -> EngineInfo:
    entries = listed(control)
    entry = entry_of(entries, model)
    owner = entry.get("owned_by")
    return EngineInfo(
        engine="openai",
        models=tuple(each["id"] for each in entries),
        context_tokens=context_of(entry),
        details={"owned_by": owner} if isinstance(owner, str) else {},
    )


OPENAI = Kind(name="openai", apis=APIS, served=served_models, info=_info, health_path="/v1/models")
