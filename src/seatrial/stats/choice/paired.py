"""Candidates compared pair by pair: under the same load, with the same prompts, what did each make of it?

A pair is a workload with more than one request in flight, or one batch or stage of it. How loads differ from each
other (a batch of 2 from one of 10) is large and the same for all candidates: it leaves the ratio within a pair.
What remains is a t-interval over the logarithms of the ratios. The pairs come from one trial of each candidate;
what changes from trial to trial (another process, a warmer machine) is in none of them and not in the interval.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from seatrial.domain.summary import Comparison
from seatrial.domain.values import Estimate
from seatrial.stats.choice.contest import Contest, in_order, is_loaded, workload_of
from seatrial.stats.theory import t_975
from seatrial.units import format_s, significant
from seatrial.words import joined, ratio_told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from seatrial.domain.summary import CandidateSummary, Distribution, WorkloadSummary
    from seatrial.stats.choice.contest import Leads
    from seatrial.stats.table import Floats

LEAST_PAIRS = 5
# Mean asked lengths further apart are not the same load: one of them was capped at its engine's context.
SAME_LENGTH = 0.1
_PLURAL = {"workload": "workloads", "batch": "batches", "stage": "stages"}


class _Metric(NamedTuple):
    """A quantity that decides: output tokens/s, or time to complete where the rate is given from outside."""

    name: str
    more_is_better: bool
    verb: str
    noun: str
    loads: str
    form: Callable[[float], str]


_METRICS = (
    _Metric("output_tokens_per_s", True, "made", "the output tokens/s", "warm concurrent {}", significant),
    _Metric("e2e_s", False, "took", "the mean time to complete", "warm {} at a given rate", format_s),
)


class _Load(NamedTuple):
    """A load that every candidate was under. `values`: the metric, in the order of the candidates."""

    name: str
    kind: str
    in_flight: int
    values: tuple[float, ...]


class _Part(NamedTuple):
    name: str
    kind: str
    in_flight: int
    value: float | None


def compare_paired(candidates: Sequence[CandidateSummary], names: Sequence[str]) -> Contest | None:
    """The contest over all pairs that the workloads `names` give; None if they are fewer than 5.

    Of the two quantities the first that has enough pairs decides.
    """
    for metric in _METRICS:
        loads = list(_loads(candidates, names, metric.name))
        if len(loads) >= LEAST_PAIRS:
            return _contest([c.name for c in candidates], loads, metric)
    return None


def mean_ratio(ours: Floats, theirs: Floats) -> Estimate:
    """Geometric mean of the ratios ours / theirs (all positive, at least 2) with its 95 % t-interval."""
    logs = np.log(ours / theirs)
    middle = float(logs.mean())
    half = t_975(len(logs) - 1) * float(logs.std(ddof=1)) / math.sqrt(len(logs))
    return Estimate(math.exp(middle), math.exp(middle - half), math.exp(middle + half), len(logs))


def _loads(candidates: Sequence[CandidateSummary], names: Sequence[str], metric: str) -> Iterator[_Load]:
    for name in names:
        sides = [workload_of(candidate, name) for candidate in candidates]
        if not all(same_lengths(sides[0], side) for side in sides[1:]):
            continue
        for parts in zip(*(_parts(side, metric) for side in sides), strict=False):
            values = tuple(part.value for part in parts if part.value)
            if len(values) == len(candidates):
                yield _Load(parts[0].name, parts[0].kind, parts[0].in_flight, values)


def _parts(workload: WorkloadSummary, metric: str) -> Iterator[_Part]:
    """The loads a workload consists of; none where `metric` is not what decides."""
    is_open = workload.arrivals is not None
    if is_open != (metric == "e2e_s") or not is_loaded(workload):
        return
    if not workload.stages:
        rate = workload.rates.get("output_tokens_per_s")
        tokens_per_s = None if rate is None else rate.value
        value = _mean(workload.metrics.get("e2e_s")) if is_open else tokens_per_s
        yield _Part(workload.name, "workload", workload.concurrency or 0, value)
    for stage in workload.stages:
        if is_open or (stage.concurrency or 0) > 1:
            value = _mean(stage.e2e_s) if is_open else stage.output_tokens_per_s
            yield _Part(f"{workload.name}, {stage.label}", stage.kind, stage.concurrency or 0, value)


def _mean(distribution: Distribution | None) -> float | None:
    return None if distribution is None else distribution.mean.value


def same_lengths(one: WorkloadSummary, other: WorkloadSummary) -> bool:
    """Whether both were asked for as many tokens, as far as that is known."""
    for key in ("input_asked", "output_asked"):
        ours, theirs = one.tokens.get(key), other.tokens.get(key)
        if ours is not None and theirs is not None and abs(ours - theirs) > SAME_LENGTH * max(ours, theirs):
            return False
    return True


def _contest(names: Sequence[str], loads: Sequence[_Load], metric: _Metric) -> Contest:
    values = {name: np.array([load.values[i] for load in loads]) for i, name in enumerate(names)}
    sign = 1 if metric.more_is_better else -1
    levels = {name: sign * float(np.log(some).mean()) for name, some in values.items()}
    best, *rivals = in_order(levels)
    places = tuple(load.name for load in loads)
    comparisons = tuple(
        Comparison(best, rival, metric.name, mean_ratio(values[best], values[rival]), places) for rival in rivals
    )
    example = _typical(loads)
    shown = dict(zip(names, example.values, strict=True))
    return Contest(
        best=best,
        tied=tuple(c.against for c in comparisons if _ends(c.ratio)[0] <= 1 <= _ends(c.ratio)[1]),
        where=_where(loads, metric, len(names)),
        what=_what(comparisons, [shown[name] for name in (best, *rivals)], example.name, metric),
        levels=levels,
        leads=_leads(values, more_is_better=metric.more_is_better),
        comparisons=comparisons,
    )


def _typical(loads: Sequence[_Load]) -> _Load:
    """The load whose ratios are nearest to their means; of equals the one with the most requests in flight."""
    logs = np.log([load.values for load in loads])
    ratios = logs[:, 1:] - logs[:, :1]
    apart = np.square(ratios - ratios.mean(axis=0)).sum(axis=1).round(9)
    ranked = zip(apart.tolist(), loads, strict=True)
    return min(ranked, key=lambda pair: (pair[0], -pair[1].in_flight, pair[1].kind != "workload"))[1]


def _leads(values: dict[str, Floats], *, more_is_better: bool) -> Leads:
    return {
        (one, other): mean_ratio(*((ours, theirs) if more_is_better else (theirs, ours)))
        for one, ours in values.items()
        for other, theirs in values.items()
        if one != other
    }


def _where(loads: Sequence[_Load], metric: _Metric, candidates: int) -> str:
    kinds = " and ".join(plural for kind, plural in _PLURAL.items() if any(load.kind == kind for load in loads))
    all_of_them = "both" if candidates == 2 else f"all {candidates}"
    return f"over the {len(loads)} {metric.loads.format(kinds)} {all_of_them} ran with the same prompts"


def _what(comparisons: Sequence[Comparison], example: Sequence[float], place: str, metric: _Metric) -> str:
    """`made 1.14 [1.08, 1.21] times the output tokens/s of b (88 against 72 in "c8") and 1.3 [1.2, 1.4] ...`."""
    best, *others = (metric.form(value) for value in example)
    clauses: list[str] = []
    for comparison, other in zip(comparisons, others, strict=True):
        noun = "that" if clauses else metric.noun
        numbers = f'{best} against {other} in "{place}"'
        times = ratio_told(comparison.ratio.value, *_ends(comparison.ratio))
        clauses.append(f"{times} times {noun} of {comparison.against} ({numbers})")
    return f"{metric.verb} {joined(clauses)}"


def _ends(ratio: Estimate) -> tuple[float, float]:
    assert ratio.low is not None
    assert ratio.high is not None
    return ratio.low, ratio.high
