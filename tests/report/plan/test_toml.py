from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.hardware import Gpu
from seatrial.domain.plan import Demand, Proposal
from seatrial.domain.traffic import Arrivals
from seatrial.domain.values import Range
from seatrial.errors import UsageError
from seatrial.report.plan.toml import plan_toml
from seatrial.specfile import load_plan, load_spec
from tests.report.plan.proposals import CPU, DEMAND, L4, of_engine, pinned, refused, whole
from tests.report.plan.real import LAYOUTS, plan_of

HOSTILE = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("engine", "port"), [("vllm", 8000), ("ollama", 11434), ("llama.cpp", 8080), ("another", 8000)]
)
def test_a_run_accepts_the_plan_of_any_engine(engine: str, port: int) -> None:
    (candidate,) = load_spec(plan_toml(of_engine(engine))).candidates
    assert candidate.endpoint == f"http://127.0.0.1:{port}"
    assert candidate.engine == (engine if engine != "another" else "openai")


def test_the_embedded_engine_is_given_its_file_and_slots() -> None:
    text = plan_toml(of_engine("llama.cpp", CPU), model_path='a "b".gguf')
    (candidate,) = load_spec(text).candidates
    assert (candidate.engine, candidate.endpoint) == ("embedded", None)
    assert dict(candidate.settings) == {"model_path": 'a "b".gguf', "slots": 4, "context": 8192}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_run_accepts_what_the_planner_really_proposes(name: str) -> None:
    proposal, plan = plan_of(name)
    text = plan_toml(proposal)
    assert load_spec(text).candidates[0].engine == plan.layout.engine
    assert plan.speed
    assert load_plan(text)["predicted"]["tpot_s"].value == pytest.approx(plan.speed.tpot_s.value, rel=1e-5)


@pytest.mark.parametrize(("engine", "gpu"), [("llama.cpp", L4), ("ollama", CPU)])
def test_what_the_embedded_engine_is_not_stays_a_server(engine: str, gpu: Gpu) -> None:
    (candidate,) = load_spec(plan_toml(of_engine(engine, gpu), model_path="m.gguf")).candidates
    assert candidate.endpoint


def test_ollama_is_asked_for_its_own_name() -> None:
    assert load_spec(plan_toml(of_engine("ollama"))).candidates[0].model == "llama3.1:8b"
    assert load_spec(plan_toml(of_engine("vllm"), serve="meta-llama/X")).candidates[0].model == "meta-llama/X"


def test_the_traffic_is_the_demanded_one() -> None:
    spec = load_spec(plan_toml(whole()))
    (load,) = spec.workloads
    assert (load.arrivals, load.rate_per_s) == (Arrivals.POISSON, 4.0)
    assert (load.input_tokens.mean, load.input_tokens.cv, load.output_tokens.mean) == (512, 0.5, 128)
    assert (load.input_tokens.high or 0) + (load.output_tokens.high or 0) <= 8192
    assert spec.slo == DEMAND.slo
    assert spec.candidates[0].usd_per_hour == 0.8536
    (closed,) = load_spec(plan_toml(pinned())).workloads
    assert (closed.arrivals, closed.concurrency) == (Arrivals.CLOSED, 32)


def test_predictions_come_back_with_their_intervals() -> None:
    plan = load_plan(plan_toml(whole()))
    assert plan["predicted"]["tpot_s"] == Range(0.055, 0.0458333, 0.066)
    assert plan["predicted"]["weights_bytes"] == Range.exact(16_060_522_496.0)
    assert plan["flags"] == (
        ("serve", "llama-3.1-8b-instruct"),
        ("--max-model-len", "8192"),
        ("--max-num-seqs", "256"),
        ("--gpu-memory-utilization", "0.9"),
    )
    assert plan["demand"]["rate_per_s"] == 4.0
    assert plan["price"]["region"] == "us-central1"


def test_an_end_without_bound_stays_one() -> None:
    whole_one = whole()
    best = whole_one.plans[0]
    assert best.speed
    endless = replace(best.speed, ttft_s=Range(0.2, 0.1, float("inf")))
    proposal = replace(whole_one, plans=(replace(best, speed=endless),))
    assert load_plan(plan_toml(proposal))["predicted"]["ttft_s"] == Range(0.2, 0.1, float("inf"))


@given(HOSTILE, HOSTILE, HOSTILE, st.lists(HOSTILE, max_size=2))
def test_any_name_is_no_more_than_a_name(model: str, tag: str, flag: str, header: list[str]) -> None:
    proposal = pinned()
    best = proposal.plans[0]
    weights = replace(best.layout.weights, quant=model, tag=tag or None)
    plan = replace(best, layout=replace(best.layout, weights=weights), flags=((flag, model),))
    named = replace(proposal, model=replace(proposal.model, name=model), plans=(plan,))
    text = plan_toml(named, header=header)
    assert set(tomllib.loads(text)) == {"plan", "candidates", "workloads"}
    assert len(load_spec(text).candidates) == 1
    assert load_plan(text)["gpu"] == "L4"


@given(
    st.floats(0.001, 1e6),
    st.floats(0.5, 3e5),
    st.floats(0.5, 3e5),
    st.floats(0, 3),
    st.booleans(),
)
def test_any_traffic_can_be_tried(rate: float, asked: float, answered: float, cv: float, closed: bool) -> None:
    demand = Demand(asked, answered, None if closed else rate, max(1, int(rate)) if closed else None, cv)
    load_spec(plan_toml(replace(whole(), demand=demand)))


def test_without_a_plan_there_is_nothing_to_write() -> None:
    with pytest.raises(UsageError, match="no plan to write"):
        plan_toml(refused())


def test_several_replicas_are_said_to_share_the_traffic() -> None:
    proposal = whole()
    second = Proposal(proposal.model, proposal.demand, proposal.plans[1:2], ())
    assert "one of them alone gets rate = 2." in plan_toml(second)
