"""Where the memory of a GPU goes: a bar for each plan, and for what was refused for want of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seatrial.report.charts import cells, spec
from seatrial.report.charts.words import listed
from seatrial.report.palette import COLOURS, FAILED, NEUTRAL
from seatrial.report.plan import words
from seatrial.report.plan.refused import refusals
from seatrial.report.plan.tables import graphs_in_budget
from seatrial.sizing import names
from seatrial.units import GIB, format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.plan import Layout, Memory, Plan, Proposal, Rejection
    from seatrial.report.view import Chart

MOST_BARS, MOST_REFUSED = 8, 4
BAR_PX = 38
PARTS = {
    "weights": COLOURS[0],
    "KV cache": COLOURS[2],
    "activations": COLOURS[4],
    "driver and communication": COLOURS[3],
    "CUDA graphs": COLOURS[5],
    "missing": FAILED,
}
MARKS = "The short mark is what the engine may use, the long one what the driver reports."


def memory_chart(proposal: Proposal) -> tuple[Chart, ...]:
    """A bar for each of the first plans, and for the refusals nearest to one whose memory is known."""
    bars = [(f"{place}. {_two_lines(plan.layout)}", plan.memory) for place, plan in _first(proposal)]
    bars += [
        (f"refused: {_two_lines(each.layout)}, {each.layout.max_model_len:,} tokens", memory)
        for each, memory in _too_large(proposal)
    ]
    if not bars:
        return ()
    labels = spec.labels(name for name, _ in bars)
    shown = {labels[name]: memory for name, memory in bars}
    title = "Where the memory of one GPU goes"
    return (spec.chart("memory", title, _memory_alt(title, shown), _memory_body(shown), len(shown) * BAR_PX),)


def _first(proposal: Proposal) -> Iterator[tuple[int, Plan]]:
    yield from enumerate(proposal.plans[:MOST_BARS], 1)


def _too_large(proposal: Proposal) -> list[tuple[Rejection, Memory]]:
    """The first refusals for want of memory: of the others the memory decides nothing."""
    first = (each.first for each in refusals(proposal.rejected))
    found = [(each, each.memory) for each in first if each.memory is not None and each.memory.shortfall > 0]
    return found[:MOST_REFUSED]


def _two_lines(layout: Layout) -> str:
    """The name as the axis breaks it, at `; `."""
    return f"{names.engine_name(layout.engine)} {layout.weights.quant}; {names.hardware(layout)}"


def _memory_body(bars: dict[str, Memory]) -> spec.Spec:
    y = {
        "field": "w",
        "type": "nominal",
        "sort": list(bars),
        "title": None,
        "axis": {"labelLimit": 220, "labelExpr": "split(datum.label, '; ')", "grid": False},
        "scale": {"paddingInner": 0.35, "paddingOuter": 0.2},
    }
    x = {"type": "quantitative", "title": "GiB of one GPU", "axis": {"tickCount": 8, "format": ",.4~r"}}
    rows = [row for name, memory in bars.items() for row in _segments(name, memory)]
    used = [part for part in PARTS if any(row["p"] == part for row in rows)]
    scale = {"domain": used, "range": [PARTS[part] for part in used]}
    legend = {"title": None, "orient": "top", "columns": 2, "symbolType": "square", "symbolOpacity": 1}
    return {
        "encoding": {"y": y},
        "layer": [
            {
                "data": cells.rows(rows),
                "mark": {"type": "bar", "opacity": 1, "aria": False},
                "encoding": {
                    "x": {"field": "a", **x},
                    "x2": {"field": "b"},
                    "color": {"field": "p", "type": "nominal", "scale": scale, "legend": legend},
                    "tooltip": spec.tooltip(w="plan", p="part", t="size"),
                },
            },
            *(_limit(bars, which, px) for which, px in (("budget", 22), ("total", 34))),
        ],
    }


def _limit(bars: dict[str, Memory], which: str, length_px: int) -> spec.Spec:
    """A mark on each bar: what the engine may use, what the driver reports."""
    title = "the engine may use" if which == "budget" else "the driver reports"
    found = ((name, getattr(memory, which)) for name, memory in bars.items())
    rows = cells.rows({"w": name, "v": size.value / GIB, "t": words.of_size(size)} for name, size in found)
    return {
        "data": rows,
        "mark": {
            "type": "tick",
            "thickness": 2.5,
            "size": length_px,
            "color": NEUTRAL,
            "opacity": 1,
            "aria": False,
        },
        "encoding": {
            "x": {"field": "v", "type": "quantitative"},
            "tooltip": spec.tooltip(w="plan", t=title),
        },
    }


def _segments(name: str, memory: Memory) -> Iterator[dict[str, Any]]:
    """The parts beside each other, from 0."""
    begin = 0.0
    for part, size, told in _sizes(memory):
        if size > 0:
            end = begin + size / GIB
            yield {"w": name, "p": part, "a": begin, "b": end, "t": told}
            begin = end


def _sizes(memory: Memory) -> Iterator[tuple[str, float, str]]:
    yield "weights", memory.weights.value, words.of_size(memory.weights)
    yield "activations", memory.activation.value, words.of_size(memory.activation)
    yield "driver and communication", memory.non_torch.value, words.of_size(memory.non_torch)
    if graphs_in_budget(memory):
        yield "CUDA graphs", memory.graphs.value, words.of_size(memory.graphs)
    yield "KV cache", max(0.0, memory.kv_pool.value), words.of_size(memory.kv_pool)
    yield "missing", memory.shortfall, format_bytes(memory.shortfall)


def _memory_alt(title: str, bars: dict[str, Memory]) -> str:
    told = []
    for name, memory in bars.items():
        parts = ", ".join(f"{part} {size}" for part, value, size in _sizes(memory) if value > 0)
        told.append(f"{name}: {parts}, of {format_bytes(memory.budget.value)} that the engine may use")
    return f"{title}. {MARKS} {listed(told, 6, 'layout')}."
