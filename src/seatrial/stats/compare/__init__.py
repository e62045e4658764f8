"""Two sides held against each other, metric by metric: better, worse, the same, or it cannot be told."""

from seatrial.stats.compare.verdict import MARGIN, compare

__all__ = ["MARGIN", "compare"]
