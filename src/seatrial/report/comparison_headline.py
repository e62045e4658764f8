"""A comparison in ten seconds: better or worse, by how much, and whether to believe it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.comparison import Call
from seatrial.report.comparison_words import CALL_ROLE, deciding, ratio_text
from seatrial.report.overview import BELIEF, VERDICT_ROLE
from seatrial.report.view import Cell, Fact, Headline

if TYPE_CHECKING:
    from seatrial.domain.comparison import MetricChange, RunComparison

MOST_FACTS = 3
TIMES = " \N{MULTIPLICATION SIGN}"
_LEADS = {
    Call.BETTER: "Better",
    Call.WORSE: "Worse",
    Call.SAME: "The same",
    Call.CANNOT_TELL: "Cannot tell",
    Call.MIXED: "Mixed",
}


def comparison_headline(found: RunComparison) -> Headline:
    """The verdict, at most three of the ratios that it rests on, and the trust in the side that is trusted less."""
    facts = tuple(_fact(name, change, found.margin) for name, change in deciding(found)[:MOST_FACTS])
    trust = Cell(found.trust.value, VERDICT_ROLE[found.trust])
    lead = Cell(_LEADS[found.verdict], CALL_ROLE[found.verdict])
    return Headline(lead, facts, trust, f"{BELIEF[found.trust].capitalize()}.")


def _fact(name: str, change: MetricChange, margin: float) -> Fact:
    value, _, interval = ratio_text(change.ratio, margin).partition(" [")
    sure = f"interval {interval.removesuffix(']').replace(', ', ' to ')}" if interval else "no interval"
    return Fact(f"{value}{TIMES}", f"{name}, NEW / BASE: {change.verdict}", sure)
