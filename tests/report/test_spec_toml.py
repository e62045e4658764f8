from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.catalog.suites import SUITES, expand
from seatrial.domain.traffic import Arrivals, Lengths, Prefix, Stage, State, Workload
from seatrial.domain.trial import Candidate, Slo, Spec
from seatrial.report.spec_toml import NOT_SHOWN, spec_toml
from seatrial.specfile.load import load_spec
from seatrial.specfile.slo import parse_slo

HERE = Candidate("here", "m", engine="vllm", endpoint="http://127.0.0.1:8000")


def again(spec: Spec) -> Spec:
    return load_spec(spec_toml(spec))


def without_suites(spec: Spec) -> Spec:
    return replace(spec, workloads=tuple(replace(w, suite=None, group=None, level=None) for w in spec.workloads))


@pytest.mark.parametrize("suite", [suite for suite in SUITES if suite != "lm-eval"])
def test_every_suite_comes_back_as_workloads_of_ones_own(suite: str) -> None:
    spec = Spec((HERE,), expand(suite))
    assert again(spec) == without_suites(spec)


def test_every_kind_of_value_comes_back() -> None:
    embedded = Candidate(
        "e", "smollm2:135m", engine="embedded", settings=(("slots", 4), ("model_path", "a b.gguf"))
    )
    full = replace(HERE, cold_command="docker restart x", ready="http://127.0.0.1:8000/health",
                   ready_timeout_s=90.5, api="completions", api_key_env="KEY", insecure=True,
                   usd_per_hour=1.25)  # fmt: skip
    workloads = (
        Workload(
            "a", Arrivals.GAMMA, duration_s=300.0, rate_per_s=4.0, cv=2.0, input_tokens=Lengths(512, 0.5, 16, 2048)
        ),
        Workload("b", stages=(Stage(1, 10, 30.0), Stage(10, 10, 60.25))),
        Workload("c", Arrivals.BATCHES, batches=(1, 2, 4), state=State.COLD, prefix=Prefix.SHARED, timeout_s=20.0),
        Workload("d", requests=3, concurrency=2, stream=False, prompts_file="questions.jsonl"),
    )
    slo = Slo((parse_slo("ttft_p95=1.5s"), parse_slo("success=0.99")))
    spec = Spec((embedded, full), workloads, slo, 7, 2, "before", (("cost", 2.0), ("speed", 1.0)))
    assert again(spec) == spec


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_name_is_no_more_than_a_name(name: str) -> None:
    document = tomllib.loads(spec_toml(Spec((replace(HERE, name=name),), (), name=name)))
    assert document["name"] == name.replace("\x7f", "?")
    assert len(document["candidates"]) == 1


def test_values_of_headers_are_not_shown() -> None:
    text = spec_toml(Spec((replace(HERE, headers=(("X-Team", "s3cret"),)),), ()))
    assert "s3cret" not in text
    assert tomllib.loads(text)["candidates"][0]["headers"] == {"X-Team": NOT_SHOWN}
