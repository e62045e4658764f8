"""Quality by kind of question: the share that was right, with Wilson's intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from seatrial.report import figures
from seatrial.report.charts import axes, cells, spec, words
from seatrial.report.charts.right_load import Pass, percents, under_load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.quality import KindScore
    from seatrial.domain.summary import RunSummary
    from seatrial.domain.values import Estimate
    from seatrial.report.view import Chart

ALL = "all kinds"


class _Score(NamedTuple):
    candidate: str
    kind: str
    accuracy: Estimate
    grades: dict[str, int]


def quality(run: RunSummary) -> tuple[Chart, ...]:
    """By kind, from each candidate's pass at its lowest concurrency; over concurrency where there are several."""
    passes = [
        Pass(candidate.name, w.concurrency, w.quality)
        for candidate in run.candidates
        for w in candidate.workloads
        if w.quality is not None and w.skipped is None
    ]
    look = spec.look([candidate.name for candidate in run.candidates])
    return (*_by_kind(passes, look), *under_load(passes, look))


def _by_kind(passes: Sequence[Pass], look: spec.Look) -> Iterator[Chart]:
    scores = [score for found in _lowest(passes) for score in _scores(found)]
    if not scores:
        return
    kinds = list(dict.fromkeys(score.kind for score in scores))
    title = "Right answers by kind of question"
    dots = max(sum(score.kind == kind for score in scores) for kind in kinds)
    height = len(kinds) * axes.bars_px(dots, 1)
    yield spec.chart("quality-by-kind", title, _kinds_alt(title, scores, look), _kinds_body(scores, look), height)


def _lowest(passes: Sequence[Pass]) -> list[Pass]:
    """The first pass of each candidate at its lowest concurrency."""
    found: dict[str, Pass] = {}
    for one in sorted(passes, key=lambda one: one.concurrency or 0):
        found.setdefault(one.candidate, one)
    return [found[name] for name in dict.fromkeys(one.candidate for one in passes)]


def _scores(one: Pass) -> Iterator[_Score]:
    if one.quality.accuracy is not None:
        grades = _sum(one.quality.kinds)
        yield _Score(one.candidate, ALL, one.quality.accuracy, grades)
    for kind in one.quality.kinds:
        if kind.accuracy is not None:
            yield _Score(one.candidate, kind.name, kind.accuracy, kind.grades)


def _sum(kinds: Sequence[KindScore]) -> dict[str, int]:
    total: dict[str, int] = {}
    for kind in kinds:
        for grade, count in kind.grades.items():
            total[grade] = total.get(grade, 0) + count
    return total


def _kinds_body(scores: Sequence[_Score], look: spec.Look) -> spec.Spec:
    shown = spec.labels(score.kind for score in scores)
    x = {
        "type": "quantitative", "title": "right answers (%)", "scale": {"domain": [0, 100]},
        "axis": {"tickCount": 5},
    }  # fmt: skip

    def row(score: _Score) -> dict[str, Any]:
        return {
            "w": shown[score.kind], "c": look.label[score.candidate], **percents(score.accuracy),
            "t": figures.percent(score.accuracy), "n": score.accuracy.n,
            "g": ", ".join(f"{count} {grade}" for grade, count in score.grades.items() if count),
        }  # fmt: skip

    return {
        "data": cells.rows(row(score) for score in scores),
        "encoding": {
            "y": spec.name_axis(shown.values()),
            "yOffset": {"field": "c", "sort": list(look.label.values())},
            "color": look.colour,
        },
        "layer": spec.dots_with_intervals(
            "x", x, look, spec.tooltip(c="candidate", w="kind", t="right", n="questions", g="answers")
        ),
    }


def _kinds_alt(title: str, scores: Sequence[_Score], look: spec.Look) -> str:
    told = []
    for name in dict.fromkeys(score.candidate for score in scores):
        own = [score for score in scores if score.candidate == name]
        kinds = sorted((s for s in own if s.kind != ALL), key=lambda score: score.accuracy.value)
        whole = "".join(f" {figures.percent(s.accuracy)} of {s.accuracy.n}" for s in own if s.kind == ALL)
        ends = (
            f", from {figures.share(kinds[0].accuracy.value)} in {spec.tame(kinds[0].kind)}"
            f" to {figures.share(kinds[-1].accuracy.value)} in {spec.tame(kinds[-1].kind)}"
            if len(kinds) > 1
            else ""
        )
        told.append(f"{look.label[name]}{whole}{ends}")
    return f"{title}, with 95 % intervals: {words.listed(told, 4, 'candidate')}."
