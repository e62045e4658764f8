"""Wishes put in order: lists taken apart, and the GPUs that somebody has counted."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.catalog.gpus import find_gpu
from seatrial.catalog.quants import canonical_quant
from seatrial.errors import UsageError
from seatrial.sizing.choice.layouts import GPU_COUNTS, layouts_of
from seatrial.sizing.choice.question import FORMATS
from seatrial.sizing.choice.weights_tried import knows
from seatrial.sizing.memory.kv import splits
from seatrial.sizing.memory.layout import memory_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.sizing.choice.question import Pins, Question
    from seatrial.verbs.planning.wishes import Wishes

_COUNTED = re.compile(r"(\d{1,4})\s*x\s*(\S.*)", re.IGNORECASE)


def settled(wishes: Wishes) -> Wishes:
    """`wishes` with one word in each of `quants`, and `2 x L4` among the GPUs as an L4 of which two are `owned`.

    The same for wishes that are settled already. Raises UsageError for GPUs that are not there, or not enough.
    """
    quants = tuple(dict.fromkeys(part.strip() for text in wishes.quants for part in text.split(",")))
    counted = [(text, _COUNTED.fullmatch(text.strip())) for text in wishes.gpus]
    owned = dict(wishes.owned)
    names = []
    for text, found in counted:
        names.append(found[2] if found else text)
        if found:
            owned[find_gpu(found[2]).name] = _some(int(found[1]), text)
    _check_enough(wishes, owned.values())
    return replace(wishes, quants=quants, gpus=tuple(names), owned=tuple(owned.items()))


def _some(count: int, text: str) -> int:
    if count < 1:
        raise UsageError(f'--gpu "{text}" is no GPU at all', "say how many you have, such as 2 x L4")
    return count


def _check_enough(wishes: Wishes, owned: Iterable[int]) -> None:
    each = (wishes.tensor_parallel or 1) * (wishes.pipeline_parallel or 1)
    asked = each * (wishes.replicas or 1)
    most = max(owned, default=asked)
    if asked > most:
        hint = "lower --tp, --pp or --replicas, or leave the number of GPUs out"
        raise UsageError(f"{asked} GPUs are asked for (--tp x --pp x --replicas), of {most} that there are", hint)


def is_counted(name: str) -> bool:
    """Whether a GPU is written with how many of it there are: `2 x L4`."""
    return _COUNTED.fullmatch(name.strip()) is not None


def check_quants(quants: Iterable[str], engines: Iterable[str]) -> None:
    """Raises UsageError for a quantisation that none of `engines` reads, with the nearest words."""
    forms = list(dict.fromkeys(FORMATS[engine] for engine in engines))
    for quant in quants:
        if not any(knows(form, quant) for form in forms):
            canonical_quant(quant, forms[0])


def on_all_gpus(question: Question) -> Question:
    """A fixed layout on all GPUs of its machine, or on all that somebody has, where nothing says how many.

    As many as the model can be divided over, of counted ones no more than a machine holds. Ollama takes no more
    than it needs: it spreads only what one GPU cannot hold.
    """
    (engine,), (gpu,), pins = question.engines, question.gpus, question.pins
    owned = dict(question.owned).get(gpu.name)
    if pins.tensor_parallel is None and pins.pipeline_parallel is None:
        held = owned or _machine(question)
        most = min(held, max(*GPU_COUNTS, _machine(question)))
        pinned = [_pinned(question, n) for n in range(1, most + 1) if _may(question, n)]
        taken = next((each for each in pinned if _fits(each)), pinned[0]) if engine == "ollama" else pinned[-1]
        if held > 1:
            question = replace(question, notes=(*question.notes, _told(taken.pins, held, engine)))
            pins = taken.pins
    if owned and pins.replicas is None:
        each = (pins.tensor_parallel or 1) * (pins.pipeline_parallel or 1)
        pins = replace(pins, replicas=max(1, owned // each))
    return replace(question, pins=pins)


def _may(question: Question, count: int) -> bool:
    is_vllm = question.engines == ("vllm",)
    return splits(question.model, count) if is_vllm else count <= question.model.layers


def _pinned(question: Question, count: int) -> Question:
    """The question with so many GPUs for a replica."""
    pins = question.pins
    is_vllm = question.engines == ("vllm",)
    return replace(
        question,
        pins=replace(pins, tensor_parallel=count) if is_vllm else replace(pins, pipeline_parallel=count),
    )


def _fits(question: Question) -> bool:
    """Whether the first of its layouts runs."""
    layout = next(layouts_of(question, question.engines[0], question.gpus[0]))
    return layout.gpu.memory_bytes is not None and memory_of(question.model, layout, question.demand).fits


def _machine(question: Question) -> int:
    """How many GPUs the machine has that was named, the fewest of several; 1 where none was."""
    market = question.market
    offers = market.selling(question.gpus[0].name) if market.instances else ()
    return min((offer.gpu_count for offer in offers), default=1)


def _told(pins: Pins, held: int, engine: str) -> str:
    count = pins.tensor_parallel or pins.pipeline_parallel or 1
    option = "--tp" if engine == "vllm" else "--pp"
    over = f"all {held} GPUs" if count == held else f"{count} of the {held} GPUs"
    return f"a replica is on {over}, since nothing was said; {option} says how many"
