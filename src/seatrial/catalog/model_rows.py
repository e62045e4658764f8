"""A row of `data/models.csv` as a Model: its shape with the layers grouped by how they attend, and its card."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from seatrial.catalog.table import (
    SOURCE,
    date,
    integer,
    one_of,
    optional,
    some_of,
    source_of,
    text,
    words,
    yes_no,
)
from seatrial.domain.model import Card, Experts, LayerGroup, Model

if TYPE_CHECKING:
    from seatrial.catalog.table import Column, Row

_COUNT = integer(1, 10_000_000_000_000)
_WIDTH = integer(1, 1_000_000)
_LAYERS = integer(1, 1000)
_SHAPES = {
    "full": set[str](),
    "sliding": {"window_tokens"},
    "hybrid": {"window_tokens", "full_attention_layers"},
    "mla": {"kv_lora_rank", "rope_head_dim"},
}
"""Kind of attention -> the columns that it, and no other, needs."""


def _languages(cell: str) -> tuple[str, ...]:
    """Codes of ISO 639, and what a publisher says without a list, such as `29+ languages`."""
    for word in words(text(cell)):
        if not re.fullmatch(r"[a-z]{2,3}|\d+\+ languages", word):
            raise ValueError(f'"{word}" is neither a language code nor "N+ languages"')
    return words(cell)


def _scores(cell: str) -> tuple[tuple[str, float], ...]:
    """`MMLU=69.4;MT-Bench=8.12`: percent, but of MT-Bench, which goes to 10."""
    pairs = []
    for word in words(cell):
        benchmark, _, score = word.partition("=")
        if not benchmark or not re.fullmatch(r"\d+(\.\d+)?", score) or not 0 < float(score) <= 100:
            raise ValueError(f'"{word}" is not a score such as MMLU=69.4')
        pairs.append((benchmark, float(score)))
    return tuple(pairs)


COLUMNS: dict[str, Column] = {
    "name": text,
    "family": text,
    "repository": optional(text),
    "ollama_tag": optional(text),
    "architecture": text,
    "params_total": _COUNT,
    "params_text": _COUNT,
    "params_active": optional(_COUNT),
    "layers": _LAYERS,
    "hidden": _WIDTH,
    "heads": integer(1, 1000),
    "kv_heads": integer(1, 1000),
    "head_dim": integer(8, 1024),
    "ffn": _WIDTH,
    "gated_ffn": yes_no,
    "vocab": _WIDTH,
    "context_tokens": integer(128, 100_000_000),
    "attention": one_of(*_SHAPES),
    "window_tokens": optional(_WIDTH),
    "full_attention_layers": optional(integer(0, 1000)),
    "tied_embeddings": yes_no,
    "kv_lora_rank": optional(_WIDTH),
    "rope_head_dim": optional(_WIDTH),
    "experts": optional(integer(2, 10_000)),
    "experts_per_token": optional(integer(1, 1000)),
    "moe_ffn": optional(_WIDTH),
    "dense_layers": optional(integer(0, 1000)),
    "shared_ffn": optional(_WIDTH),
    "modalities": some_of("text", "image", "audio", "video"),
    "licence": text,
    "commercial_use": one_of("yes", "conditions", "no"),
    "gated": optional(yes_no),
    "tunable": optional(yes_no),
    "languages": _languages,
    "capabilities": some_of("chat", "code", "tools", "reasoning", "vision", "embedding"),
    "released": optional(date),
    "scores": _scores,
    "ethics": text,
    "notes": optional(text),
    **SOURCE,
}


def model_of(row: Row) -> Model:
    """The shape. Raises TableError where columns contradict each other."""
    _check(row)
    experts = _experts(row)
    all_experts = experts is not None and experts.layers == row["layers"]
    return Model(
        name=row["name"],
        family=row["family"],
        architecture=row["architecture"],
        parameters=row["params_total"],
        active_parameters=row["params_active"] or row["params_text"],
        layers=row["layers"],
        hidden=row["hidden"],
        heads=row["heads"],
        ffn=0 if all_experts else row["ffn"],  # such configs still name a width that no layer has
        vocabulary=row["vocab"],
        context_tokens=row["context_tokens"],
        attention=_attention(row),
        tied_embeddings=row["tied_embeddings"],
        gated_ffn=row["gated_ffn"],
        experts=experts,
        extra_parameters=row["params_total"] - row["params_text"],
        source=source_of(row, COLUMNS),
    )


def card_of(row: Row) -> Card:
    """What to know of the model before choosing it. Raises TableError as `source_of` does."""
    return Card(
        model=row["name"],
        repository=row["repository"],
        tag=row["ollama_tag"],
        licence=row["licence"],
        commercial_use=row["commercial_use"],
        gated=row["gated"],
        tunable=row["tunable"],
        modalities=row["modalities"],
        languages=row["languages"],
        capabilities=row["capabilities"],
        released=row["released"],
        scores=row["scores"],
        ethics=row["ethics"],
        notes=row["notes"] or "",
        source=source_of(row, COLUMNS),
    )


def _attention(row: Row) -> tuple[LayerGroup, ...]:
    """Layers of one kind together; a row of kind `sliding` or `hybrid` says how many of them see everything."""
    layers, heads, kv_heads, width = (row[column] for column in ("layers", "heads", "kv_heads", "head_dim"))
    if row["attention"] == "mla":
        return (LayerGroup("mla", layers, heads, 1, row["kv_lora_rank"] + row["rope_head_dim"], 0),)
    full = layers if row["attention"] == "full" else row["full_attention_layers"] or 0
    groups = []
    if full:
        groups.append(LayerGroup("full", full, heads, kv_heads, width, width))
    if full < layers:
        groups.append(LayerGroup("sliding", layers - full, heads, kv_heads, width, width, row["window_tokens"]))
    return tuple(groups)


def _experts(row: Row) -> Experts | None:
    if row["experts"] is None:
        return None
    return Experts(
        count=row["experts"],
        per_token=row["experts_per_token"],
        ffn=row["moe_ffn"],
        layers=row["layers"] - row["dense_layers"],
        shared_ffn=row["shared_ffn"] or 0,
    )


def _check(row: Row) -> None:
    """What no single cell can tell."""
    needed = _SHAPES[row["attention"]]
    for column in sorted(set().union(*_SHAPES.values())):
        given = row[column] is not None
        if given != (column in needed) and (column, row["attention"]) != ("full_attention_layers", "sliding"):
            raise row.fault(
                column, f'attention "{row["attention"]}" {"needs" if not given else "has no use for"} it'
            )
    for column in ("experts_per_token", "moe_ffn", "dense_layers", "params_active"):
        if (row[column] is None) != (row["experts"] is None):
            raise row.fault(column, 'goes with "experts"')
    at_most = (
        ("params_text", "params_total"),
        ("params_active", "params_text"),
        ("kv_heads", "heads"),
        ("full_attention_layers", "layers"),
        ("experts_per_token", "experts"),
        ("dense_layers", "layers"),
    )
    for small, large in at_most:
        if row[small] is not None and row[small] > row[large]:
            raise row.fault(small, f'is more than "{large}"')
    if row["heads"] % row["kv_heads"]:
        raise row.fault("kv_heads", "does not divide the heads")
