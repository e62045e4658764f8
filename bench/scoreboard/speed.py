"""vLLM's TPOT and TTFT: closed loops with families left out, and the few open loops whose rate is known."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bench.scoreboard.layouts import vllm_layout
from bench.scoreboard.score import FAMILIES, MBU, MFU, Left, Scored, Section, folds
from bench.scoreboard.shapes import hf_model, lineage
from bench.scoreboard.speed_fit import TPOT, TTFT, Load, expected, fit_speed, log_errors

from seatrial.domain.plan import Demand
from seatrial.domain.values import Range
from seatrial.sizing.memory.vllm import vllm_memory_of
from seatrial.sizing.speed.fit import spread
from seatrial.sizing.speed.fitted import Fitted
from seatrial.sizing.speed.predict import Overloaded, speed_of
from seatrial.sizing.speed.reads import share_of_experts, weight_bytes
from seatrial.sizing.speed.work import peak_flops

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.scoreboard.rows import Row

    from seatrial.domain.plan import Speed

LARGEST = 64

TWICE = "entered twice: the same figures under another date"
MISLABELLED = "concurrency 512 is stated, but TPOT is below that at 64: not a figure of that load"
UNCLEAR = "16 GPUs are stated (4 data-parallel), but short prompts take what 4 GPUs take: which ran cannot be told"
NO_RATE = "open loop, and the request rate is not in the source file"
NO_LENGTHS = "the output length is not in the row"
A_TAIL = "percentile of an open loop whose spread of lengths is not in the source file"
REFUSED = "refused: above 85 % of the capacity predicted at 20 requests/s, which the server did carry"
AN_INPUT = "of an open loop: what was asked for, not what the engine could"


def speed_section(rows: Iterable[Row]) -> Section:
    """Closed loops with their family left out; open loops of known rate, by what other families taught."""
    loads, left = _loads(rows)
    opened = [row for row in left if not row.reason]
    scored: list[Scored] = []
    for _family, others, own in folds(loads, lambda load: load.family):
        fitted = _fitted(others)
        typical = {name: _mean(others, name) for name in (TPOT, TTFT)}
        scored += [_closed(load, fitted, typical[load.row.quantity]) for load in own]
    refused: list[Left] = []
    for each in opened:
        found = _open(each.row, loads)
        if isinstance(found, Scored):
            scored.append(found)
        else:
            refused.append(Left(each.row, found))
    return Section(tuple(scored), (*(each for each in left if each.reason), *refused))


def _loads(rows: Iterable[Row]) -> tuple[list[Load], list[Left]]:
    """Rows of closed loops, and all others with a reason; an empty reason marks an open loop of known rate."""
    loads: list[Load] = []
    left: list[Left] = []
    seen: set[tuple[object, ...]] = set()
    for row in rows:
        reason = _reason(row)
        same = (row.model, row.quantity, row.value, re.sub(r"id=\S+", "", row.notes))
        if reason is None and same in seen:
            reason = TWICE
        seen.add(same)
        if reason is None:
            loads.append(_load(row))
        else:
            left.append(Left(row, reason))
    return loads, left


def _reason(row: Row) -> str | None:
    """Why a row is no closed loop to be scored; empty for an open loop of known rate."""
    if row.quantity not in (TPOT, TTFT):
        return _reason_of_open(row)
    if row.whole("concurrency_per_replica") > LARGEST:
        return MISLABELLED
    return UNCLEAR if row.whole("adp") > 1 else None


def _reason_of_open(row: Row) -> str:
    if row.quantity.startswith("ITL at batch"):
        return NO_LENGTHS
    if row.kind == "throughput":
        return AN_INPUT
    if "req/s" not in row.notes:
        return NO_RATE
    return "" if row.quantity.startswith(("itl_mean", "ttft_mean", "e2e_mean")) else A_TAIL


def closed_loads(rows: Iterable[Row]) -> list[Load]:
    """The rows that the shipped factors are fitted to."""
    return _loads(rows)[0]


def _load(row: Row) -> Load:
    model = hf_model(row.model)
    if model is None:
        raise LookupError(f"configs.json lacks {row.model}")
    users, asked, made = (row.whole(name) for name in ("concurrency_per_replica", "isl", "osl"))
    return Load(row, model, vllm_layout(row, model), lineage(model), users, asked, made)


def _fitted(loads: Sequence[Load]) -> Fitted:
    """The forms fitted to some families, with the spread they show when each of those is left out in turn."""
    step, first = fit_speed(loads)
    errors = left_out_errors(loads)
    step = replace(step, log_spread=spread(errors["step"]))
    first = replace(first, log_spread=spread(errors["first"]))
    return Fitted(step, first, 0.0, float(LARGEST), "")


def left_out_errors(loads: Sequence[Load]) -> dict[str, list[float]]:
    """ln(predicted / measured) of every row, fitted without its family."""
    errors: dict[str, list[float]] = {"step": [], "first": []}
    for _family, others, own in folds(loads, lambda load: load.family):
        for form, found in log_errors(own, *fit_speed(others)).items():
            errors[form] += found
    return errors


def _mean(loads: Sequence[Load], quantity: str) -> float:
    values = [load.row.value for load in loads if load.row.quantity == quantity]
    return sum(values) / len(values)


def _closed(load: Load, fitted: Fitted, typical: float) -> Scored:
    row = load.row
    name = "TTFT, users waiting for a slot" if row.quantity == TTFT and load.queues else row.quantity
    before = Fitted(*expected(), 0.0, float(LARGEST), "")
    others = {
        "constant efficiency": _constant_ms(load),
        "mean of the others": typical,
        "priors alone": _told_ms(load, before).value,
    }
    gpu = load.layout.gpu.name
    return Scored(row, name, "vllm", gpu, load.family, FAMILIES, row.value, _told_ms(load, fitted), others)


def _told_ms(load: Load, fitted: Fitted) -> Range:
    speed = speed_of(load.model, load.layout, load.memory, load.demand, fitted)
    return (speed.tpot_s if load.row.quantity == TPOT else speed.ttft_s).scaled(1e3)


def _constant_ms(load: Load) -> float:
    """Milliseconds with the constants: the weights a step reads, or the operations of a prompt."""
    gpu, ranks = load.layout.gpu, load.layout.tensor_parallel
    if load.row.quantity == TPOT:
        read = weight_bytes(load.model, load.layout.weights)
        touched = read.dense + read.experts * share_of_experts(load.model, load.users)
        return 1e3 * touched / (gpu.bandwidth_bytes_per_s * ranks * MBU)
    operations = 2.0 * load.model.active_parameters * load.input_tokens
    return 1e3 * operations / (peak_flops(gpu, load.layout.weights) * ranks * MFU)


def _open(row: Row, loads: Sequence[Load]) -> Scored | str:
    """One open loop, as the mean over the stages of its load; or why the forecast refuses it."""
    model = hf_model(row.model)
    if model is None:
        raise LookupError(f"configs.json lacks {row.model}")
    family = lineage(model)
    fitted = _fitted([load for load in loads if load.family != family])
    asked, made = (float(found) for found in re.findall(r"mean (?:prompt|output) ([\d.]+) tok", row.notes))
    layout = replace(vllm_layout(row, model), tensor_parallel=row.gpus)
    demands = [(share, Demand(asked, made, rate_per_s=rate)) for share, rate in _stages(row)]
    try:
        speeds = [
            (share, speed_of(model, layout, vllm_memory_of(model, layout, demand), demand, fitted))
            for share, demand in demands
        ]
    except Overloaded:
        return REFUSED
    predicted = [_of(row, speed).scaled(share) for share, speed in speeds]
    whole = sum(predicted, Range.exact(0.0))
    name = {"itl": TPOT, "ttf": TTFT, "e2e": "E2E"}[row.quantity[:3]]
    gpu = layout.gpu.name
    return Scored(row, f"{name}, open loop", "vllm", gpu, family, FAMILIES, row.value, whole)


def _stages(row: Row) -> list[tuple[float, float]]:
    """(share of the requests, requests per second) of each stage of the load."""
    stages = [float(rate) for rate in re.findall(r"600 s at ([\d.]+) rps", row.notes)]
    if stages:
        return [(rate / sum(stages), rate) for rate in stages]
    found = re.search(r"mean ([\d.]+) req/s", row.notes)
    return [(1.0, float(found[1]))] if found else []


def _of(row: Row, speed: Speed) -> Range:
    """The predicted quantity of a row in its unit."""
    name = row.quantity[:3]
    seconds = {"itl": speed.tpot_s, "ttf": speed.ttft_s, "e2e": speed.e2e_s}[name]
    return seconds.scaled(1e3)
