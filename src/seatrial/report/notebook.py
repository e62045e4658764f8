"""A Jupyter notebook of stored runs: nothing but cells, which load the runs by seatrial's Python API and redraw."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTRODUCTION = """\
# {title}

Run the cells: every number and chart is made anew from the raw samples in the store, so it can be taken apart and
put together differently. It needs seatrial and Jupyter's kernel: `pip install seatrial ipykernel`. How to read runs
from Python is told in seatrial's `docs/python.md`."""

_LOAD = """\
from IPython.display import display

from seatrial import load_run, summarize

STORE = {store!r}  # None: the store that the command line uses"""

_RUN = """\
run = load_run({run!r}, STORE)
summary = summarize(run)
print("measurement:", summary.trust.verdict.value)
print(*summary.trust.reasons, summary.recommendation, sep="\\n")"""

_NUMBERS = """\
def shown(estimate):
    \"\"\"Value, 95 % interval and number of values.\"\"\"
    if estimate is None:
        return "-"
    known = estimate.low is not None and estimate.high is not None
    interval = f" [{estimate.low:.4g}, {estimate.high:.4g}]" if known else ""
    return f"{estimate.value:.4g}{interval} n={estimate.n}"


for candidate in summary.candidates:
    for workload in candidate.workloads:
        if workload.skipped is not None:
            print(f"{candidate.name}, {workload.name}: skipped, {workload.skipped}")
            continue
        counts = workload.counts
        print(f"{candidate.name}, {workload.name}: {counts.completed} of {counts.planned} requests completed")
        for metric in ("ttft_s", "tpot_s", "e2e_s"):
            distribution = workload.metrics.get(metric)
            if distribution is not None:
                print(f"  {metric:7} mean {shown(distribution.mean)}, p95 {shown(distribution.p95)}")
        for name, rate in workload.rates.items():
            print(f"  {name} {shown(rate)}")"""

_FIGURES = """\
for figure in run.figures().values():
    display(figure)"""

_RAW = """\
import numpy as np

for record in run.workloads:
    candidate = run.candidates[record.candidate_position].candidate.name
    table = run.table(record.workload.name, candidate=candidate)
    took_s = table.t_end_s - table.t_send_s
    sent = np.flatnonzero(~np.isnan(took_s))
    for row in sent[np.argsort(-took_s[sent])][:3]:
        print(f"{candidate}, {record.workload.name}: request {table.index[row]} took {took_s[row]:.3f} s,", end=" ")
        print(f"{table.outcome[row]} with {table.chunk_count[row]} chunks")"""


def notebook(runs: Sequence[str], store: str | None = None) -> dict[str, Any]:
    """The notebook (nbformat 4.5, as JSON) of the runs with these ids, its cells not yet run.

    `store` is the path that it will read from, None for the store that the command line uses.
    """
    title = f"Run {runs[0]}" if len(runs) == 1 else f"{len(runs)} runs"
    under = "##" if len(runs) == 1 else "###"
    cells = [_words(_INTRODUCTION.format(title=title)), _code(_LOAD.format(store=store))]
    for run in runs:
        cells += [
            *([_words(f"## Run {run}")] if len(runs) > 1 else []),
            _code(_RUN.format(run=run)),
            _words(f"{under} Figures"),
            _code(_FIGURES),
            _words(f"{under} Numbers"),
            _code(_NUMBERS),
            _words(f"{under} The slowest requests of each workload"),
            _code(_RAW),
        ]
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        "cells": [cell | {"id": _id(place, cell)} for place, cell in enumerate(cells)],
    }


def _words(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": text, "execution_count": None, "outputs": []}


def _id(place: int, cell: dict[str, Any]) -> str:
    """Different for every cell, and the same whenever the notebook is written."""
    return hashlib.sha256(f"{place} {cell['source']}".encode()).hexdigest()[:12]
