"""Results that other tools measured, and reports that seatrial wrote, read from their JSON files."""

from seatrial.sources.foreign.read import read_foreign

__all__ = ["read_foreign"]
