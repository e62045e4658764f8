"""The safetensors header: bytes by number format, and every claim checked."""

import contextlib
import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.errors import UsageError
from seatrial.formats.safetensors import SafetensorsHeader, read_safetensors, shards_of_index, together

TENSORS: dict[str, Any] = {
    "__metadata__": {"format": "pt"},
    "model.embed_tokens.weight": {"dtype": "BF16", "shape": [10, 4], "data_offsets": [0, 80]},
    "model.layers.0.q.weight": {"dtype": "F8_E4M3", "shape": [4, 4], "data_offsets": [80, 96]},
    "model.layers.0.q.scale": {"dtype": "F32", "shape": [], "data_offsets": [96, 100]},
}


def file(tensors: Any, data: int = 100) -> bytes:
    text = json.dumps(tensors).encode()
    return struct.pack("<Q", len(text)) + text + b"\0" * data


def read(data: bytes) -> SafetensorsHeader:
    return read_safetensors(lambda offset, length: data[offset : offset + length], len(data))


def test_bytes_by_number_format() -> None:
    found = read(file(TENSORS))
    assert found.dtype_bytes == (("BF16", 80), ("F8_E4M3", 16), ("F32", 4))
    assert (found.bytes, found.tensors, found.embedding_bytes) == (100, 3, 80)


def test_shards_are_added() -> None:
    both = together([read(file(TENSORS)), read(file(TENSORS))])
    assert (both.bytes, both.tensors, both.embedding_bytes) == (200, 6, 160)


def test_a_number_format_of_tomorrow_is_taken_at_its_word() -> None:
    assert read(file({"t": {"dtype": "F3", "shape": [8], "data_offsets": [0, 3]}})).bytes == 3


def test_cut_at_every_length_is_an_error() -> None:
    data = file(TENSORS)
    for length in range(len(data)):
        with pytest.raises(UsageError):
            read(data[:length])


def changed(**fields: Any) -> dict[str, Any]:
    return {"t": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]} | fields}


@pytest.mark.parametrize(
    "data",
    [
        struct.pack("<Q", 2**63) + b"\0" * 99,
        struct.pack("<Q", 4) + b"nope" + b"\0" * 99,
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 200_000) + b"[" * 200_000,
        file(changed(shape=[5])),
        file(changed(shape=[-4])),
        file(changed(shape=[2**62, 2**62])),
        file(changed(shape="wide")),
        file(changed(data_offsets=[16, 0])),
        file(changed(data_offsets=[0, 2**60], shape=[2**58])),
        file(changed(data_offsets=[0])),
        file(changed(dtype=7)),
        file({"t": 3}),
        file({f"t{n}": changed()["t"] for n in range(9)}),  # nine tensors in the same place
    ],
)
def test_a_damaged_header_is_refused(data: bytes) -> None:
    with pytest.raises(UsageError):
        read(data)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=5))
def test_any_damage_gives_a_header_or_an_error(damage: list[tuple[int, int]]) -> None:
    data = bytearray(file(TENSORS))
    for place, byte in damage:
        data[place] = byte
    with contextlib.suppress(UsageError):
        assert read(bytes(data)).bytes <= len(data)


def test_the_index_of_a_sharded_model() -> None:
    shards = {"a": "model-2.safetensors", "b": "model-1.safetensors", "c": "model-2.safetensors"}
    assert shards_of_index({"weight_map": shards}) == ("model-1.safetensors", "model-2.safetensors")


@pytest.mark.parametrize("weight_map", [None, [], {}, {"a": "../../etc/x.safetensors"}, {"a": "x"}, {"a": 3}])
def test_an_index_that_names_no_files_beside_it_is_refused(weight_map: Any) -> None:
    with pytest.raises(UsageError):
        shards_of_index({"weight_map": weight_map})
