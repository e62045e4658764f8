"""How a run goes, told: lines in a pipe, one live line on a terminal (a real one, made by the kernel)."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Mapping
from pathlib import Path

import pytest

from seatrial.cli.progress import ProgressLines, ended_line, progress_line
from seatrial.domain.record import RunInfo
from seatrial.domain.target import EngineInfo
from seatrial.domain.traffic import Workload
from seatrial.domain.trial import Candidate, Spec
from seatrial.store.store import Store
from seatrial.testing.reference import ReferenceProcess
from seatrial.verbs.events import (
    CandidateOpened,
    CandidateStarted,
    Progress,
    Remark,
    WorkloadEnded,
    WorkloadStarted,
)

from .harness import SMALL, command, environment

WORKLOAD = Workload("w", requests=40)


def test_a_bar_by_requests() -> None:
    line = progress_line(Progress(WORKLOAD, 10, 2, 40, 4.25, None))
    assert line == f"w  {'#' * 6}{'.' * 18}  10/40  2 failed  4.25 s"


def test_a_bar_by_time_where_requests_are_not_known() -> None:
    line = progress_line(Progress(WORKLOAD, 10, 0, None, 5.0, 20.0))
    assert line == f"w  {'#' * 6}{'.' * 18}  10  5.00 s"
    assert progress_line(Progress(WORKLOAD, 10, 0, None, 50.0, 20.0)).count("#") == 24, "never more than full"


def test_an_end_tells_what_did_not_work() -> None:
    assert ended_line(WORKLOAD, 40, 0, 0, 4.2) == "w: 40 done in 4.20 s"
    assert ended_line(WORKLOAD, 7, 2, 1, 0.5) == "w: 7 done, 2 failed, 1 never sent in 500 ms"


EVENTS = (
    CandidateStarted("one", 0, 2),
    CandidateOpened("one", EngineInfo("vllm", "0.11", context_tokens=2048), "m"),
    Remark("careful\x1b[2J\nnow"),
    WorkloadStarted(WORKLOAD, 0, 1),
    Progress(WORKLOAD, 10, 0, 40, 1.0, None),
    WorkloadEnded(WORKLOAD, 40, 0, 0, 4.2),
)


def test_a_pipe_gets_beginnings_and_ends_as_lines(capfd: pytest.CaptureFixture[str]) -> None:
    lines = ProgressLines()
    for event in EVENTS:
        lines(event)
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "one (1 of 2)",
        "  vllm 0.11, model m, context 2048",
        "  careful [2J now",
        "  w: 40 done in 4.20 s",
    ]


def on_a_terminal(*words: object, columns: int = 100, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Exit code of `seatrial WORDS`, and what it writes to a terminal that is both its stdout and its stderr."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen(
        command(*words), stdin=theirs, stdout=theirs, stderr=theirs, env=environment(TERM="xterm", **(env or {}))
    ) as running:
        os.close(theirs)
        seen = b""
        try:
            while data := os.read(ours, 4096):
                seen += data
        except OSError:
            pass  # EIO: the other side has closed its terminal
        code = running.wait(60)
    os.close(ours)
    return code, seen.decode()


def on_screen(seen: str, columns: int) -> list[str]:
    """The lines that stay on a terminal that is told to go back (CR) and on (LF)."""
    lines = []
    for raw in re.sub(r"\x1b\[[0-9;]*m", "", seen).split("\n"):
        shown = ""
        for piece in raw.removesuffix("\r").split("\r"):
            assert len(piece) < columns, "a line that wraps cannot be drawn over"
            shown = piece + shown[len(piece) :]
        lines.append(shown.rstrip())
    return lines


def test_a_terminal_gets_one_live_line(tmp_path: Path) -> None:
    with ReferenceProcess(ttft_s=0.02, itl_s=0.002, tokens=4) as server:
        words = ("run", server.url, "--duration", "1s", "--name", "a-name-that-is-long", *SMALL)
        code, seen = on_a_terminal(*words, "--store", tmp_path / "s.db", columns=110)
    assert code in (0, 4)
    assert "###" in seen, "a bar was drawn"
    assert "\x1b[1mRESULTS" in seen, "in colour"
    screen = on_screen(seen, 111)
    assert not any("###" in line for line in screen), "and drawn over"
    assert any(re.match(r"  closed-1: \d+ done in", line) for line in screen)


def test_a_narrow_terminal_cuts_the_live_line(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    live = ProgressLines(live=True)
    live(Progress(Workload("a-name-that-is-longer-than-the-terminal"), 10, 0, 40, 1.0, None))
    live(Remark("done"))
    err = capfd.readouterr().err
    assert on_screen(err, 30) == ["  done", ""]


@pytest.mark.parametrize("no_color", [False, True])
def test_colour_on_a_terminal_unless_told_not_to(no_color: bool, tmp_path: Path) -> None:
    """Of an error, and of a report."""
    env = {"NO_COLOR": "1"} if no_color else {}
    store = tmp_path / "store.db"
    code, error = on_a_terminal("report", "--store", store, env=env)
    assert (code, "error:" in error) == (3, True)
    with Store.open(store) as opened:
        spec = Spec((Candidate("c", "m", endpoint="http://h:1"),), (WORKLOAD,))
        opened.begin_run(RunInfo("20261121-1530-4f2a", spec, "2026-11-21T15:30:00Z", 0, 0, 1))
    code, report = on_a_terminal("report", "--store", store, env=env)
    assert (code, "VERDICT" in report) == (0, True)
    assert ["\x1b[" in seen for seen in (error, report)] == [not no_color] * 2
