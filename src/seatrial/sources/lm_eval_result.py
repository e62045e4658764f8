"""The harness's own JSON as scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeGuard

from seatrial.domain.harness import HarnessResult, HarnessScore

if TYPE_CHECKING:
    from collections.abc import Iterator


def read_result(task: str, document: Any) -> HarnessResult:
    """The result out of the harness's own JSON. Raises ValueError for what is none, or holds no score."""
    scores = tuple(_scores(document))
    if not scores:
        raise ValueError("it has no scores")
    return HarnessResult(
        harness="lm-eval",
        version=str(_at(document, "lm_eval_version") or "unknown"),
        task=task,
        scores=scores,
        settings=_settings(document, task),
    )


def _scores(document: Any) -> Iterator[HarnessScore]:
    """`exact_match,none` is a metric and its filter; `exact_match_stderr,none` its standard error."""
    results = _at(document, "results")
    found = results.items() if isinstance(results, dict) else ()
    for name, values in found:
        if not isinstance(values, dict):
            continue
        items = _at(document, "n-samples", name, "effective")
        for key, value in values.items():
            metric, comma, chosen = key.partition(",")
            if not comma or metric.endswith("_stderr") or not _is_finite(value):
                continue  # names and lengths of samples, and what goes with a score
            error: Any = values.get(f"{metric}_stderr,{chosen}")
            label = metric if chosen == "none" else f"{metric} ({chosen})"
            yield HarnessScore(
                task=str(name),
                metric=label,
                value=float(value),
                error=float(error) if _is_finite(error) else None,
                items=items if isinstance(items, int) else None,
            )


def _settings(document: Any, task: str) -> dict[str, str]:
    found = {
        "task version": _at(document, "versions", task),
        "few-shot examples": _at(document, "n-shot", task),
        "seed": _at(document, "config", "random_seed"),
        "limit": _at(document, "config", "limit"),
        "task hash": _at(document, "task_hashes", task),
        "generation": _at(document, "configs", task, "generation_kwargs"),
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def _at(document: Any, *keys: str) -> Any:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _is_finite(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
