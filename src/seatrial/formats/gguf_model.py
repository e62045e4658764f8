"""A GGUF header read into a Model and the exact Weights it lists, as llama.cpp loads it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from seatrial.domain.model import Experts, Model, Source, Weights
from seatrial.errors import UsageError
from seatrial.formats.gguf_layers import groups_of
from seatrial.formats.keys import LARGEST, MOST_LAYERS, Keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.formats.gguf import Gguf, Tensor

_FAMILIES = {
    "llama4": "llama4",
    "qwen2": "qwen",
    "qwen2moe": "qwen",
    "qwen2vl": "qwen",
    "qwen3": "qwen3",
    "qwen3moe": "qwen3",
    "qwen3vl": "qwen3",
    "qwen3next": "qwen3-next",
    "qwen35": "qwen3.5",
    "qwen35moe": "qwen3.5",
    "deepseek2": "deepseek",
    "gptoss": "gpt-oss",
    "gptneox": "gpt-neox",
    "granitemoe": "granite",
    "granitehybrid": "granite",
    "lfm2moe": "lfm2",
    "glm4moe": "glm",
    "olmo2": "olmo",
    "command-r": "cohere",
    "cohere2": "cohere",
    "minimax-m2": "minimax",
    "nemotron_h": "nemotron-h",
    "nemotron_h_moe": "nemotron-h",
}
_FILE_TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    7: "Q8_0",
    8: "Q5_0",
    9: "Q5_1",
    10: "Q2_K",
    11: "Q3_K_S",
    12: "Q3_K_M",
    13: "Q3_K_L",
    14: "Q4_K_S",
    15: "Q4_K_M",
    16: "Q5_K_S",
    17: "Q5_K_M",
    18: "Q6_K",
    19: "IQ2_XXS",
    20: "IQ2_XS",
    21: "Q2_K_S",
    22: "IQ3_XS",
    23: "IQ3_XXS",
    24: "IQ1_S",
    25: "IQ4_NL",
    26: "IQ3_S",
    27: "IQ3_M",
    28: "IQ2_S",
    29: "IQ2_M",
    30: "IQ4_XS",
    31: "IQ1_M",
    32: "BF16",
    36: "TQ1_0",
    37: "TQ2_0",
    38: "MXFP4",
}
"""general.file_type, from llama.cpp's `enum llama_ftype`."""
_EMBEDDINGS = ("token_embd.weight", "per_layer_token_embd.weight")
_BESIDE = ("v.", "mm.", "a.", "per_layer_token_embd.")
_ROUTED = ("ffn_gate_exps.", "ffn_up_exps.", "ffn_down_exps.", "ffn_gate_up_exps.")


def model_of_gguf(gguf: Gguf, name: str, others: Sequence[Gguf] = ()) -> tuple[Model, Weights]:
    """The model a GGUF file holds, and its weights to the byte. `others`: the further files of a split one.

    Parameters are the elements of the tensors. Raises UsageError for a projector or adapter, which is no model, and
    when a key that is needed is missing or absurd.
    """
    architecture = _architecture(gguf)
    where = f"the GGUF header of {name}"
    prefix = architecture + "."
    data = {key.removeprefix(prefix): value for key, value in gguf.metadata.items()}
    keys = Keys(data, where)
    tensors = [tensor for one in (gguf, *others) for tensor in one.tensors]
    _check_whole(keys, 1 + len(others))
    weights = _weights(keys, name, tensors)
    return _model(keys, architecture, name, tensors), weights


def _architecture(gguf: Gguf) -> str:
    found = gguf.metadata.get("general.architecture")
    if not isinstance(found, str) or not found:
        raise UsageError("the GGUF header names no general.architecture")
    kind = gguf.metadata.get("general.type", "model")
    if found == "clip" or kind not in ("model", ""):
        what = "a projector for pictures" if found == "clip" else f"a file of type {kind}"
        raise UsageError(f"this GGUF file is {what}, not a language model", "name the file of the model itself")
    return found


