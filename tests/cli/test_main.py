"""The command line as a whole: help, versions, slips of the pen, the list of commands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from seatrial import __version__
from seatrial.cli.main import COMMANDS

from .harness import environment, seatrial


def test_help_lists_every_command_and_the_exit_codes() -> None:
    ended = seatrial("--help")
    assert (ended.code, ended.err) == (0, "")
    for command, summary in COMMANDS.items():
        assert command in ended.out
        assert summary in ended.out
    for code in (
        "0 done and met",
        "1 done, but an SLO or a gate failed",
        "4 measured",
        "70 a fault",
        "130 interrupted",
    ):
        assert code in " ".join(ended.out.split())


def test_the_version() -> None:
    assert seatrial("--version").out.strip().endswith(__version__)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rum"], 'did you mean "run"?'),
        (["run", "--requests", "many", "http://h:1"], "--requests"),
        (["run", "--requests", "3"], "--requests needs the URL of a server or a SPEC.toml"),
        (["run", "nowhere.toml"], "nowhere.toml cannot be read"),
        (["run", "nowhere"], "neither the address of a server nor a spec file"),
        ([], "Usage:"),
    ],
)
def test_a_slip_of_the_pen_is_exit_code_2(words: list[str], message: str, tmp_path: Path) -> None:
    ended = seatrial(*words, cwd=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert "Traceback" not in ended.err


def test_a_default_store_is_where_the_environment_says(tmp_path: Path) -> None:
    named = seatrial("runs", "list", "--json", env={"SEATRIAL_STORE": str(tmp_path / "a.db")})
    assert named.document["store"] == str(tmp_path / "a.db")
    data_home = seatrial("runs", "list", "--json", env={"XDG_DATA_HOME": str(tmp_path)})
    assert data_home.document["store"] == str(tmp_path / "seatrial" / "seatrial.db")


def test_a_store_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_text("not a database, " * 100)
    ended = seatrial("runs", "list", "--store", tmp_path / "x.db")
    assert (ended.code, ended.out) == (3, "")
    assert "is not a store" in ended.err


FAULTY = """
import sys, types, click
import seatrial.cli.main
main = sys.modules["seatrial.cli.main"]
main.COMMANDS["boom"] = "fails"
sys.modules["seatrial.cli.boom"] = types.SimpleNamespace(boom=click.Command("boom", callback=lambda: 1 / 0))
sys.argv = ["seatrial", "boom"]
main.main()
"""


def test_a_fault_of_our_own_is_no_missed_slo() -> None:
    """Python ends with 1 for an exception nobody catches; here 1 means something else."""
    done = subprocess.run(
        [sys.executable, "-c", FAULTY], capture_output=True, text=True, env=environment(), timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (70, "")
    assert "ZeroDivisionError" in done.stderr
    assert "this is a fault in seatrial" in done.stderr
