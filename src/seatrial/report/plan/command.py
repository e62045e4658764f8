"""How the engine is started: its own command with its own flags, to be copied."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from seatrial.catalog.flags import COMMANDS, is_environment

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
    flags = [(name, serve if serve and value == model else value) for name, value in plan.flags]
    before = [f"{name}={shlex.quote(value)}" for name, value in flags if is_environment(name)]
    after = [_flag(name, value) for name, value in flags if not is_environment(name)]
    if after and not after[0].startswith("-"):  # a word of the command: vllm serve MODEL
        program = f"{program} {after.pop(0)}"
    return NEXT.join((*before, program, *after))


def pull_command(plan: Plan, model: str, serve: str | None = None) -> str:
    """What a running Ollama is told to fetch; empty for engines that are told at their start."""
    if plan.layout.engine != "ollama":
        return ""
    return f"ollama pull {shlex.quote(serve or plan.layout.weights.tag or model)}"


def _flag(name: str, value: str) -> str:
    return f"{name} {shlex.quote(value)}" if value else name
