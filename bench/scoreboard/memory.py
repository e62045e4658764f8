"""vLLM's memory: the logs of 0.19.0 against what is predicted for them, families left out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.scoreboard.layouts import quant_of, vllm_layout
from bench.scoreboard.memory_fit import Log, fit_memory
from bench.scoreboard.score import FAMILIES, NOTHING_FITTED, Left, Scored, Section, folds
from bench.scoreboard.shapes import hf_model, lineage

from seatrial.catalog.engine_memory import vllm_memory
from seatrial.domain.values import Range
from seatrial.sizing.memory.rule import OVERHEAD
from seatrial.sizing.memory.vllm import pool_figures, vllm_memory_of
from seatrial.sizing.memory.vllm_pool import pool_of
from seatrial.units import GIB

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bench.scoreboard.rows import Row

    from seatrial.catalog.engine_memory import VllmMemory
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Layout, Memory

WEIGHTS = "model weights per GPU"
ACTIVATION = "peak activation per GPU"
NON_TORCH = "non-torch forward increase per GPU"
GRAPHS = "CUDA graph memory actual"
POOL = "Available KV cache memory per GPU"
TOKENS = "GPU KV cache size"
CONCURRENCY = "Maximum concurrency at max_model_len"
NAMES = {
    WEIGHTS: "weights",
    ACTIVATION: "activation",
    NON_TORCH: "non-torch",
    GRAPHS: "CUDA graphs",
    POOL: "KV pool",
    TOKENS: "KV tokens, given the pool",
    CONCURRENCY: "concurrency, given the pool",
}
STAGED = "pipeline stages: the log gives the pool of one stage, and tokens for the smallest of all"
LOGGED_GIB = 0.005
"""Logs print GiB with two decimals."""
LOGGED_TIMES = 0.005


@dataclass(frozen=True, slots=True)
class Start:
    """One start of the engine: its rows by quantity."""

    model: Model
    layout: Layout
    family: str
    rows: Mapping[str, Row]

    @property
    def log(self) -> Log:
        return Log(self.model, self.layout, self.family, self.rows[ACTIVATION].value, self.rows[NON_TORCH].value)

    @property
    def kind(self) -> tuple[str, ...]:
        """What makes its memory; starts that differ in max_model_len alone say the same again."""
        rows = (WEIGHTS, ACTIVATION, NON_TORCH, GRAPHS)
        return (self.model.name, quant_of(self.rows[WEIGHTS]), *(str(self.rows[row].value) for row in rows))


def is_start(row: Row) -> bool:
    """Whether the row is of a log that vLLM wrote when it started."""
    return row.kind == "memory" and row.engine == "vllm" and "log=" in row.notes


def memory_section(rows: Iterable[Row]) -> Section:
    """Every quantity of every start, with the coefficients fitted to the other families."""
    starts = starts_of(rows)
    shipped = vllm_memory("0.19.0")
    scored: list[Scored] = []
    for _family, others, own in folds(starts, lambda start: start.family):
        given = fit_memory([start.log for start in distinct(others)], shipped)
        mean = {name: _mean(others, name) for name in (ACTIVATION, NON_TORCH, GRAPHS)}
        for start in own:
            scored += _scored(start, given, mean)
            scored += [] if _is_staged(start) else _from_pool(start, given)
    staged = [start.rows[name] for start in starts if _is_staged(start) for name in (TOKENS, CONCURRENCY)]
    return Section(tuple(scored), tuple(Left(row, STAGED) for row in staged))


def _is_staged(start: Start) -> bool:
    return start.layout.pipeline_parallel > 1


def starts_of(rows: Iterable[Row]) -> tuple[Start, ...]:
    """The starts, in the order of the file. Raises LookupError for a model that configs.json lacks."""
    gathered: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        gathered[(row.model, row.quant_or_dtype, row.gpu_memory_utilization, row.max_model_len, row.notes)].append(
            row
        )
    return tuple(_start(members) for members in gathered.values())


def _start(rows: Sequence[Row]) -> Start:
    model = hf_model(rows[0].model)
    if model is None:
        raise LookupError(f"configs.json lacks {rows[0].model}")
    return Start(model, vllm_layout(rows[0], model), lineage(model), {row.quantity: row for row in rows})


def distinct(starts: Iterable[Start]) -> list[Start]:
    """One start of each kind: the last."""
    return list({start.kind: start for start in starts}.values())


def _mean(starts: Sequence[Start], quantity: str) -> float:
    values = [start.rows[quantity].value for start in distinct(starts)]
    return sum(values) / len(values)


def _scored(start: Start, given: VllmMemory, mean: Mapping[str, float]) -> list[Scored]:
    memory = vllm_memory_of(start.model, start.layout, given=given)
    parts = {
        WEIGHTS: memory.weights,
        ACTIVATION: memory.activation,
        NON_TORCH: memory.non_torch,
        GRAPHS: memory.graphs,
        POOL: memory.kv_pool,
    }
    return [_one(start, name, _printed(part), _others(start, name, memory, mean)) for name, part in parts.items()]


def _one(start: Start, name: str, predicted: Range, others: Mapping[str, float]) -> Scored:
    row = start.rows[name]
    left_out = NOTHING_FITTED if name in (WEIGHTS, TOKENS, CONCURRENCY) else FAMILIES
    gpu = start.layout.gpu.name
    return Scored(row, NAMES[name], "vllm", gpu, start.family, left_out, row.value, predicted, others)


def _printed(part: Range) -> Range:
    """In GiB, with what the log's two decimals hide."""
    gib = part.scaled(1 / GIB)
    return Range(gib.value, gib.low - LOGGED_GIB, gib.high + LOGGED_GIB)


def _others(start: Start, name: str, memory: Memory, mean: Mapping[str, float]) -> dict[str, float]:
    """Weights x 1.2 (all that a model takes, on the GPUs together), and the mean of the other families."""
    thumb = OVERHEAD * start.layout.weights.bytes / start.layout.gpu_count / GIB
    rules = {WEIGHTS: {"rule of thumb": thumb}, POOL: {"rule of thumb": memory.budget.value / GIB - thumb}}
    if name == POOL:
        fixed = memory.budget.value / GIB - start.layout.weights.bytes / start.layout.gpu_count / GIB
        rules[POOL]["constant"] = fixed - mean[ACTIVATION] - mean[NON_TORCH]
    return rules.get(name) or {"constant": mean[name]}


def _from_pool(start: Start, given: VllmMemory) -> list[Scored]:
    """What the engine derives from its pool, within what the pool's rounding leaves open."""
    pool = pool_of(start.model, start.layout, given)
    logged = start.rows[POOL].value
    figures = [
        pool_figures(start.model, start.layout, pool, (logged + off) * GIB, given)
        for off in (0.0, -LOGGED_GIB, LOGGED_GIB)
    ]
    (tokens, times, _), (fewest, least, _), (most, largest, _) = figures
    return [
        _one(start, TOKENS, Range(tokens, fewest, most), {}),
        _one(start, CONCURRENCY, Range(times, least - LOGGED_TIMES, largest + LOGGED_TIMES), {}),
    ]
