"""The GGUF header: read to the byte, and never believed."""

import contextlib
import struct
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.errors import UsageError
from seatrial.formats.gguf import Gguf, Skipped, read_gguf
from seatrial.units import MIB

from .gguf_files import LLAMA_FILE, LLAMA_KEYS, LLAMA_TENSORS, gguf, reader, string, tensor_bytes


def read(data: bytes, size: int | None = None) -> Gguf:
    return read_gguf(reader(data), len(data) if size is None else size)


def header(keys: int, tensors: int, body: bytes = b"") -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, keys) + body


@pytest.mark.parametrize("version", [2, 3])
def test_what_was_written_is_read(version: int) -> None:
    found = read(gguf(LLAMA_KEYS, LLAMA_TENSORS, version=version))
    assert found.metadata["llama.block_count"] == 2
    assert found.metadata["tokenizer.ggml.tokens"] == ("a", "b", "c")
    assert {one.name: (one.shape, one.type) for one in found.tensors} == LLAMA_TENSORS
    assert all(one.bytes == tensor_bytes(one.shape, one.type) for one in found.tensors)


def test_a_vocabulary_is_stepped_over_in_few_reads() -> None:
    tokens = [f"token {number}" for number in range(100_000)]
    data = gguf(LLAMA_KEYS | {"tokenizer.ggml.tokens": tokens, "tokenizer.chat_template": "x" * 70_000}, {})
    asked = []

    def counted(offset: int, length: int) -> bytes:
        asked.append(length)
        return data[offset : offset + length]

    found = read_gguf(counted, len(data))
    assert found.metadata["tokenizer.ggml.tokens"] == Skipped(100_000)
    assert found.metadata["tokenizer.chat_template"] == Skipped(70_000)
    assert len(asked) <= 6


def test_cut_at_every_length_is_an_error_that_says_so() -> None:
    whole = read(LLAMA_FILE).header_bytes
    for length in (*range(whole), *range(whole, len(LLAMA_FILE), 997)):
        with pytest.raises(UsageError) as caught:
            read(LLAMA_FILE[:length])
        assert "cut off" in caught.value.message + caught.value.hint


def test_a_reader_that_gives_less_than_the_file_has_is_an_error() -> None:
    for length in range(4, 900, 7):
        with pytest.raises(UsageError, match="cut off"):
            read(LLAMA_FILE[:length], size=len(LLAMA_FILE))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\3\4" + b"\0" * 60, "not a GGUF"),
        (b"GGUF" + struct.pack(">I", 3) + b"\0" * 60, "big-endian"),
        (b"GGUF" + struct.pack("<I", 1) + b"\0" * 60, "version 1"),
        (header(0, 2**63) + b"\0" * 99, "tensors"),
        (header(2**63, 0) + b"\0" * 99, "keys"),
        (header(1, 0, struct.pack("<Q", 2**62)) + b"\0" * 99, "bytes in a name"),
        (header(1, 0, string("k") + struct.pack("<IQ", 8, 2**63)) + b"\0" * 99, "bytes in a string"),
        (header(1, 0, string("k") + struct.pack("<IIQ", 9, 4, 2**61)) + b"\0" * 99, "numbers in an array"),
        (header(1, 0, string("k") + struct.pack("<IIQ", 9, 8, 2**61)) + b"\0" * 99, "strings in an array"),
        (header(1, 0, string("k") + struct.pack("<IIQ", 9, 9, 1)) + b"\0" * 99, "array of type 9"),
        (header(1, 0, string("k") + struct.pack("<I", 77)) + b"\0" * 99, "unknown type 77"),
        (header(2, 0, (string("k") + struct.pack("<II", 4, 1)) * 2) + b"\0" * 99, '"k" twice'),
        (header(0, 1, string("t") + struct.pack("<I", 400)) + b"\0" * 4000, "dimensions"),
        (header(0, 1, string("t") + struct.pack("<IQIQ", 1, 32, 99, 0)) + b"\0" * 99, "type 99"),
        (header(0, 1, string("t") + struct.pack("<IQQIQ", 2, 2**63, 2**63, 0, 0)) + b"\0" * 99, "should end at"),
        (header(0, 1, string("t") + struct.pack("<IQIQ", 1, 8, 0, 2**63)) + b"\0" * 99, "should end at"),
        (header(0, 2, (string("t") + struct.pack("<IQIQ", 1, 8, 0, 0)) * 2) + b"\0" * 99, '"t" twice'),
    ],
)
def test_a_hostile_header_is_refused_for_what_it_claims(data: bytes, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(data)
    assert said in caught.value.message


def test_an_impossible_alignment_is_refused() -> None:
    with pytest.raises(UsageError, match="alignment"):
        read(gguf(LLAMA_KEYS | {"general.alignment": 0}, {}))


def _swollen(claim: bytes) -> tuple[bytes, int]:
    """A header followed by what could be 16 GiB of file, none of which is there to read."""
    return header(1, 0, string("k") + claim), 16 * 2**30


@pytest.mark.parametrize(
    "claim",
    [
        struct.pack("<IQ", 8, 8 * 2**30),
        struct.pack("<IIQ", 9, 4, 2**31),
        struct.pack("<IIQ", 9, 8, 2**16),
        struct.pack("<IIQ", 9, 8, 2**30),
    ],
)
def test_a_lie_about_a_large_file_costs_little_memory(claim: bytes) -> None:
    start, size = _swollen(claim)

    def zeroes(offset: int, length: int) -> bytes:
        return (start[offset:] + b"\0" * length)[:length]

    tracemalloc.start()
    with contextlib.suppress(UsageError):
        read_gguf(zeroes, size)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 24 * MIB


def test_many_long_arrays_are_not_all_kept() -> None:
    arrays: dict[str, Any] = {f"k{number}": [True] * 4000 for number in range(100)}
    found = read(gguf(arrays, {}))
    assert sum(isinstance(item, Skipped) for item in found.metadata.values()) > 30


@settings(max_examples=400)
@given(
    st.lists(st.tuples(st.integers(0, 1300), st.integers(0, 255)), min_size=1, max_size=8),
    st.integers(0, len(LLAMA_FILE)),
)
def test_any_damage_gives_a_header_or_an_error(damage: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(LLAMA_FILE)
    for place, byte in damage:
        data[place] = byte
    for whole in (bytes(data), bytes(data[:cut])):
        with contextlib.suppress(UsageError):
            assert sum(one.bytes for one in read(whole).tensors) <= 64 * len(whole)
