"""Which plan comes first, and which refusal speaks for its engine and GPU.

Money decides, to two significant digits: prices are not known better. Among plans that cost alike come those that
meet the SLO at the far end of their intervals too; then, between layouts of one engine on one GPU, those with
more bits for each weight (speed beyond what is asked brings nothing, and precision that is given away does not come
back) and fewer GPUs; between engines and GPUs, those whose far end is the furthest from the limits. Plans without a
known price follow, by their number of GPUs.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seatrial.domain.plan import Layout
    from seatrial.sizing.choice.evaluate import Draft, Refused
    from seatrial.sizing.choice.question import Question
    from seatrial.sizing.cost import Purchase


TWINS = {"llama.cpp": "Ollama", "ollama": "llama.cpp"}
"""Engines that run the same code, and what the other is called."""


def ranked(drafts: Iterable[Draft]) -> list[Draft]:
    """The best layout of each engine on each GPU, the best of all first; the same for the same question, always."""
    return sorted(drafts, key=_between_groups)


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


def _between_groups(draft: Draft) -> tuple[object, ...]:
    exact = draft.bought.usd_per_month if draft.bought else 0.0
    return (*money_of(draft), not draft.sure, draft.burden, exact, draft.layout.engine, draft.layout.gpu.name)


def money_of(draft: Draft) -> tuple[bool, float]:
    """`money` of what the draft buys."""
    return money(draft.bought, draft.layout.gpu_count * draft.replicas)


def money(bought: Purchase | None, gpus: int) -> tuple[bool, float]:
    """Whether no price is known; a month's price class, or else the number of GPUs."""
    return (True, float(gpus)) if bought is None else (False, price_class(bought.usd_per_month))
