"""A run's samples as Parquet, in row groups as they are read: memory does not grow with the run.

The columns are those of the JSON lines, with the types that a data frame wants: times in seconds as float64, NULL
for what never came or nobody said, chunks as lists. docs/store-schema.md has the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from seatrial.errors import UsageError
from seatrial.stats.table import TIME_FIELDS, table_from_batches
from seatrial.store.export import CHANNELS, FREE_FORM, NAMES, SCALARS, TIMES, named_workloads
from seatrial.store.rows import SAMPLE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from seatrial.stats.table import SampleTable
    from seatrial.store.store import Store

ROWS_PER_GROUP = 10_000

_TEXTS = {"outcome", "detail", "finish_reason"}


def export_parquet(store: Store, run_id: str, file: BinaryIO) -> int:
    """Writes one row per sample, with every chunk; returns how many. Raises UsageError without pyarrow."""
    require_pyarrow()
    import pyarrow as pa  # noqa: PLC0415  an extra
    from pyarrow import parquet  # noqa: PLC0415

    count, schema = 0, _schema()
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer, store.reading_samples():
        for names, position, zero_ns in named_workloads(store, run_id):
            for batch in store.batches(run_id, position, SAMPLE_COLUMNS, ROWS_PER_GROUP):
                columns = _columns(batch, names, table_from_batches([batch], zero_ns))
                arrays = [_array(columns[field.name], field.type) for field in schema]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
                count += len(batch["index"])
    return count


def require_pyarrow() -> None:
    """Raises UsageError when pyarrow is not installed."""
    try:
        import pyarrow as pa  # noqa: F401, PLC0415
    except ImportError as error:
        raise UsageError(
            "Parquet needs pyarrow, which is not installed",
            "pip install 'seatrial[parquet]', or choose --format jsonl",
        ) from error


def _schema() -> Any:
    import pyarrow as pa  # noqa: PLC0415

    def scalar(name: str) -> Any:
        if name in _TEXTS:
            return pa.string()
        return {"kernel_clock": pa.bool_(), "retry_after_s": pa.float64()}.get(name, pa.int64())

    return pa.schema(
        [
            *((name, pa.string()) for name in NAMES),
            *((name, scalar(name)) for name in SCALARS),
            *((name, pa.float64()) for name in TIMES),
            ("chunk_s", pa.list_(pa.float64())),
            ("chunk_lag_s", pa.list_(pa.float64())),
            ("chunk_tokens", pa.list_(pa.uint16())),
            ("chunk_channel", pa.list_(pa.string())),
            ("server", pa.map_(pa.string(), pa.float64())),
            ("text", pa.string()),
        ]
    )


def _columns(batch: Mapping[str, Sequence[Any]], names: Mapping[str, str], table: SampleTable) -> dict[str, Any]:
    """By name, what `_array` makes an array of: a sequence, or (offsets, values) for the lists."""
    n = len(table)
    tokens = np.ma.masked_equal(table.chunk_tokens, 0)
    return {
        **{name: [value] * n for name, value in names.items()},
        **{name: batch[name] for name in (*SCALARS, *FREE_FORM)},
        "kernel_clock": table.kernel_clock,
        "server": [list(told.items()) for told in batch["server"]],
        **{
            name: np.ma.masked_invalid(getattr(table, field.removesuffix("_ns") + "_s"))
            for name, field in zip(TIMES, TIME_FIELDS, strict=True)
        },
        "chunk_s": (table.first, table.chunk_s),
        "chunk_lag_s": (table.first, table.chunk_lag_s),
        "chunk_tokens": (table.first, tokens),
        "chunk_channel": (table.first, _channel_names(table.chunk_channel)),
    }


def _channel_names(codes: NDArray[np.uint8]) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    if codes.size and codes.max() >= len(CHANNELS):
        raise ValueError(f"a chunk has the channel {codes.max()}, and there are {len(CHANNELS)}")
    return pa.DictionaryArray.from_arrays(codes.astype(np.int32), list(CHANNELS)).cast(pa.string())


def _array(values: Any, kind: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    if isinstance(values, tuple) and pa.types.is_list(kind):
        first, items = values
        return pa.ListArray.from_arrays(first.astype(np.int32), _array(items, kind.value_type))
    if isinstance(values, pa.Array):
        return values
    return pa.array(values, type=kind)
