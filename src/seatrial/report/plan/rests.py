"""What a proposal rests on: the assumptions of all, and the sources and doubts of one plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.catalog.quants import ESTIMATED
from seatrial.report.plan import words
from seatrial.sizing.cost import HOURS_PER_MONTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.model import Source, Weights
    from seatrial.domain.plan import Plan, Proposal

ASSUMPTIONS = (
    "an interval holds the truth in 80 of 100 such predictions",
    "memory is per GPU, in GiB of 2**30 bytes, of what the driver reports and not of what the label says",
    f"a month is {HOURS_PER_MONTH:.0f} hours; prices are without tax, disks and traffic",
    "requests share no prefix, and nothing else runs on the machine",
)
CARD = frozenset(
    {"gated", "capabilities", "languages", "licence", "commercial_use", "modalities", "release_date", "released",
     "published_scores", "scores", "tunable", "ethics", "notes"}
)  # fmt: skip
"""What a model's row says besides its shape."""


def rests_on(proposal: Proposal, plan: Plan) -> Iterator[str]:
    """Sentences on the best plan: where shape, weights, hardware, speed and price come from."""
    model, layout = proposal.model, plan.layout
    if model.source.text:
        yield f"the shape of {model.name}: {_read(model.source)}{_recalled(model.source)}"
    yield f"the size of the {layout.weights.quant} weights: {_how_sized(layout.weights)}"
    if layout.gpu.source.text:
        yield f"{layout.gpu.name}: {_read(layout.gpu.source)}{_recalled(layout.gpu.source)}"
    if plan.speed is not None:
        yield f"speed: {plan.speed.measured}"
    keys = tuple(objective.key for objective in proposal.demand.slo.objectives)
    yield from (note for note in plan.notes if not note.startswith(keys))  # told with the answer
    yield from proposal.notes


def _how_sized(weights: Weights) -> str:
    if weights.source.text == ESTIMATED.text:
        return ESTIMATED.text
    how = "exact" if weights.exact else "from a published size, rounded"
    return f"{how}{words.sourced(weights.source)}"


def _read(source: Source) -> str:
    text = words.short_source(source.text)
    return f"{text}, read {source.checked}" if source.checked else text


def _recalled(source: Source) -> str:
    """The fields that were not read in the source, but for those that size nothing."""
    doubtful = [name for name in source.unverified if name not in CARD]
    return f"; from memory: {', '.join(doubtful)}" if doubtful else ""
