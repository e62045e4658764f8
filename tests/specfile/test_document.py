from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.traffic import Arrivals, Lengths, Prefix, Stage, State, Workload
from seatrial.domain.trial import Candidate, Objective, Slo, Spec
from seatrial.errors import SpecError
from seatrial.specfile import spec_document, spec_from_document

TEXT = st.text(max_size=8)
NUMBER = st.floats(0, 1e9)
WHOLE = st.integers(0, 2**53)


LENGTHS = st.builds(Lengths, mean=NUMBER, cv=NUMBER, low=WHOLE, high=st.none() | WHOLE)
SETTING = st.tuples(TEXT, TEXT | st.integers(-(2**53), 2**53) | NUMBER | st.booleans())
CANDIDATE = st.builds(
    Candidate,
    name=TEXT,
    model=st.none() | TEXT,
    settings=st.lists(SETTING, max_size=3).map(tuple),
    headers=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
    ready=st.none() | TEXT,
    insecure=st.booleans(),
    usd_per_hour=st.none() | NUMBER,
)
WORKLOAD = st.builds(
    Workload,
    name=TEXT,
    arrivals=st.sampled_from(Arrivals),
    requests=st.none() | WHOLE,
    duration_s=st.none() | NUMBER,
    stages=st.lists(st.builds(Stage, NUMBER, NUMBER, NUMBER), max_size=3).map(tuple),
    batches=st.lists(WHOLE, max_size=3).map(tuple),
    input_tokens=LENGTHS,
    state=st.sampled_from(State),
    prefix=st.sampled_from(Prefix),
    stream=st.booleans(),
    level=st.none() | NUMBER,
)
SPEC = st.builds(
    Spec,
    candidates=st.lists(CANDIDATE, max_size=2).map(tuple),
    workloads=st.lists(WORKLOAD, max_size=2).map(tuple),
    slo=st.lists(st.builds(Objective, TEXT, TEXT, TEXT, NUMBER), max_size=2).map(tuple).map(Slo),
    seed=WHOLE,
    processes=st.none() | WHOLE,
    name=st.none() | TEXT,
)


@given(SPEC)
def test_a_spec_survives_json(spec: Spec) -> None:
    assert spec_from_document(json.loads(json.dumps(spec_document(spec)))) == spec


@given(SETTING)
def test_a_setting_keeps_its_type(setting: tuple[str, str | int | float | bool]) -> None:
    spec = Spec((Candidate("c", None, settings=(setting,)),), ())
    (candidate,) = spec_from_document(json.loads(json.dumps(spec_document(spec)))).candidates
    assert type(candidate.settings[0][1]) is type(setting[1])


def test_the_document_has_every_default() -> None:
    document = spec_document(Spec((Candidate("c", "m"),), (Workload("w"),)))
    assert document["workloads"][0]["token_timeout_s"] == 60.0
    assert document["candidates"][0]["endpoint"] is None


def test_what_is_no_spec_is_refused() -> None:
    with pytest.raises(SpecError, match="stored spec cannot be read"):
        spec_from_document({"candidates": [{"name": 3}], "workloads": []})
