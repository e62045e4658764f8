"""A clock that only moves when told to: an hour of schedule is tested in milliseconds."""

from __future__ import annotations

from seatrial.units import ns


class FakeClock:
    """Starts at 0 ns. Sleeping jumps; nothing ever waits."""

    def __init__(self) -> None:
        self._now_ns = 0

    def now_ns(self) -> int:
        return self._now_ns

    def advance(self, seconds: float) -> None:
        """Moves on by `seconds`. Raises ValueError for a step back: the clocks it stands for are monotonic."""
        if seconds < 0:
            raise ValueError(f"a monotonic clock does not go back by {-seconds} s")
        self._now_ns += ns(seconds)

    def sleep_until_ns(self, t_ns: int) -> None:
        """Jumps to `t_ns`; a moment already past is no wait, as with a real sleep to a deadline."""
        self._now_ns = max(self._now_ns, t_ns)
