"""What is asked of a model, and whether one meets it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from seatrial.catalog.models import catalog_models
from seatrial.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seatrial.domain.model import CatalogModel, Weights

    Key = Callable[[CatalogModel, Weights], float | str]

_SCALES = {"": 1, "k": 1e3, "m": 1e6, "b": 1e9, "t": 1e12}
_MANY = "+ languages"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything asked for must be met; None and () ask for nothing.

    `licence` is part of a licence's name, or `commercial` or `free` (commercial use without conditions).
    """

    licence: str | None = None
    commercial: bool = False
    min_parameters: float | None = None
    max_parameters: float | None = None
    capabilities: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    family: str | None = None
    context_tokens: int | None = None
    gated: bool | None = None
    tunable: bool = False


class Order(NamedTuple):
    """`key` is None where the catalogue's own order is meant."""

    key: Key | None
    largest_first: bool = False


ORDERS: dict[str, Order] = {
    "catalogue": Order(None),
    "params": Order(lambda found, _: found.model.parameters),
    "size": Order(lambda _, weights: weights.bytes),
    "context": Order(lambda found, _: found.model.context_tokens, largest_first=True),
    "name": Order(lambda found, _: found.model.name),
    "released": Order(lambda found, _: found.card.released or "", largest_first=True),
}
"""The word for an order -> how to sort: the smallest, the longest context, the newest first."""


def order(word: str) -> Order:
    """The order of that name. Raises UsageError for an unknown one."""
    if word not in ORDERS:
        raise UsageError(f'models cannot be sorted by "{word}"', nearest(word, ORDERS))
    return ORDERS[word]


def parse_parameters(text: str) -> float:
    """Parameters in `8B`, `0.5b`, `135M`, `1T`. Raises UsageError for anything else."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmbt]?)", text.strip().lower())
    if not found:
        raise UsageError(f'"{text}" is no number of parameters', "write 8B, 0.5B or 135M")
    return float(found[1]) * _SCALES[found[2]]


def parse_tokens(text: str) -> int:
    """Tokens in `32k` (32768) or `100000`. Raises UsageError for anything else."""
    found = re.fullmatch(r"(\d+)\s*([km]?)", text.strip().lower())
    if not found or int(found[1]) == 0:
        raise UsageError(f'"{text}" is no number of tokens', "write 32k or 32768")
    return int(found[1]) * {"": 1, "k": 1024, "m": 1024**2}[found[2]]


def fits(found: CatalogModel, wanted: Wanted) -> bool:
    """Whether the model meets everything. Raises UsageError for a word that no model of the catalogue knows."""
    model, card = found.model, found.card
    return (
        (wanted.min_parameters is None or model.parameters >= wanted.min_parameters)
        and (wanted.max_parameters is None or model.parameters <= wanted.max_parameters)
        and (wanted.context_tokens is None or model.context_tokens >= wanted.context_tokens)
        and (wanted.gated is None or card.gated == wanted.gated)
        and (not wanted.tunable or card.tunable is True)
        and (not wanted.commercial or card.commercial_use != "no")
        and (wanted.licence is None or _licensed(found, wanted.licence))
        and (wanted.family is None or model.family.startswith(wanted.family))
        and set(wanted.capabilities) <= set(card.capabilities)
        and set(wanted.modalities) <= set(card.modalities)
        and all(speaks(found, language) for language in wanted.languages)
    )


def checked(wanted: Wanted) -> Wanted:
    """The same, once every word in it is known to some model. Raises UsageError for the first that is not."""
    cards = [found.card for found in catalog_models()]
    _known("capability", wanted.capabilities, (word for card in cards for word in card.capabilities))
    _known("modality", wanted.modalities, (word for card in cards for word in card.modalities))
    families = {found.model.family for found in catalog_models()}
    if wanted.family and not any(family.startswith(wanted.family) for family in families):
        raise UsageError(f'family "{wanted.family}" is unknown', nearest(wanted.family, families))
    for language in wanted.languages:
        if not re.fullmatch("[a-z]{2,3}", language):
            raise UsageError(f'"{language}" is no language code', "write en, de, zh, ja")
    licence = wanted.licence
    if licence is not None and not any(_licensed(found, licence) for found in catalog_models()):
        raise UsageError(f'no model has a licence "{licence}"', "commercial, free, or part of a licence's name")
    return wanted


def speaks(found: CatalogModel, language: str) -> bool:
    """Whether the publisher lists the language, or claims dozens without a list."""
    return any(word == language or word.endswith(_MANY) for word in found.card.languages)


def _licensed(found: CatalogModel, word: str) -> bool:
    if word == "commercial":
        return found.card.commercial_use != "no"
    if word == "free":
        return found.card.commercial_use == "yes"
    return word.lower() in found.card.licence.lower()


def _known(what: str, words: Iterable[str], known: Iterable[str]) -> None:
    valid = set(known)
    for word in words:
        if word not in valid:
            raise UsageError(f'{what} "{word}" is unknown', nearest(word, valid))
