"""Everything about one model."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from seatrial.report.ansi import BOLD, SGR, paint, printable
from seatrial.report.figures import UNKNOWN
from seatrial.report.models import shape, words
from seatrial.report.models.columns import Column, column_lines, note_lines
from seatrial.report.view import Cell, Role
from seatrial.units import significant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.model import CatalogModel, Weights

_LABEL = 14
_INDENT = "  "


def card_text(found: CatalogModel, weights: Sequence[Weights], width: int, *, styled: bool) -> str:
    """The card, the shape, the sizes, the scores and the sources, ending in a newline."""
    blocks = [
        [paint(found.model.name, BOLD, styled=styled), *_facts(_card(found), width)],
        [_head("Shape", styled), *_facts(_shape(found), width)],
        [_head("Sizes", styled), *_sizes(found, weights, width, styled)],
        [_head("Scores", styled), *_scores(found, width, styled)],
        [_head("Where this is from", styled), *_facts(_origin(found), width)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _card(found: CatalogModel) -> Iterator[tuple[str, str]]:
    card = found.card
    use = {
        "yes": "commercial use allowed",
        "conditions": "commercial use with conditions",
        "no": "no commercial use",
    }
    yield "licence", f"{card.licence}: {use[card.commercial_use]}"
    yield "gated", "yes: its terms must be accepted before a download" if card.gated else words.yes_no(card.gated)
    yield "tuning", {None: UNKNOWN, True: "allowed", False: "not allowed"}[card.tunable]
    yield "takes", " and ".join(card.modalities)
    yield "good for", ", ".join(card.capabilities)
    yield "languages", ", ".join(card.languages)
    yield "released", card.released or UNKNOWN
    yield "ethics", card.ethics
    yield "repository", card.repository or UNKNOWN
    yield "ollama tag", card.tag or UNKNOWN
    if card.notes:
        yield "note", card.notes


def _shape(found: CatalogModel) -> Iterator[tuple[str, str]]:
    model = found.model
    yield (
        "parameters",
        words.of_model(model)
        + (
            f"; {words.parameters(model.extra_parameters)} of them outside the text decoder"
            if model.extra_parameters
            else ""
        ),
    )
    yield "context", f"{model.context_tokens:,} tokens"
    yield "layers", shape.layers(model)
    yield "heads", shape.heads(model)
    yield "hidden", f"{model.hidden:,} wide"
    yield "feed-forward", shape.feed_forward(model)
    tied = ", shared by input and output" if model.tied_embeddings else ""
    yield "vocabulary", f"{model.vocabulary:,}{tied}"
    for kv_dtype in shape.KV_DTYPES:
        yield f"KV {kv_dtype}", shape.cache(model, kv_dtype)


def _sizes(found: CatalogModel, weights: Sequence[Weights], width: int, styled: bool) -> Iterator[str]:
    bits = [8 * one.bytes / found.model.parameters for one in weights]
    columns = [
        Column("FORMAT", [Cell(one.format) for one in weights]),
        Column("QUANT", [Cell(one.quant) for one in weights]),
        Column("SIZE", [Cell(words.size(one)) for one in weights], right=True),
        Column("BITS/WEIGHT", [Cell(significant(value)) for value in bits], right=True),
        Column("HOW KNOWN", [Cell(words.basis(one), Role.DIM) for one in weights], rank=1),
        Column("OLLAMA TAG", [Cell(one.tag or "") for one in weights], rank=2),
    ]
    for line in column_lines(columns, width - len(_INDENT), styled=styled):
        yield _INDENT + line if line else ""


def _scores(found: CatalogModel, width: int, styled: bool) -> Iterator[str]:
    if not found.card.scores:
        yield _INDENT + "none in the catalogue"
        return
    told = ", ".join(
        f"{name} {value:g}{'' if name.startswith('MT-Bench') else ' %'}" for name, value in found.card.scores
    )
    yield from textwrap.wrap(told, width, initial_indent=_INDENT, subsequent_indent=_INDENT)
    for line in note_lines(words.SCORES_WARNING, width - len(_INDENT), styled=styled, role=Role.WARN):
        yield _INDENT + line


def _origin(found: CatalogModel) -> Iterator[tuple[str, str]]:
    yield "source", words.source(found.card.source)
    yield "not verified", words.unverified(found.card.source) or "nothing: every field was read there"


def _head(title: str, styled: bool) -> str:
    return paint(title.upper(), SGR[Role.DIM] if styled else None, styled=styled)


def _facts(facts: Iterator[tuple[str, str]], width: int) -> Iterator[str]:
    for label, text in facts:
        lead = _INDENT + label.ljust(_LABEL)
        yield from textwrap.wrap(
            printable(text),
            width,
            initial_indent=lead,
            subsequent_indent=" " * len(lead),
            break_on_hyphens=False,
            break_long_words=False,
        )
