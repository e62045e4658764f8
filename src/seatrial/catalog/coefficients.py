"""The factors that come with seatrial, fitted on public measurements by `make refit`, with provenance."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from seatrial.domain.coefficients import Coefficients

FILES = ("coefficients_vllm.toml", "coefficients_ggml.toml")


@cache
def shipped() -> tuple[Coefficients, ...]:
    """All fitted forms of all engines."""
    data = files("seatrial.catalog").joinpath("data")
    return tuple(row for name in FILES for row in read_coefficients(data.joinpath(name).read_text("utf-8")))


def shipped_form(engine: str, form: str, device: str | None = None) -> Coefficients:
    """The fit of `form` for `engine`, that of `device` itself where it has one. Raises LookupError without any."""
    rows = [row for row in shipped() if (row.engine, row.form) == (engine, form) and row.device in {device, None}]
    if not rows:
        raise LookupError(f"no factors for {form} of {engine}")
    return max(rows, key=lambda row: row.device is not None)


def read_coefficients(text: str) -> tuple[Coefficients, ...]:
    """The [[coefficients]] of a TOML text. Raises KeyError or TypeError where a row is not whole."""
    return tuple(_coefficients(row) for row in tomllib.loads(text)["coefficients"])


def _coefficients(row: dict[str, Any]) -> Coefficients:
    return Coefficients(
        engine=row["engine"],
        form=row["form"],
        values=tuple((name, float(factor)) for name, factor in row["values"].items()),
        log_spread=float(row["log_spread"]),
        n=int(row["n"]),
        families=tuple(row["families"]),
        gpus=tuple(row["gpus"]),
        provenance=row["provenance"],
        engine_version=row.get("engine_version"),
        device=row.get("device"),
    )


def write_coefficients(rows: tuple[Coefficients, ...], comment: str) -> str:
    """TOML that `read_coefficients` reads back, factors with four significant digits."""
    return f"# {comment}\n" + "".join(_toml(row) for row in rows)


def _toml(row: Coefficients) -> str:
    values = ", ".join(f"{name} = {factor:.4g}" for name, factor in row.values)
    lines = [
        "",
        "[[coefficients]]",
        f'engine = "{row.engine}"',
        f'form = "{row.form}"',
        *([f'device = "{row.device}"'] if row.device else []),
        f"values = {{ {values} }}",
        f"log_spread = {row.log_spread:.4g}",
        f"n = {row.n}",
        f"families = {list(row.families)}".replace("'", '"'),
        f"gpus = {list(row.gpus)}".replace("'", '"'),
        f'provenance = "{row.provenance}"',
    ]
    return "\n".join(lines) + "\n"
