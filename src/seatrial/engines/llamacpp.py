"""llama.cpp's llama-server, started by others or by us (`embedded`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.domain.target import EngineInfo
from seatrial.engines.kind import Kind
from seatrial.engines.openai import APIS, entry_of, listed

if TYPE_CHECKING:
    from seatrial.engines.control import Control


def _served(control: Control) -> tuple[str, ...]:
    """Names and aliases; the server also answers to any other name, which would hide a slip of the pen."""
    names = [name for entry in listed(control) for name in (entry["id"], *entry.get("aliases", ()))]
    return tuple(dict.fromkeys(names))


def _info(control: Control, model: str) -> EngineInfo:
    props = _dict(control.peek("/props"))
    meta = _dict(entry_of(listed(control), model).get("meta"))
    context = _dict(props.get("default_generation_settings")).get("n_ctx", meta.get("n_ctx"))
    facts = {
        "quantization": props.get("model_ftype"),
        "parameters": meta.get("n_params"),
        "weights_bytes": meta.get("size"),
    }
    return EngineInfo(
        engine="llama.cpp",
        version=props.get("build_info"),
        models=_served(control),
        context_tokens=context,
        slots=props.get("total_slots"),
        details={name: str(value) for name, value in facts.items() if value is not None},
    )


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _tokenize(control: Control, request: dict[str, Any]) -> int | None:
    """What /apply-template makes of the messages, counted by /tokenize: the chat endpoint's own two steps."""
    prompt = request.get("prompt")
    if prompt is None:
        prompt = _dict(control.peek("/apply-template", {"messages": request["messages"]})).get("prompt")
    answer = _dict(control.peek("/tokenize", {"content": prompt, "add_special": True, "parse_special": True}))
    tokens = answer.get("tokens")
    return len(tokens) if isinstance(prompt, str) and isinstance(tokens, list) else None


LLAMA_CPP = Kind(
    name="llama.cpp",
    apis=APIS,
    served=_served,
    info=_info,
    tokenize=_tokenize,
    exact_output="ignore_eos",
    metrics_path="/metrics",
)
