"""What numbers take, as vLLM and llama.cpp keep them in a KV cache."""

from __future__ import annotations

from seatrial.catalog.ggml import row_bytes
from seatrial.errors import UsageError, nearest

ELEMENT_BYTES = {
    "float32": 4.0,
    "bfloat16": 2.0,
    "float16": 2.0,
    "fp8": 1.0,
    "fp8_e4m3": 1.0,
    "fp8_e5m2": 1.0,
}
"""The number formats of vLLM; anything else is a type of ggml, whose rows come in blocks."""
_WHOLE_BLOCKS = 256


def vector_bytes(kv_dtype: str, elements: int) -> float:
    """Bytes of one cached vector. Raises UsageError for a format that no engine has."""
    if elements <= 0:
        return 0.0
    size = ELEMENT_BYTES.get(kv_dtype)
    if size is not None:
        return elements * size
    try:
        return float(row_bytes(kv_dtype, elements))
    except UsageError:
        known = (*ELEMENT_BYTES, "f16", "bf16", "q8_0", "q4_0")
        raise UsageError(f'the KV cache cannot be kept as "{kv_dtype}"', nearest(kv_dtype, known)) from None


def mean_width(kv_dtype: str) -> float:
    """Bytes of one number in whole blocks, their scales included. Raises UsageError as `vector_bytes`."""
    return vector_bytes(kv_dtype, _WHOLE_BLOCKS) / _WHOLE_BLOCKS


def padded(value: float, multiple: int) -> int:
    """`value` up to a whole `multiple`."""
    return int(-(-value // multiple) * multiple)
