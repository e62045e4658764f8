"""Rows of measurements.csv: public measurements as they were found, with their source."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MEASUREMENTS = HERE / "measurements.csv"


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. Texts are as in the file, empty where nothing is known; `line` is its line there."""

    line: int
    kind: str
    model: str
    quant_or_dtype: str
    engine: str
    engine_version: str
    gpu: str
    gpu_count: str
    gpu_mem_gib: str
    gpu_memory_utilization: str
    max_model_len: str
    quantity: str
    value: float
    unit: str
    source_url: str
    notes: str

    def note(self, name: str) -> str | None:
        """What the notes say after `name=` (a remark in brackets may stand between), up to the next space."""
        found = re.search(rf"(?:^|\s){re.escape(name)}(?:\([^)]*\))?=(\S+?);?(?:\s|$)", self.notes)
        return found[1] if found else None

    def whole(self, name: str, missing: int = 1) -> int:
        """A whole number of the notes, `missing` where there is none."""
        return int(self.note(name) or missing)

    @property
    def gpus(self) -> int:
        return int(self.gpu_count or 1)


def read_rows(path: Path = MEASUREMENTS) -> tuple[Row, ...]:
    """All rows of the file. Raises ValueError where one is not whole."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        return tuple(_row(reader.line_num, cells) for cells in reader)


def _row(line: int, cells: dict[str, str]) -> Row:
    try:
        return Row(line=line, **{**cells, "value": float(cells["value"])})  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise ValueError(f"measurements.csv, line {line}: {error}") from error
