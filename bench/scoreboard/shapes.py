"""The models of the rows: from configs.json for vLLM, from gguf_models.csv for files of llama.cpp and Ollama."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from functools import cache

from bench.scoreboard.rows import HERE

from seatrial.domain.model import Experts, LayerGroup, Model, Source, Weights
from seatrial.formats.hf_config import model_of_config

_BODY_BITS = {"Q4_K_M": 4.8, "Q4_0": 4.5, "Q8_0": 8.5, "F16": 16.0, "MXFP4": 4.25, "IQ4_NL": 4.5}
"""Bits per weight of the layers. A Q4_K_M holds half of its value and down projections in Q6_K."""
_HEAD_BITS = {"F16": 16.0, "Q8_0": 8.5, "MXFP4": 16.0}
_Q6_K = 6.5625
_ARCHITECTURES = {"llama4": "Llama4ForConditionalGeneration", "phi": "PhiForCausalLM"}
"""What the published configs say and configs.json leaves out, where an engine goes by it."""


@dataclass(frozen=True, slots=True)
class GgufFile:
    """What a name of a row stands for: a model in a quantisation. `basis`: how it was told from the name."""

    model: Model
    weights: Weights
    basis: str


@cache
def hf_model(name: str) -> Model | None:
    """The model of that repository, None where configs.json has none."""
    config = _configs().get(name)
    if config is None:
        return None
    known = _ARCHITECTURES.get(str(config.get("model_type")))
    return model_of_config({"architectures": [known], **config} if known else config, name)


def lineage(model: Model) -> str:
    """The family that is left out as a whole: all generations together (llama2 to llama4, qwen to qwen3.5)."""
    family = re.match(r"[a-z]+(?:-oss)?", model.family)
    name = family[0] if family else model.family
    return {"mixtral": "mistral"}.get(name, name)


@cache
def gguf_file(name: str, quant: str) -> GgufFile | str:
    """The file of that name, or why it cannot be told which it is. `quant` is empty where the name holds it."""
    row = _names().get((name, quant)) or _names().get((name, ""))
    if row is None:
        return "no such name in gguf_names.csv"
    if row["reason_not_known"]:
        return row["reason_not_known"]
    model = _gguf_models()[row["is"]]
    size = _file_bytes(model, row["quant"])
    quant = row["quant"].split()[0]
    return GgufFile(model, Weights(model.name, "gguf", quant, size, size, size), row["basis"])


def _file_bytes(model: Model, quant: str) -> int:
    """Layers at the quantisation's width, the embedding (and an output matrix) at that of the output matrix."""
    head = 16.0 if "fp16" in quant else _HEAD_BITS.get(quant, _Q6_K)
    outside = model.embedding_parameters
    return int(((model.parameters - outside) * _BODY_BITS[quant.split(maxsplit=1)[0]] + outside * head) / 8)


@cache
def _configs() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((HERE / "configs.json").read_text("utf-8"))
    return found


@cache
def _names() -> dict[tuple[str, str], dict[str, str]]:
    """By name and, where the row itself states the quantisation, that."""
    rows = _table("gguf_names.csv")
    return {(row["model"], row["quant"] if row["quant_in_row"] == "yes" else ""): row for row in rows}


@cache
def _gguf_models() -> dict[str, Model]:
    return {row["name"]: _model(row) for row in _table("gguf_models.csv")}


def _table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _model(row: dict[str, str]) -> Model:
    """A model with what decoding depends on. `read_parameters` are those one token reads: no input embedding of its
    own, no table of per-layer embeddings, of the experts only the chosen ones.
    """
    total, read = int(row["parameters"]), int(row["read_parameters"])
    layers, recurrent, width = int(row["layers"]), int(row["recurrent_layers"]), int(row["kv_width"])
    embedding = int(row["vocabulary"]) * int(row["hidden"])
    experts = _experts(row, total - read - (embedding if row["tied"] == "no" else 0)) if row["experts"] else None
    groups = (LayerGroup("full", layers - recurrent, 1, 1, width, width), LayerGroup("recurrent", recurrent))
    return Model(
        name=row["name"],
        family=row["family"],
        architecture=row["family"],
        parameters=total,
        active_parameters=read + (embedding if row["tied"] == "no" else 0),
        layers=layers,
        hidden=int(row["hidden"]),
        heads=1,
        ffn=0,
        vocabulary=int(row["vocabulary"]),
        context_tokens=8192,
        attention=tuple(group for group in groups if group.layers),
        tied_embeddings=row["tied"] == "yes",
        experts=experts,
        extra_parameters=0 if experts or row["tied"] == "no" else total - read,
        source=Source(row["source"]),
    )


def _experts(row: dict[str, str], unread: int) -> Experts:
    """Experts as wide as the parameters that a token does not read say."""
    count, chosen, layers = int(row["experts"]), int(row["experts_per_token"]), int(row["expert_layers"])
    return Experts(count, chosen, round(unread / (layers * (count - chosen) * 3 * int(row["hidden"]))), layers)
