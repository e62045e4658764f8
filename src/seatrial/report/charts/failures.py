"""Failures by cause: how many requests of each candidate failed of what."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from seatrial.report.charts import axes, cells, spec, words
from seatrial.report.palette import NEUTRAL

if TYPE_CHECKING:
    from seatrial.domain.summary import RunSummary
    from seatrial.report.view import Chart

FEW = 6


def failures(run: RunSummary) -> tuple[Chart, ...]:
    """None where nothing failed."""
    counts: Counter[tuple[str, str]] = Counter()
    sent: Counter[str] = Counter()
    for candidate in run.candidates:
        for workload in candidate.workloads:
            sent[candidate.name] += workload.counts.planned
            for cause, count in workload.failures.items():
                counts[candidate.name, cause] += count
    if not counts:
        return ()
    look = spec.look([candidate.name for candidate in run.candidates])
    causes = spec.labels(cause for (_, cause), _ in counts.most_common())
    causes = {cause: shown.replace("_", " ") for cause, shown in causes.items()}
    rows = [
        {"w": causes[cause], "c": look.label[name], "v": count, "p": f"{count / sent[name]:.3%} of {sent[name]:,}"}
        for (name, cause), count in counts.items()
    ]
    bars = max(sum(row["w"] == cause for row in rows) for cause in causes.values())
    title = "Failed requests by cause"
    told = [f"{row['v']:,} of {row['c']} {row['w']}" for row in sorted(rows, key=lambda row: -int(str(row["v"])))]
    alt = f"{title}: {words.listed(told, 6, 'cause')}."
    return (
        spec.chart(
            "failures", title, alt, _body(rows, list(causes.values()), look), len(causes) * axes.bars_px(bars, 1)
        ),
    )


def _whole_ticks(most: int) -> spec.Spec:
    """Of few failures every number has its tick: left to itself the axis has 0.5 among them, shown as 0 or 1."""
    axis: spec.Spec = {"format": ",d", "tickMinStep": 1, "tickCount": 6}
    return axis | {"values": list(range(most + 1))} if most <= FEW else axis


def _body(rows: list[dict[str, object]], causes: list[str], look: spec.Look) -> spec.Spec:
    x = {
        "field": "v", "type": "quantitative", "title": "failed requests",
        "axis": _whole_ticks(max(int(str(row["v"])) for row in rows)), "scale": {"zero": True},
    }  # fmt: skip
    return {
        "data": cells.rows(rows),
        "encoding": {
            "y": {
                "field": "w", "type": "nominal", "sort": causes, "title": None,
                "axis": {"labelLimit": 140}, "scale": {"paddingInner": 0.25, "paddingOuter": 0.1},
            },
            "yOffset": {"field": "c", "sort": list(look.label.values())},
            "x": x,
        },
        "layer": [
            {
                "mark": {"type": "bar"},
                "encoding": {
                    "color": look.colour,
                    "tooltip": spec.tooltip(c="candidate", w="cause", v="failed", p="share of all"),
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 4, "color": NEUTRAL, "aria": False},
                "encoding": {"text": {"field": "v", "format": ",d"}},
            },
        ],
    }  # fmt: skip
