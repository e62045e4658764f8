"""The shipped factors, fitted on all rows: `make refit` writes them, a test checks that they are these."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.scoreboard.ggml import by_family, by_gpu, is_stream, left_out_fits, streams_of
from bench.scoreboard.ggml_fit import (
    DECODE,
    ENOUGH,
    PREFILL,
    device_factor,
    first_form,
    fit_streams,
    log_error,
    scaled,
)
from bench.scoreboard.memory import distinct, is_start, starts_of
from bench.scoreboard.memory_fit import fit_memory
from bench.scoreboard.rows import read_rows
from bench.scoreboard.speed import closed_loads, left_out_errors
from bench.scoreboard.speed_fit import fit_speed

from seatrial.catalog.coefficients import write_coefficients
from seatrial.catalog.engine_memory import vllm_memory
from seatrial.sizing.speed.fit import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.scoreboard.ggml_fit import Stream
    from bench.scoreboard.rows import Row

    from seatrial.catalog.engine_memory import VllmMemory
    from seatrial.domain.coefficients import Coefficients

DATA = Path(__file__).parents[2] / "src" / "seatrial" / "catalog" / "data"
COMMENT = "Written by `make refit`; do not edit."
SILICON = "NVIDIA aiconfigurator silicon samples @095f58a5, vLLM 0.18 on H100 SXM, read 2026-11-21"
CROWD = (
    "llmfit community results @3f44fd30 and XiongjieDai/GPU-Benchmarks-on-LLM-Inference, read 2026-11-21;"
    " spread from families left out"
)
OF_ONE = "the same, scaled to the rows on this GPU; spread from families left out"


def vllm_forms(rows: Sequence[Row]) -> tuple[Coefficients, ...]:
    """VLLM's `step` and `first`, with the spread they show on families left out."""
    loads = closed_loads(row for row in rows if row.engine == "vllm" and row.kind == "latency")
    errors = left_out_errors(loads)
    return tuple(
        replace(form, log_spread=spread(errors[form.form]), provenance=SILICON) for form in fit_speed(loads)
    )


def ggml_forms(rows: Sequence[Row]) -> tuple[Coefficients, ...]:
    """llama.cpp's `step` for any GPU, `first`, and `step` for every GPU that was measured.

    `step` is as unsure as it is on families left out; what another GPU adds is said by `sizing.speed.fitted`.
    """
    streams, _ = streams_of(row for row in rows if is_stream(row))
    step = replace(fit_streams(streams), provenance=CROWD)
    known, unseen = left_out_fits(streams, by_family), left_out_fits(streams, by_gpu)
    common = replace(step, log_spread=_spread(known, DECODE))
    first = replace(first_form(step), log_spread=_spread(unseen, PREFILL))
    return (common, first, *_of_devices(known, common))


def _of_devices(known: Sequence[tuple[Stream, Coefficients]], common: Coefficients) -> tuple[Coefficients, ...]:
    """`step` of every GPU: as unsure as its own rows are on families left out, where they are enough."""
    streams = [stream for stream, _ in known]
    found = []
    for gpu in sorted({stream.gpu for stream in streams if stream.tells_of_gpu}):
        own = [each for each in known if each[0].gpu == gpu and each[0].tells_of_gpu]
        unsure = _spread(own, DECODE) if len(own) >= ENOUGH else common.log_spread
        form = scaled(common, device_factor(streams, common, gpu), gpu)
        families = tuple(sorted({stream.model.family for stream, _ in own}))
        found.append(
            replace(form, log_spread=unsure, n=len(own), families=families, gpus=(gpu,), provenance=OF_ONE)
        )
    return tuple(found)


def _spread(predicted: Sequence[tuple[Stream, Coefficients]], quantity: str) -> float:
    return spread([log_error(stream, step) for stream, step in predicted if stream.quantity == quantity])


def memory_of_019(rows: Sequence[Row]) -> VllmMemory:
    """The memory coefficients of 0.19 from all its logs; they stand in catalog/data/memory_coefficients.csv."""
    starts = starts_of(row for row in rows if is_start(row))
    return fit_memory([start.log for start in distinct(starts)], vllm_memory("0.19.0"))


def files(rows: Sequence[Row]) -> dict[Path, str]:
    """What the coefficient files must hold."""
    forms = {"coefficients_vllm.toml": vllm_forms(rows), "coefficients_ggml.toml": ggml_forms(rows)}
    return {DATA / name: write_coefficients(found, COMMENT) for name, found in forms.items()}


def main() -> None:
    rows = read_rows()
    for path, text in files(rows).items():
        path.write_text(text, "utf-8")
        print(f"Wrote {path.name}")
    print("vLLM's memory, for memory_coefficients.csv:", memory_of_019(rows))


if __name__ == "__main__":
    main()
