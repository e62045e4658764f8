from __future__ import annotations

import tomllib
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from seatrial.catalog.suite_options import SuiteOptions
from seatrial.catalog.suites import SUITES
from seatrial.domain.traffic import Lengths, Stage, Workload
from seatrial.domain.trial import Candidate, Spec
from seatrial.domain.values import Range
from seatrial.specfile.keys import CANDIDATE_KEYS, MANNER_KEYS, SPEC_KEYS, SUITE_KEYS, WORKLOAD_KEYS
from seatrial.specfile.lengths import LENGTH_KEYS, STAGE_KEYS
from seatrial.specfile.plan import DEMAND_KEYS, PLAN_KEYS, PREDICTION_KEYS, PRICE_KEYS
from seatrial.specfile.slo import SLO_KEYS
from seatrial.specfile.tables import take

if TYPE_CHECKING:
    from seatrial.specfile.tables import Key

TABLES: dict[str, tuple[dict[str, Key], Any]] = {
    "spec": (SPEC_KEYS, Spec),
    "candidates": (CANDIDATE_KEYS, Candidate),
    "workloads": (WORKLOAD_KEYS, Workload),
    "suites": (SUITE_KEYS, Workload),
    "lengths": (LENGTH_KEYS, Lengths),
    "stages": (STAGE_KEYS, Stage),
    "slo": (SLO_KEYS, None),
    "plan": (PLAN_KEYS, None),
    "plan.demand": (DEMAND_KEYS, None),
    "plan.price": (PRICE_KEYS, None),
    "plan.predicted": (PREDICTION_KEYS, Range),
}
ROWS = [(name, key, domain) for keys, domain in TABLES.values() for name, key in keys.items()]


def _value(toml: str) -> Any:
    return tomllib.loads(f"value = {toml}")["value"]


@pytest.mark.parametrize(("name", "key", "domain"), ROWS)
def test_an_example_is_one(name: str, key: Key, domain: Any) -> None:
    assert take({name: key}, {name: _value(key.example)}, "").keys() == {key.field or name}


def _literal(toml: str) -> Any:
    """The value, or None for a default described in words."""
    try:
        return _value(toml)
    except tomllib.TOMLDecodeError:
        return None


LITERAL_DEFAULTS = [row for row in ROWS if _literal(row[1].default) is not None]


@pytest.mark.parametrize(("name", "key", "domain"), LITERAL_DEFAULTS)
def test_a_default_in_the_documentation_is_the_default(name: str, key: Key, domain: Any) -> None:
    documented = take({name: key}, {name: _literal(key.default)}, "")
    field_name = key.field or name
    (default,) = [field.default for field in fields(domain) if field.name == field_name]
    if field_name == "processes":
        assert default is None  # which means one
        default = 1
    assert documented == {field_name: default}


def test_the_keys_reach_every_field_a_user_may_set() -> None:
    made = {"suite", "group", "level", "harness"}
    reached = {key.field or name for name, key in WORKLOAD_KEYS.items()}
    assert reached == {field.name for field in fields(Workload)} - made
    assert {key.field or name for name, key in CANDIDATE_KEYS.items()} == {f.name for f in fields(Candidate)}
    assert {key.field or name for name, key in SPEC_KEYS.items()} - {"plan"} == {f.name for f in fields(Spec)}


def test_suite_keys_are_the_suites_options() -> None:
    options = set(SUITE_KEYS) - set(MANNER_KEYS) - {"suite", "name"}
    assert options == {word for suite in SUITES.values() for word in suite.options}
    assert {SUITE_KEYS[word].field or word for word in options} == {field.name for field in fields(SuiteOptions)}
