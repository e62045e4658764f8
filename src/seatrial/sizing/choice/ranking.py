"""Which plan comes first, and which refusal speaks for its engine and GPU.

Money decides, to two significant digits: prices are not known better. Among plans that cost alike come those that
meet the SLO at the far end of their intervals too; then, between layouts of one engine on one GPU, those with
more bits for each weight (speed beyond what is asked brings nothing, and precision that is given away does not come
back) and fewer GPUs; between engines and GPUs, those whose far end is the furthest from the limits. Where no SLO
sets a limit, or several quantisations were asked for, more bits (4, 8 or 16) come first there, too. Plans without a
known price follow, by their number of GPUs.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from seatrial.catalog.quants import bits_per_weight
from seatrial.sizing.choice.weights_tried import knows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seatrial.domain.model import WeightFormat
    from seatrial.domain.plan import Layout
    from seatrial.sizing.choice.evaluate import Draft, Refused
    from seatrial.sizing.choice.question import Question
    from seatrial.sizing.cost import Purchase


TWINS = {"llama.cpp": "Ollama", "ollama": "llama.cpp"}
"""Engines that run the same code, and what the other is called."""


def ranked(question: Question, drafts: Iterable[Draft]) -> list[Draft]:
    """The best layout of each engine on each GPU, the best of all first; the same for the same question, always."""
    return sorted(drafts, key=lambda draft: _between_groups(question, draft))


def without_twins(question: Question, drafts: Iterable[Draft]) -> Iterator[Draft]:
    """The drafts in their order, but of Ollama and llama.cpp with the same weights on the same GPUs only the first.

    One runs the other's server, so they are predicted alike; both stay where an engine was named.
    """
    seen = set()
    for draft in drafts:
        layout = draft.layout
        twin = (layout.gpu.name, layout.gpu_count, layout.weights.quant, draft.replicas)
        if layout.engine not in TWINS or question.engines_named:
            yield draft
        elif twin not in seen:
            seen.add(twin)
            other = TWINS[layout.engine]
            yield replace(draft, notes=(*draft.notes, f"{other} runs the same code: it is predicted alike"))


def best_of_group(drafts: Iterable[Draft]) -> Draft | None:
    """The best of the layouts of one engine on one GPU."""
    return min(drafts, key=within_group, default=None)


def nearest_miss(refused: Iterable[Refused]) -> Refused:
    """The refusal that tells most: of the highest kind, the one that fails by the least."""
    return min(refused, key=lambda each: (-each.kind, each.excess, each.layout.gpu_count))


def dearness(refused: Refused) -> tuple[bool, float]:
    """What refusals are sorted by: those that only the budget rules out come first, the cheapest of them first."""
    dear = refused.bought is not None
    return (not dear, refused.excess if dear else 0.0)


def price_class(usd: float) -> float:
    """`usd` to two significant digits."""
    if usd <= 0:
        return 0.0
    return round(usd, 1 - math.floor(math.log10(usd)))


def within_group(draft: Draft) -> tuple[object, ...]:
    """What layouts of one engine on one GPU are sorted by."""
    gpus = draft.layout.gpu_count * draft.replicas
    return (*money_of(draft), not draft.sure, -draft.layout.weights.bytes, gpus, draft.burden)


def at_best(layout: Layout, bought: Purchase | None, replicas: int) -> tuple[object, ...]:
    """`within_group` of the best draft that `layout` could make: so many replicas that are sure."""
    gpus = layout.gpu_count * replicas
    return (*money(bought, gpus), False, -layout.weights.bytes, gpus)


def _between_groups(question: Question, draft: Draft) -> tuple[object, ...]:
    layout = draft.layout
    exact = draft.bought.usd_per_month if draft.bought else 0.0
    is_free = not question.demand.slo.objectives or len(question.pins.quants) > 1
    bits = precision(layout.weights.quant, layout.weights.format) if is_free else 0
    return (*money_of(draft), not draft.sure, -bits, draft.burden, exact, layout.engine, layout.gpu.name)


@cache
def precision(quant: str, weight_format: WeightFormat) -> int:
    """2, 3, 4 for weights of about 4, 8, 16 bits: scales, and layers that are left wider, make no difference."""
    if not knows(weight_format, quant):
        return 0
    return math.floor(math.log2(bits_per_weight(quant, weight_format)) + 0.3)


def money_of(draft: Draft) -> tuple[bool, float]:
    """`money` of what the draft buys."""
    return money(draft.bought, draft.layout.gpu_count * draft.replicas)


def money(bought: Purchase | None, gpus: int) -> tuple[bool, float]:
    """Whether no price is known; a month's price class, or else the number of GPUs."""
    return (True, float(gpus)) if bought is None else (False, price_class(bought.usd_per_month))
