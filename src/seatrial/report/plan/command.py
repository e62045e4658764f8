"""How the engine is started: its own command with its own flags, to be copied."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from seatrial.catalog.flags import COMMANDS, is_environment, is_parameter

if TYPE_CHECKING:
    from seatrial.domain.plan import Plan

NEXT = " \\\n    "


def start_command(plan: Plan, model: str, serve: str | None = None) -> str:
    """The command of one replica, a flag a line, variables of the environment first; empty for an unknown engine.

    `serve` is what the engine is told to load, if not the `model`'s name. Ollama is told later, by `pull_command`.
    """
    program = COMMANDS.get(plan.layout.engine)
    if program is None:
        return ""
    told = [(name, value) for name, value in plan.flags if not is_parameter(name)]
    flags = [(name, serve if serve and value == model else value) for name, value in told]
    before = [f"{name}={shlex.quote(value)}" for name, value in flags if is_environment(name)]
    after = [_flag(name, value) for name, value in flags if not is_environment(name)]
    if after and not after[0].startswith("-"):  # a word of the command: vllm serve MODEL
        program = f"{program} {after.pop(0)}"
    return NEXT.join((*before, program, *after))


def pull_command(plan: Plan, model: str, serve: str | None = None) -> str:
    """What a running Ollama is told to fetch; empty for engines that are told at their start.

    A file of one's own, and parameters that its server has no variable for, come in a Modelfile.
    """
    if plan.layout.engine != "ollama":
        return ""
    source = serve or plan.layout.weights.tag or model
    parameters = [f"PARAMETER {name} {value}" for name, value in plan.flags if is_parameter(name)]
    fetch = "" if is_file(source) else f"ollama pull {shlex.quote(source)}"
    if fetch and not parameters:
        return fetch
    lines = "".join(f"{line}\\n" for line in (f"FROM {source}", *parameters)).replace("%", "%%")
    named = shlex.quote(ollama_name(source, model))
    create = f"printf {shlex.quote(lines)} > Modelfile\nollama create {named} -f Modelfile"
    return f"{fetch}\n{create}" if fetch else create


def ollama_name(source: str, model: str) -> str:
    """What requests to Ollama call what it was given: the tag, or of a file the model's name."""
    return model if is_file(source) else source


def is_file(source: str) -> bool:
    """Whether it is a GGUF file rather than a name."""
    return source.lower().endswith(".gguf")


def _flag(name: str, value: str) -> str:
    return f"{name} {shlex.quote(value)}" if value else name
