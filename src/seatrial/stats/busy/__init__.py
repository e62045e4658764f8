"""Who was busy while load was offered, told from telemetry in plain sentences."""

from seatrial.stats.busy.who import who_was_busy

__all__ = ["who_was_busy"]
