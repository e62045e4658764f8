"""Whatever is done to a file: a summary, or a UsageError; never another exception."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seatrial.domain.summary import RunSummary
from seatrial.errors import UsageError
from seatrial.report.document import run_document
from seatrial.sources.foreign import read_foreign
from tests.report.runs import bake_off
from tests.sources.foreign.files import (
    AIPERF,
    GUIDELLM,
    GUIDELLM_V1,
    K6_EXPORT,
    K6_MACHINE,
    VLLM_DETAILED,
    document,
)

DOCUMENTS = {
    name: document(name) for name in (VLLM_DETAILED, GUIDELLM, GUIDELLM_V1, AIPERF, K6_EXPORT, K6_MACHINE)
} | {"own": json.loads(json.dumps(run_document(bake_off())))}

SETTINGS = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**30, -(10**30), 10**400, 2**63, 1e308, 5e-324, -0.0]),
    st.floats(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.lists(st.floats(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=3),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a document, of long lists the first three."""
    entries = (
        list(value.items())
        if isinstance(value, dict)
        else list(enumerate(value[:3]))
        if isinstance(value, list)
        else []
    )
    return [found for key, inside in entries for found in ((*path, key), *places(inside, (*path, key)))]


PLACES = {name: places(found) for name, found in DOCUMENTS.items()}


def mangled(value: Any, path: tuple[Any, ...], new: object) -> Any:
    """A copy along `path`; where an earlier change took the path away, as it was."""
    if not path:
        return new
    key, *rest = path
    if isinstance(value, dict) and key in value:
        return value | {key: mangled(value[key], tuple(rest), new)}
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return [*value[:key], mangled(value[key], tuple(rest), new), *value[key + 1 :]]
    return value


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_mangled_documents(tmp_path: Path, name: str, data: st.DataObject) -> None:
    changed = DOCUMENTS[name]
    for _ in range(data.draw(st.integers(1, 3))):
        changed = mangled(changed, data.draw(st.sampled_from(PLACES[name])), data.draw(VALUES))
    path = tmp_path / "mangled.json"
    path.write_text(json.dumps(changed), "utf-8")
    try:
        run = read_foreign(path)
    except UsageError:
        return
    assert isinstance(run, RunSummary)
    for candidate in run.candidates:
        for workload in candidate.workloads:
            for rate in workload.rates.values():
                assert rate is None or math.isfinite(rate.value)
            if name != "own":
                counts = workload.counts
                assert counts.planned == counts.completed + counts.failed + counts.never_sent
    json.dumps(run_document(run), allow_nan=False)


@settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=st.sampled_from(sorted(DOCUMENTS)), share=st.floats(0, 0.999))
def test_truncated_documents(tmp_path: Path, name: str, share: float) -> None:
    text = json.dumps(DOCUMENTS[name])
    path = tmp_path / "truncated.json"
    path.write_text(text[: int(len(text) * share)], "utf-8")
    with pytest.raises(UsageError):
        read_foreign(path)
