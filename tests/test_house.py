"""What no single package can check: that tables in different rooms name the same things, and that help is quick."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seatrial.catalog.metrics import ENGINE_METRICS
from seatrial.cli.main import COMMANDS
from seatrial.domain.sample import Channel
from seatrial.engines.factory import EMBEDDED, KINDS
from seatrial.specfile.keys import ENGINES
from seatrial.wire import ollama, openai
from seatrial.wire.apis import APIS

DOCS = Path(__file__).parent.parent / "docs"


def test_a_spec_may_name_exactly_the_engines_there_are() -> None:
    assert set(ENGINES) == {*KINDS, EMBEDDED}


def test_every_engine_speaks_known_protocols() -> None:
    assert {api for kind in KINDS.values() for api in kind.apis.values()} <= set(APIS)


def test_metrics_are_of_known_engines() -> None:
    assert set(ENGINE_METRICS) <= set(KINDS)


def test_channel_numbers_are_positions_in_channel() -> None:
    for protocol in (openai, ollama):
        named = [list(Channel)[code].name for code in (protocol.CONTENT, protocol.REASONING, protocol.TOOL)]
        assert named == ["CONTENT", "REASONING", "TOOL"]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_documented(command: str) -> None:
    assert f"## seatrial {command}\n" in (DOCS / "cli.md").read_text("utf-8")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from seatrial.cli.main import cli\n"
        "try: cli(['--help'])\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "httpx", "psutil", "asyncio", "seatrial.verbs.run"} & set(done.stderr.split())
