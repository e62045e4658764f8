"""Ctrl-C and SIGTERM as a flag: what has been measured is stored before anything ends."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """A context manager. The first signal sets the flag, the second raises KeyboardInterrupt.

    Outside the main thread Python allows no handlers; then the flag is only set by `ask`.
    """

    def __init__(self) -> None:
        self._asked = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self.ask()

    def ask(self) -> None:
        self._asked = True

    def asked(self) -> bool:
        return self._asked