def _check_whole(keys: Keys, files: int) -> None:
    parts = keys.count("split.count", default=1, most=2**16)
    if parts > files:
        raise UsageError(
            f"{keys.where} is one of {parts} parts, and {files} of them can be read",
            "name the first part (-00001-of-...) and keep the others beside it",
        )


def _model(keys: Keys, architecture: str, name: str, tensors: Sequence[Tensor]) -> Model:
    shapes = {tensor.name: tensor for tensor in tensors}
    parameters = sum(tensor.elements for tensor in tensors)
    groups = groups_of(keys, architecture, shapes)
    experts = _experts(keys, tensors)
    routed = sum(tensor.elements for tensor in tensors if any(part in tensor.name for part in _ROUTED))
    unused = routed * (experts.count - experts.per_token) // experts.count if experts else 0
    return Model(
        name=name,
        family=_FAMILIES.get(architecture, architecture),
        architecture=architecture,
        parameters=parameters,
        active_parameters=parameters - unused,
        layers=keys.positive("block_count", most=MOST_LAYERS),
        hidden=keys.positive("embedding_length"),
        heads=max((group.heads for group in groups), default=0),
        ffn=_ffn(shapes),
        vocabulary=_vocabulary(keys, shapes),
        context_tokens=keys.positive("context_length", default=2**20),
        attention=groups,
        tied_embeddings="output.weight" not in shapes,
        gated_ffn=any(
            "ffn_gate" in tensor or "ffn_up.weight" not in tensor for tensor in shapes if ".ffn_" in tensor
        ),
        experts=experts,
        extra_parameters=sum(tensor.elements for tensor in tensors if tensor.name.startswith(_BESIDE)),
        source=Source(keys.where),
    )


def _ffn(shapes: dict[str, Tensor]) -> int:
    """The width of the dense feed-forward: what its last matrix takes in; 0 where every layer routes."""
    widths = [tensor.shape[0] for name, tensor in shapes.items() if name.endswith(".ffn_down.weight")]
    return max(widths, default=0)


def _vocabulary(keys: Keys, shapes: dict[str, Tensor]) -> int:
    embedding = shapes.get("token_embd.weight")
    if embedding is not None and len(embedding.shape) == 2:
        return embedding.shape[1]
    return keys.positive("vocab_size")


def _experts(keys: Keys, tensors: Sequence[Tensor]) -> Experts | None:
    """From the shape of the stacked tensors: (width in, width out, experts)."""
    down = [tensor for tensor in tensors if "ffn_down_exps.weight" in tensor.name and len(tensor.shape) == 3]
    if not down:
        return None
    width, _, count = down[0].shape
    used = keys.positive("expert_used_count", default=1)
    shared = [tensor.shape[0] for tensor in tensors if "ffn_down_shexp.weight" in tensor.name]
    return Experts(max(count, 1), min(used, max(count, 1)), width, len(down), max(shared, default=0))


def _weights(keys: Keys, name: str, tensors: Sequence[Tensor]) -> Weights:
    by_type: Counter[str] = Counter()
    for tensor in tensors:
        by_type[tensor.type] += tensor.bytes
    total = sum(by_type.values())
    if not total:
        raise UsageError(f"{keys.where} lists no weights", "a vocabulary alone is no model")
    return Weights(
        model=name,
        format="gguf",
        quant=_FILE_TYPES.get(keys.count("general.file_type", default=LARGEST), "") or by_type.most_common(1)[0][0],
        bytes=total,
        low_bytes=total,
        high_bytes=total,
        part="model+projector" if any(tensor.name.startswith("v.") for tensor in tensors) else "model",
        tensor_bytes=tuple(by_type.most_common()),
        embedding_bytes=sum(tensor.bytes for tensor in tensors if tensor.name in _EMBEDDINGS),
        source=Source(keys.where),
    )
