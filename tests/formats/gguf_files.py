"""Small GGUF files, written byte by byte."""

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from seatrial.catalog.ggml import GGML_TYPES, row_bytes

ALIGNMENT = 32


def string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def value(item: Any) -> bytes:
    """The type number and the value; the type follows from Python's."""
    match item:
        case bool():
            return struct.pack("<I?", 7, item)
        case int():
            return struct.pack("<II", 4, item)
        case float():
            return struct.pack("<If", 6, item)
        case str():
            return struct.pack("<I", 8) + string(item)
        case _:
            return struct.pack("<I", 9) + array(list(item))


def array(items: Sequence[Any]) -> bytes:
    bodies = [value(item) for item in items]
    kind = bodies[0][:4] if bodies else struct.pack("<I", 4)
    return kind + struct.pack("<Q", len(items)) + b"".join(body[4:] for body in bodies)


def tensor_bytes(shape: Sequence[int], kind: str) -> int:
    rows = 1
    for extent in shape[1:]:
        rows *= extent
    return rows * row_bytes(kind, shape[0])


def gguf(
    metadata: Mapping[str, Any], tensors: Mapping[str, tuple[Sequence[int], str]], *, version: int = 3
) -> bytes:
    """A whole file: header and zeroes for weights."""
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata))
    head += b"".join(string(key) + value(item) for key, item in metadata.items())
    offset = 0
    for name, (shape, kind) in tensors.items():
        head += string(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        head += struct.pack("<IQ", GGML_TYPES[kind].id, offset)
        offset += -(-tensor_bytes(shape, kind) // ALIGNMENT) * ALIGNMENT
    return head + b"\0" * (-len(head) % ALIGNMENT) + b"\0" * offset


def reader(data: bytes) -> Callable[[int, int], bytes]:
    return lambda offset, length: data[offset : offset + length]


LLAMA_KEYS: dict[str, Any] = {
    "general.architecture": "llama",
    "general.type": "model",
    "general.file_type": 15,
    "llama.block_count": 2,
    "llama.context_length": 2048,
    "llama.embedding_length": 256,
    "llama.feed_forward_length": 512,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "tokenizer.ggml.tokens": ["a", "b", "c"],
}


def layer(index: int, hidden: int = 256, kv: int = 128, ffn: int = 512) -> dict[str, tuple[Sequence[int], str]]:
    return {
        f"blk.{index}.attn_norm.weight": ((hidden,), "F32"),
        f"blk.{index}.attn_q.weight": ((hidden, hidden), "Q4_K"),
        f"blk.{index}.attn_k.weight": ((hidden, kv), "Q4_K"),
        f"blk.{index}.attn_v.weight": ((hidden, kv), "Q6_K"),
        f"blk.{index}.attn_output.weight": ((hidden, hidden), "Q4_K"),
        f"blk.{index}.ffn_gate.weight": ((hidden, ffn), "Q4_K"),
        f"blk.{index}.ffn_up.weight": ((hidden, ffn), "Q4_K"),
        f"blk.{index}.ffn_down.weight": ((ffn, hidden), "Q6_K"),
        f"blk.{index}.ffn_norm.weight": ((hidden,), "F32"),
    }


LLAMA_TENSORS: dict[str, tuple[Sequence[int], str]] = {
    "token_embd.weight": ((256, 3), "Q6_K"),
    **layer(0),
    **layer(1),
    "output_norm.weight": ((256,), "F32"),
}
LLAMA_FILE = gguf(LLAMA_KEYS, LLAMA_TENSORS)
