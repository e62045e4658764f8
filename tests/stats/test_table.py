from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.domain.sample import Outcome, Sample
from seatrial.stats.table import COLUMNS, SampleTable, table_from_batches, table_from_samples

from .tables import T0_NS, refused, request, table_of, unsent

# A computer that has been up for a year: nanoseconds that a float64 does not hold.
LONG_UP_NS = 365 * 86_400 * 10**9 + 1


def batches_of(samples: list[Sample], size: int) -> list[dict[str, Any]]:
    return [
        {name: [getattr(sample, name) for sample in samples[first : first + size]] for name in COLUMNS}
        for first in range(0, len(samples), size)
    ]


def assert_same(got: SampleTable, want: SampleTable) -> None:
    assert vars(got).keys() == vars(want).keys()
    for name, column in vars(want).items():
        np.testing.assert_equal(vars(got)[name], column, err_msg=name)


moments = st.none() | st.integers(LONG_UP_NS, LONG_UP_NS + 10**13)
chunks = st.lists(
    st.tuples(st.integers(0, 10**12), st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1), st.integers(0, 2)),
    max_size=5,
)


@st.composite
def samples(draw: st.DrawFn, index: int = 0) -> Sample:
    some = draw(chunks)
    return Sample(
        index,
        draw(st.integers(LONG_UP_NS, LONG_UP_NS + 10**13)),
        draw(moments),
        t_end_ns=draw(moments),
        outcome=draw(st.sampled_from(Outcome)),
        prompt_tokens=draw(st.none() | st.integers(0, 10**6)),
        chunk_ns=b"".join(struct.pack("<q", chunk[0]) for chunk in some),
        chunk_lag_us=b"".join(struct.pack("<I", chunk[1]) for chunk in some),
        chunk_tokens=b"".join(struct.pack("<H", chunk[2]) for chunk in some),
        chunk_channel=bytes(chunk[3] for chunk in some),
        kernel_clock=draw(st.booleans()),
        server=draw(st.dictionaries(st.sampled_from(["load_s", "eval_s"]), st.floats(0, 100))),
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(samples(), max_size=12))
def test_a_column_holds_exactly_what_each_sample_says(found: list[Sample]) -> None:
    """To the last bit of what exact arithmetic on integers gives, however long the computer has been up."""
    found = [replace(sample, index=index) for index, sample in enumerate(found)]
    table = table_from_samples(found, LONG_UP_NS)
    for row, sample in enumerate(found):
        assert table.outcome[row] == sample.outcome.value
        assert table.completed[row] == (sample.outcome is Outcome.OK)
        assert table.t_intended_s[row] == (sample.t_intended_ns - LONG_UP_NS) / 10**9
        for name in ("t_send", "t_end"):
            t_ns, t_s = getattr(sample, f"{name}_ns"), getattr(table, f"{name}_s")[row]
            assert np.isnan(t_s) if t_ns is None else t_s == (t_ns - LONG_UP_NS) / 10**9
        assert np.isnan(table.prompt_tokens[row]) == (sample.prompt_tokens is None)
        part = slice(table.first[row], table.first[row + 1])
        offsets_s = [ns / 10**9 for (ns,) in struct.iter_unpack("<q", sample.chunk_ns)]
        np.testing.assert_equal(table.chunk_s[part], table.t_send_s[row] + np.array(offsets_s))
        lags_s = [us / 1e6 for (us,) in struct.iter_unpack("<I", sample.chunk_lag_us)]
        assert table.chunk_lag_s[part].tolist() == lags_s
        assert table.chunk_tokens[part].tobytes() == sample.chunk_tokens
        assert table.chunk_channel[part].tobytes() == sample.chunk_channel
        assert table.chunk_request[part].tolist() == [row] * len(offsets_s)
        told = {name: column[row] for name, column in table.server.items() if not np.isnan(column[row])}
        assert told == sample.server


@settings(max_examples=40, deadline=None)
@given(st.lists(samples(), max_size=12), st.integers(1, 13))
def test_it_does_not_matter_how_samples_come_in_batches(found: list[Sample], size: int) -> None:
    found = [replace(sample, index=index) for index, sample in enumerate(found)]
    assert_same(table_from_batches(batches_of(found, size), LONG_UP_NS), table_from_samples(found, LONG_UP_NS))


def test_chunk_columns_are_as_narrow_as_what_is_stored() -> None:
    table = table_of(request(0), refused(1), unsent(2))
    kinds: list[Any] = [
        table.chunk_s,
        table.chunk_lag_us,
        table.chunk_tokens,
        table.chunk_channel,
        table.outcome_code,
    ]
    assert [column.dtype.itemsize for column in kinds] == [8, 4, 2, 1, 1]
    nothing: Any = table_of()
    for name, column in vars(table).items():
        assert not isinstance(column, np.ndarray) or getattr(nothing, name).dtype == column.dtype, name


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("chunk_ns", bytes(31), "has 4 chunks by chunk_channel, but 31 bytes of chunk_ns where 32 belong"),
        ("chunk_lag_us", bytes(3), "3 bytes of chunk_lag_us where 16 belong"),
        ("chunk_tokens", bytes(10), "10 bytes of chunk_tokens where 8 belong"),
        ("chunk_channel", b"", "has 0 chunks by chunk_channel, but 32 bytes of chunk_ns where 0 belong"),
        ("completion_tokens", float("inf"), "completion_tokens of request 41 is infinite"),
        ("outcome", "vanished", "'vanished' is no way for a request to end"),
    ],
)
def test_what_no_sample_can_hold_is_refused_by_name(name: str, value: object, said: str) -> None:
    (batch,) = batches_of([request(0), request(41)], 2)
    batch[name] = [batch[name][0], value]
    with pytest.raises(ValueError, match=said) as caught:
        table_from_batches([batch], T0_NS)
    assert name == "outcome" or "request 41" in str(caught.value)
