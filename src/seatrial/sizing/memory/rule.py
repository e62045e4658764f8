"""The rule of thumb, printed beside the real figures as a reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrial.domain.model import Model, Weights

OVERHEAD = 1.2
_EIGHT = ("fp8", "int8", "w8a8")
_FOUR = ("w4a16", "awq", "gptq", "mxfp4", "nvfp4", "int4")


def rule_of_thumb_bytes(parameters: float, bits: float) -> float:
    """Bytes by the rule that is passed around: parameters x 4 bytes / (32 / bits) x 1.2.

    Knows no context, no batch, no engine. 1.0e9 parameters in 16 bits give 2.4e9 bytes, 2.4 GB, which is what is
    printed for "1B" models; Llama 3.2 1B really has 1,235,814,400, so 2.97e9 bytes (2.76 GiB).
    """
    return parameters * 4 / (32 / bits) * OVERHEAD


def nominal_bits(quant: str) -> float:
    """The bits that a quantisation's name promises, as the rule takes them: Q4_K_M is 4, though it takes 4.9."""
    word = quant.lower()
    if any(mark in word for mark in _FOUR):
        return 4.0
    if any(mark in word for mark in _EIGHT):
        return 8.0
    found = re.search(r"(?:^|[a-z])(\d+)", word)
    return float(found[1]) if found else 16.0


def rule_for(model: Model, weights: Weights) -> float:
    """The rule applied to a model in one of its files."""
    return rule_of_thumb_bytes(model.parameters, nominal_bits(weights.quant))
