"""Models side by side: a row for each thing worth knowing, a column for each model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.catalog.quants import bits_per_weight
from seatrial.report.figures import UNKNOWN
from seatrial.report.models import words
from seatrial.report.view import Cell, Role, Row, Section, Table, View
from seatrial.sizing.memory.kv import kv_bytes, kv_bytes_per_token
from seatrial.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.model import CatalogModel, Weights

    Sized = tuple[CatalogModel, Sequence[Weights]]

_KV = "bfloat16"
_REQUEST = 8192


def side_by_side(models: Sequence[Sized]) -> View:
    """The comparison; scores only of benchmarks that at least two of them publish."""
    names = tuple((found.model.name,) for found, _ in models)
    sections = [
        Section("What they are", tables=(Table("", names, tuple(_facts([found for found, _ in models]))),)),
        Section(
            "Sizes", tables=(Table("", names, tuple(_sizes(models))),), bullets=(Cell("~ is estimated.", Role.DIM),)
        ),
    ]
    scores = tuple(_scores([found for found, _ in models]))
    if scores:
        warning = (Cell(words.SCORES_WARNING, Role.WARN),)
        sections.append(Section("Scores", tables=(Table("", names, scores),), bullets=warning))
    return View("Models side by side", tuple(sections))


def _facts(models: Sequence[CatalogModel]) -> Iterator[Row]:
    yield _row("parameters", [words.parameters(one.model.parameters) for one in models])
    if any(one.model.experts for one in models):
        yield _row("active for a token", [words.parameters(one.model.active_parameters) for one in models])
    yield _row("context, tokens", [words.tokens(one.model.context_tokens) for one in models])
    yield _row("KV cache per token, 16 bits", [format_bytes(kv_bytes_per_token(one.model, _KV)) for one in models])
    yield _row("KV cache of 8k tokens", [format_bytes(kv_bytes(one.model, _KV, 1, _REQUEST)) for one in models])
    yield _row("licence", [_short(one.card.licence) for one in models])
    yield Row("commercial use", tuple(words.COMMERCIAL[one.card.commercial_use] for one in models))
    yield _row("gated", [words.yes_no(one.card.gated) for one in models])
    yield _row("takes", [" + ".join(one.card.modalities) for one in models])
    for ability in _union(models):
        yield _row(
            f"good for {ability}", ["yes" if ability in one.card.capabilities else UNKNOWN for one in models]
        )
    yield _row("languages", [_languages(one.card.languages) for one in models])
    yield _row("released", [one.card.released or UNKNOWN for one in models])


def _sizes(models: Sequence[Sized]) -> Iterator[Row]:
    """The quantisations that two of them are known in, and those one is published in as its first choice."""
    by_quant = [{(one.format, one.quant): one for one in weights} for _, weights in models]
    first = {(one.format, one.quant) for found, weights in models for one in weights if one.tag == found.card.tag}
    for key in sorted(
        {key for sizes in by_quant for key in sizes}, key=lambda key: (key[0], bits_per_weight(*key[::-1]), key[1])
    ):
        sizes = [by.get(key) for by in by_quant]
        if key in first or sum(one is not None for one in sizes) > 1:
            yield _row(f"{key[1]} ({key[0]})", [UNKNOWN if one is None else words.size(one) for one in sizes])


def _scores(models: Sequence[CatalogModel]) -> Iterator[Row]:
    published = [dict(one.card.scores) for one in models]
    for benchmark in dict.fromkeys(name for scores in published for name in scores):
        if sum(benchmark in scores for scores in published) > 1:
            yield _row(
                benchmark, [f"{scores[benchmark]:g}" if benchmark in scores else UNKNOWN for scores in published]
            )


def _union(models: Sequence[CatalogModel]) -> list[str]:
    return list(dict.fromkeys(ability for one in models for ability in one.card.capabilities))


def _languages(languages: Sequence[str]) -> str:
    """Few are named, many are counted."""
    claimed = next((word for word in languages if word.endswith("languages")), None)
    return claimed or (" ".join(languages) if len(languages) < 4 else f"{len(languages)} languages")


def _short(licence: str) -> str:
    return licence.replace("Community License", "Community").replace(
        ", with the terms of its data and base model", " +"
    )


def _row(label: str, texts: Sequence[str]) -> Row:
    return Row(label, tuple(Cell(text) for text in texts))
