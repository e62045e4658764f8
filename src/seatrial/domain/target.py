"""Where and how requests are sent, and what an engine says of itself."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Target:
    """All a load process needs to send requests. `headers` may hold keys: never shown, stored or logged.

    `api` names a protocol of `seatrial.wire`: openai-chat, openai-completions, ollama-chat, ollama-generate.
    `exact_output` names the engine's own means to hold output length: `ignore_eos` (vLLM, llama.cpp),
    `repeat_penalty` (Ollama, which can only be kept from breaking off), or None.
    `chunk_usage`: the engine tells the tokens of every chunk when asked (vLLM).
    """

    url: str
    api: str
    model: str
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    ca_file: str | None = None
    insecure: bool = False
    exact_output: str | None = None
    chunk_usage: bool = False


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What a server says of itself. `context_tokens` is what one request may use, prompt and answer together."""

    engine: str
    version: str | None = None
    models: tuple[str, ...] = ()
    context_tokens: int | None = None
    slots: int | None = None
    details: dict[str, str] = field(default_factory=dict)
