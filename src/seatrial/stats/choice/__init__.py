"""The candidates of a run held against each other: which one to take, who stands where, and why."""

from seatrial.stats.choice.choose import SPEED, answer, recommend

__all__ = ["SPEED", "answer", "recommend"]
