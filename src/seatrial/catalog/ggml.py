"""The number formats of ggml: what a row of a tensor takes in a GGUF file and in a llama.cpp KV cache.

Source: the constants of gguf-py 0.19 and `ggml/include/ggml.h` of llama.cpp b10451.
"""

from __future__ import annotations

from typing import NamedTuple

from seatrial.errors import UsageError, nearest


class GgmlType(NamedTuple):
    """Elements are stored in blocks of `block_elements`, each `block_bytes` long; `id` is the number in a file."""

    block_elements: int
    block_bytes: int
    id: int

    @property
    def bits(self) -> float:
        """Bits per element."""
        return 8 * self.block_bytes / self.block_elements


GGML_TYPES: dict[str, GgmlType] = {
    "F32": GgmlType(1, 4, 0),
    "F16": GgmlType(1, 2, 1),
    "Q4_0": GgmlType(32, 18, 2),
    "Q4_1": GgmlType(32, 20, 3),
    "Q5_0": GgmlType(32, 22, 6),
    "Q5_1": GgmlType(32, 24, 7),
    "Q8_0": GgmlType(32, 34, 8),
    "Q8_1": GgmlType(32, 36, 9),
    "Q2_K": GgmlType(256, 84, 10),
    "Q3_K": GgmlType(256, 110, 11),
    "Q4_K": GgmlType(256, 144, 12),
    "Q5_K": GgmlType(256, 176, 13),
    "Q6_K": GgmlType(256, 210, 14),
    "Q8_K": GgmlType(256, 292, 15),
    "IQ2_XXS": GgmlType(256, 66, 16),
    "IQ2_XS": GgmlType(256, 74, 17),
    "IQ3_XXS": GgmlType(256, 98, 18),
    "IQ1_S": GgmlType(256, 50, 19),
    "IQ4_NL": GgmlType(32, 18, 20),
    "IQ3_S": GgmlType(256, 110, 21),
    "IQ2_S": GgmlType(256, 82, 22),
    "IQ4_XS": GgmlType(256, 136, 23),
    "I8": GgmlType(1, 1, 24),
    "I16": GgmlType(1, 2, 25),
    "I32": GgmlType(1, 4, 26),
    "I64": GgmlType(1, 8, 27),
    "F64": GgmlType(1, 8, 28),
    "IQ1_M": GgmlType(256, 56, 29),
    "BF16": GgmlType(1, 2, 30),
    "TQ1_0": GgmlType(256, 54, 34),
    "TQ2_0": GgmlType(256, 66, 35),
    "MXFP4": GgmlType(32, 17, 39),
    "NVFP4": GgmlType(64, 36, 40),
    "Q1_0": GgmlType(128, 18, 41),
    "Q2_0": GgmlType(64, 18, 42),
}
"""Name -> how it is stored. Numbers that are missing were given up by ggml."""


def row_bytes(ggml_type: str, elements: int) -> int:
    """Bytes of a row of `elements` numbers, the last block filled up.

    Raises UsageError for an unknown type; case does not matter.
    """
    kind = GGML_TYPES.get(ggml_type.upper())
    if kind is None:
        raise UsageError(f'ggml knows no type "{ggml_type}"', nearest(ggml_type.upper(), GGML_TYPES))
    return -(-elements // kind.block_elements) * kind.block_bytes
