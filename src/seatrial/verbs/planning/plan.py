"""`plan`: from a model and a traffic to hardware, flags, replicas and money."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.catalog.gpus import all_gpus
from seatrial.catalog.offers import all_offers
from seatrial.catalog.quants import weights_of
from seatrial.sizing.choice.question import ENGINES, FORMATS, QUANT, Question
from seatrial.sizing.choice.search import propose
from seatrial.sizing.choice.weights_tried import knows
from seatrial.verbs.planning.hardware import chosen_engines, chosen_gpus, market_of
from seatrial.verbs.planning.settled import check_quants, on_all_gpus, settled
from seatrial.verbs.planning.wishes import Wishes, assumed, demand_of, pins_of
from seatrial.verbs.planning.words import read_budget

if TYPE_CHECKING:
    from seatrial.domain.coefficients import Calibration
    from seatrial.domain.model import Model, Weights
    from seatrial.domain.plan import Proposal
    from seatrial.sources.models.found import Found

__all__ = ["Planned", "Wishes", "plan", "planned", "question_about"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A proposal, and how the best plan's engine is told which model to load.

    `serve`: what it is told to load and what requests call it, None for the model's name.
    `model_path`: a GGUF file that seatrial could serve itself. `typed`: the MODEL that was asked about.
    """

    proposal: Proposal
    serve: str | None = None
    model_path: str | None = None
    calibrations: tuple[Calibration, ...] = ()
    typed: str | None = None


def plan(model: str, wishes: Wishes = Wishes(), *, explained: bool = True) -> Proposal:  # noqa: B008  it is frozen
    """The proposal for `model`: a name of the catalogue, a folder, a .gguf file, or hf:, ollama: or pypi:.

    With one engine and one GPU that one layout is evaluated, otherwise the best of all are searched for. Raises
    UsageError for a name, setting or wish that cannot be, OutsideError where the model cannot be read.
    """
    return planned(model, wishes, explained=explained).proposal


def planned(model: str, wishes: Wishes = Wishes(), *, explained: bool = True) -> Planned:  # noqa: B008
    """The same, with how the engine is told which model to load. Raises as `plan` does."""
    from seatrial.sources.models.find import find  # noqa: PLC0415  network clients load where they are needed

    wishes = settled(wishes)
    found = sized(find(model), wishes)
    own = wishes.weights_bytes is not None or _is_own(model, found)
    only_files = own and bool(found.files) and (not wishes.quants or wishes.weights_bytes is not None)
    question = question_about(found.model, found.files, wishes, only_files=only_files, explained=explained)
    names = _called(model, found)
    proposal = propose(replace(question, called=tuple(names.items())))
    best = proposal.plans[0].layout if proposal.plans else None
    serve = names.get(best.engine, "").replace(QUANT, best.weights.quant) if best else ""
    return Planned(proposal, serve or None, model if _is_gguf(model) else None, wishes.calibrations, model)


def question_about(
    model: Model, files: tuple[Weights, ...], wishes: Wishes, *, only_files: bool = False, explained: bool = True
) -> Question:
    """The question of `wishes` about a model that was read. Raises UsageError."""
    wishes = settled(wishes)
    offers = all_offers()
    demand = demand_of(wishes, model)
    market = market_of(wishes, offers)
    gpus = tuple(chosen_gpus(wishes, market))
    formats: set[str] = {file.format for file in files} if only_files else set()
    engines = chosen_engines(wishes, formats)
    check_quants(wishes.quants, engines)
    exact = len(engines) == 1 == len(gpus) and bool(wishes.engines and (wishes.gpus or wishes.instances))
    exact = exact and len(wishes.quants) <= 1
    question = Question(
        model=model,
        files=files,
        demand=demand,
        gpus=gpus,
        larger=all_gpus(),
        market=market,
        engines=engines,
        engines_named=bool(wishes.engines),
        pins=pins_of(wishes, engines),
        exact=exact,
        only_files=only_files,
        budget_usd_per_month=None if wishes.budget is None else read_budget(wishes.budget),
        spare=wishes.spare,
        sites=wishes.sites,
        calibrations=wishes.calibrations,
        explained=explained,
        notes=tuple(assumed(wishes)),
        owned=wishes.owned,
        sure=wishes.sure,
    )
    return on_all_gpus(question) if exact else question


def _is_gguf(model: str) -> bool:
    return model.lower().endswith(".gguf")


def _is_own(text: str, found: Found) -> bool:
    """Whether the text names weights as they are, rather than a model that comes in several quantisations."""
    return text.startswith(("ollama:", "pypi:")) or (found.card is None and not text.startswith("hf:"))


def sized(found: Found, wishes: Wishes) -> Found:
    """`found` with weights of exactly the size that was said, in the quantisation that was said, or fits it."""
    from seatrial.sources.models.found import with_bytes  # noqa: PLC0415

    size = wishes.weights_bytes
    if size is None:
        return found
    if not wishes.quants:
        return with_bytes(found if found.card is None else replace(found, files=()), size)
    forms = {form for form in FORMATS.values() if knows(form, wishes.quants[0])}
    said = [weights_of(found.model, found.files, wishes.quants[0], form) for form in sorted(forms)]
    exact = (replace(each, bytes=size, low_bytes=size, high_bytes=size, part="model") for each in said)
    return replace(found, files=tuple(exact))


def _called(text: str, found: Found) -> dict[str, str]:
    """What each engine is told to load, where that is not the model's name."""
    if _is_gguf(text):
        return dict.fromkeys(ENGINES, text)
    if Path(text).is_dir():
        return {"vllm": text}
    if text.startswith("ollama:"):
        return {"ollama": text.removeprefix("ollama:")}
    if text.startswith("hf:"):
        repository = re.split("[:@]", text.removeprefix("hf:"), maxsplit=1)[0]
        if any(file.format == "gguf" for file in found.files):
            return {"llama.cpp": f"hf:{repository}:{QUANT}", "ollama": f"hf.co/{repository}:{QUANT}"}
        return {"vllm": repository}
    repository = found.card.repository if found.card else ""
    return {"vllm": repository} if repository else {}
