"""From a candidate to its engine."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.engines.base import Engine
from seatrial.engines.control import Control
from seatrial.engines.detect import detect
from seatrial.engines.embedded import EmbeddedServer, embedded_config, embedded_info
from seatrial.engines.llamacpp import LLAMA_CPP
from seatrial.engines.ollama import OLLAMA
from seatrial.engines.openai import OPENAI
from seatrial.engines.vllm import VLLM
from seatrial.errors import UsageError, nearest

if TYPE_CHECKING:
    from seatrial.domain.trial import Candidate
    from seatrial.engines.kind import Kind

KINDS: dict[str, Kind] = {"ollama": OLLAMA, "vllm": VLLM, "llama.cpp": LLAMA_CPP, "openai": OPENAI}
EMBEDDED = "embedded"


def open_engine(candidate: Candidate) -> Engine:
    """The engine of a candidate: the named one, else whatever answers at its endpoint; `embedded` is started.

    Raises UsageError (unknown engine, api or setting, no endpoint, a key that is not set), Unreachable,
    Unauthorized, ModelNotFound, EngineFailed, and OutsideError when nothing known answers.
    """
    name = candidate.engine
    if name == EMBEDDED:
        return _open_embedded(candidate)
    if name is not None and name not in KINDS:
        raise UsageError(f'unknown engine "{name}"', nearest(name, [*KINDS, EMBEDDED]))
    with ExitStack() as undo:
        control = Control(candidate)
        undo.callback(control.close)
        engine = Engine(KINDS[name or detect(control)], candidate, control)
        undo.pop_all()
    return engine


def _open_embedded(candidate: Candidate) -> Engine:
    config = embedded_config(candidate)
    ours = replace(candidate, endpoint=config.url, model=config.alias, api_key_env=None)
    with ExitStack() as undo:
        control = Control(ours)
        undo.callback(control.close)
        server = EmbeddedServer(config, lambda: control.is_ok(LLAMA_CPP.health_path), candidate.ready_timeout_s)
        undo.callback(server.stop)
        kind = replace(
            LLAMA_CPP, name=EMBEDDED, info=lambda control, model: embedded_info(control, model, server.log())
        )
        engine = Engine(kind, ours, control, server)
        undo.pop_all()
    return engine
