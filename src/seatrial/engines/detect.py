"""Which engine answers at an address: by few requests, none of which loads or generates anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.errors import OutsideError, Unauthorized, Unreachable

if TYPE_CHECKING:
    from seatrial.engines.control import Control

OWNERS = {"vllm": "vllm", "llamacpp": "llama.cpp"}


def detect(control: Control) -> str:
    """`ollama`, `vllm`, `llama.cpp`, or `openai` for any other server that lists models as OpenAI does.

    Raises Unreachable, Unauthorized, and OutsideError when what answers is none of these.
    """
    try:
        listing, refusal = control.ask("/v1/models"), None
    except (Unreachable, Unauthorized):
        raise
    except OutsideError as problem:
        listing, refusal = None, problem
    owner = _owner(listing)
    if owner in OWNERS:
        return OWNERS[owner]
    if "Ollama is running" in (control.text("/") or ""):
        return "ollama"
    for engine, is_it in (("llama.cpp", _is_llamacpp), ("vllm", _is_vllm)):
        if is_it(control):
            return engine
    if owner is not None:
        return "openai"
    said = f" ({refusal.message})" if refusal else ""
    raise OutsideError(
        f"no LLM engine known here answers at {control.address.base}{said}",
        "if it speaks OpenAI's protocol all the same, name it: --engine openai",
    )


def _owner(listing: Any) -> str | None:
    """Who owns the first model, empty when that is not said; None when `listing` lists no models."""
    match listing:
        case {"data": [{"owned_by": str(owner)}, *_]}:
            return owner
        case {"data": list()}:
            return ""
    return None


def _is_llamacpp(control: Control) -> bool:
    props = control.peek("/props")
    return isinstance(props, dict) and "default_generation_settings" in props


def _is_vllm(control: Control) -> bool:
    version = control.peek("/version")
    return isinstance(version, dict) and "version" in version and "vllm:" in (control.text("/metrics") or "")
