"""The catalogue of models: `data/models.csv` for shapes and cards, `data/model_files.csv` for weights."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from seatrial.catalog import model_rows
from seatrial.catalog.model_files import COLUMNS as FILE_COLUMNS
from seatrial.catalog.model_files import computed, weights_of_row
from seatrial.catalog.table import read
from seatrial.domain.model import CatalogModel
from seatrial.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.catalog.table import Row
    from seatrial.domain.model import Weights


@cache
def catalog_models() -> tuple[CatalogModel, ...]:
    """Every model, in the order of the table, with the files known of it. Raises TableError for a wrong table."""
    return models_of(read("models.csv", model_rows.COLUMNS), read("model_files.csv", FILE_COLUMNS))


def models_of(rows: Iterable[Row], files: Iterable[Row]) -> tuple[CatalogModel, ...]:
    """The models of checked rows. Raises TableError for a contradiction, a repeated name, a file of no model."""
    shapes = {}
    for row in rows:
        if row["name"] in shapes:
            raise row.fault("name", f'"{row["name"]}" is there twice')
        shapes[row["name"]] = (model_rows.model_of(row), model_rows.card_of(row))
    weights: dict[str, list[Weights]] = defaultdict(list)
    for row in files:
        if row["model"] not in shapes:
            raise row.fault("model", f'"{row["model"]}" is not in models.csv')
        weights[row["model"]].append(weights_of_row(row))
    return tuple(
        CatalogModel(model, card, (*weights[name], *computed(model))) for name, (model, card) in shapes.items()
    )


def find_model(name: str) -> CatalogModel:
    """The model of that name: the catalogue's, its repository's (with or without the owner) or its Ollama tag.

    Case and separators do not matter. Raises UsageError with near matches.
    """
    found = _names().get(_key(name))
    if found is None:
        raise UsageError(f'model "{name}" is not in the catalogue', _near(name))
    return found


@cache
def _names() -> dict[str, CatalogModel]:
    """Every spelling that is understood, as a key. Where two models share one, the first row has it."""
    names: dict[str, CatalogModel] = {}
    for spelling in (_own_name, _repository, _tag, _short):
        for model in catalog_models():
            for name in spelling(model):
                names.setdefault(_key(name), model)
    return names


def _own_name(found: CatalogModel) -> tuple[str, ...]:
    return (found.model.name,)


def _repository(found: CatalogModel) -> tuple[str, ...]:
    full = found.card.repository
    return (full, full.partition("/")[2]) if full else ()


def _tag(found: CatalogModel) -> tuple[str, ...]:
    """The tag, and those of its files; `llama3:latest` is `llama3`."""
    tags = [tag for tag in (found.card.tag, *(file.tag for file in found.files)) if tag]
    return (*tags, *(f"{tag}:latest" for tag in tags if ":" not in tag))


def _short(found: CatalogModel) -> tuple[str, ...]:
    """The name without the word for its tuning, which people leave out."""
    return (re.sub(r"-(instruct|it|chat)\b", "", found.model.name),)


def _near(name: str) -> str:
    known = [found.model.name for found in catalog_models()]
    short = name.lower().rpartition("/")[2]
    held = [other for other in known if len(short) > 2 and _words(short) <= _words(other)]
    near = held or difflib.get_close_matches(short, known, n=5, cutoff=0.5)
    return "near matches: " + ", ".join(near[:8]) if near else "`seatrial models list` shows them all"


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+|\d+(?:\.\d+)?b?", name))


def _key(name: str) -> str:
    """What two spellings of one name share."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
