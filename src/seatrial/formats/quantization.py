"""The number format the weights of a checkpoint are in, as its config.json says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.formats.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Mapping

_DTYPES = {"bfloat16": "bf16", "float16": "f16", "float32": "f32"}
_PLAIN = {"fp8": "fp8", "fbgemm_fp8": "fp8", "mxfp4": "mxfp4", "awq": "w4a16", "quark": "fp8"}


def quant_of_config(config: Mapping[str, Any]) -> str:
    """One of bf16, f16, f32, fp8, w8a8, w8a16, w4a16, mxfp4, nvfp4, or the method's own name where it is another.

    Where the config says nothing it is bf16, which is what nearly every checkpoint of these years is in.
    """
    keys = Keys(config, "config.json")
    text = keys.inner("text_config", "llm_config", "language_config")
    for part in (keys, text):
        said = part.inner("quantization_config", "compression_config") if part else None
        if said is not None:
            return _quant(said)
    word = keys.given("torch_dtype", "dtype") or (text and text.given("torch_dtype", "dtype"))
    return _DTYPES.get(str(word), "bf16")


def _quant(said: Keys) -> str:
    method = str(said.given("quant_method") or "").lower()
    if method in ("compressed-tensors", "compressed_tensors"):
        return _compressed(said)
    if method in ("gptq", "auto-round", "autoround", "intel/auto-round"):
        return f"w{said.count('bits', default=4)}a16"
    if method == "modelopt":
        return "nvfp4" if "4" in str(said.given("quant_algo")) else "fp8"
    if method == "bitsandbytes":
        return "bnb-4bit" if said.flag("load_in_4bit") or said.flag("_load_in_4bit") else "bnb-8bit"
    return _PLAIN.get(method, method or "bf16")


def _compressed(said: Keys) -> str:
    """compressed-tensors names a format, and in its first group the bits of weights and activations."""
    form = str(said.given("format") or "")
    if "nvfp4" in form:
        return "nvfp4"
    if "mxfp4" in form:
        return "mxfp4"
    groups = said.inner("config_groups")
    first = next((value for value in groups.data.values() if isinstance(value, dict)), {}) if groups else {}
    group = Keys(first, said.where)
    weights, activations = group.inner("weights"), group.inner("input_activations")
    bits = weights.count("num_bits", default=8) if weights else 8
    if weights and weights.given("type") == "float":
        return "fp8" if bits == 8 else "nvfp4"
    return f"w{bits}a{activations.count('num_bits', default=8) if activations else 16}"
