"""Calibrations as a list: words of servers and users on one line, without what steers a terminal."""

from __future__ import annotations

from dataclasses import replace

from seatrial.report.calibration import calibrations_text
from tests.store.test_calibrations import ONE


def test_names_neither_steer_the_terminal_nor_break_the_line() -> None:
    clear = "a\x1b[2J\x9b31m\r\nb"
    plain = calibrations_text([("c-1", ONE)])
    odd = calibrations_text([("c-1", replace(ONE, model=clear, run=clear, device=clear))], width=200)
    assert odd.isprintable() or not set(odd) & set("\x1b\x9b\r")
    assert len(odd.splitlines()) == len(plain.splitlines())
