"""The arithmetic that is shown is the one that was made: its lines add up to the prediction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.catalog.engine_memory import vllm_memory
from seatrial.domain.plan import Demand, Term
from seatrial.domain.values import Range
from seatrial.report.plan.explain import arithmetic, arithmetic_text, replicas_term, shown_value
from seatrial.sizing.memory.vllm_budget import expert_bytes, profiled_tokens
from seatrial.units import GIB
from tests.report.plan.proposals import whole
from tests.report.plan.real import LAYOUTS, plan_of

TOKEN, TOGETHER, FIRST = "A token: one step of the engine", "Requests together", "The first token, and the last"


def parts_of(name: str) -> dict[str, dict[str, float]]:
    """Title -> line -> value."""
    proposal, plan = plan_of(name)
    return {part.title: {term.what: term.value for term in part.terms} for part in arithmetic(proposal, plan)}


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_lines_of_a_token_add_up(name: str) -> None:
    _, plan = plan_of(name)
    lines = parts_of(name)[TOKEN]
    *terms, total = lines.values()
    assert plan.speed
    assert total == pytest.approx(plan.speed.tpot_s.value)
    assert sum(terms) == pytest.approx(total)


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_lines_of_the_first_token_add_up(name: str) -> None:
    _, plan = plan_of(name)
    lines = parts_of(name)[FIRST]
    *waits, ttft, e2e = lines.values()
    assert plan.speed
    assert ttft == pytest.approx(plan.speed.ttft_s.value)
    assert sum(waits) == pytest.approx(ttft, rel=1e-3)
    assert min(waits) > 0
    assert e2e == pytest.approx(plan.speed.e2e_s.value)


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_load_is_that_of_the_prediction(name: str) -> None:
    _, plan = plan_of(name)
    lines = parts_of(name)[TOGETHER]
    assert plan.speed
    assert lines["decoded together"] == pytest.approx(plan.speed.in_flight)
    assert lines["capacity of a replica"] * plan.replicas == pytest.approx(plan.speed.capacity_per_s.value)


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_replicas_are_those_of_the_plan(name: str) -> None:
    _, plan = plan_of(name)
    assert parts_of(name)[TOGETHER]["replicas"] == plan.replicas


def test_the_replicas_are_told_with_what_they_rest_on() -> None:
    """4 requests/s at 52 % of what one serves is one; two more are for the SLO, two for failures."""
    plan = replace(whole().plans[0], replicas=5)
    assert plan.speed
    three = replace(plan, speed=replace(plan.speed, capacity_per_s=Range.exact(3 * 4 / 0.52)))
    assert replicas_term(whole().demand, three, 3) == Term(
        "replicas",
        "4 requests/s / (0.85 x 7.69 of one), rounded up: 1; 3 for the SLO or as told; and 2 for what may fail",
        5,
        "",
    )
    assert replicas_term(Demand(1, 1, concurrency=600), plan, 5).formula == "600 users / 5"


@pytest.mark.parametrize("name", [name for name, row in LAYOUTS.items() if row[2] == "vllm"])
def test_the_budget_of_vllm_is_used_up(name: str) -> None:
    _, plan = plan_of(name)
    lines = parts_of(name)["Memory of one device"]
    taken = ["weights", "activations at their peak", "outside PyTorch's memory", "KV pool"]
    if plan.layout.engine_version != "0.19.0":  # which did not take the graphs off
        taken.append("CUDA graphs")
    assert sum(lines[part] for part in taken) == pytest.approx(lines["budget"])
    assert lines["weights of the file"] + lines.get("weights, added", 0.0) == pytest.approx(
        lines["weights"], rel=1e-3
    )
    kept = [size for line, size in lines.items() if line.startswith("KV per token")]
    assert max(kept) == pytest.approx(plan.memory.kv_bytes_per_token) or sum(kept) > plan.memory.kv_bytes_per_token


@pytest.mark.parametrize("name", [name for name, row in LAYOUTS.items() if row[2] == "vllm"])
def test_the_peak_of_vllm_is_the_larger_of_its_lines_and_what_is_named_beside(name: str) -> None:
    proposal, plan = plan_of(name)
    model, layout = proposal.model, plan.layout
    given = vllm_memory(layout.engine_version)
    tokens = profiled_tokens(layout, given)
    beside = given.constant_gib * GIB + expert_bytes(model, layout, tokens)
    beside += tokens * model.hidden * 2 if model.extra_parameters else 0
    lines = parts_of(name)["Memory of one device"]
    larger = max(lines["sampling"], lines.get("one layer forward", 0.0))
    assert larger + beside == pytest.approx(lines["activations at their peak"])


@pytest.mark.parametrize("name", ["llama.cpp", "Ollama"])
def test_what_llamacpp_uses_is_its_parts(name: str) -> None:
    _, plan = plan_of(name)
    lines = parts_of(name)["Memory of one device"]
    assert sum(size for line, size in lines.items() if line.startswith("cache, ")) == pytest.approx(
        lines["KV cache"]
    )
    assert lines["KV cache"] == plan.memory.kv_pool.value
    assert lines["in use"] < lines["budget"]


def test_a_speed_made_with_unknown_factors_is_not_explained_wrongly() -> None:
    """A calibration that is not at hand, or a speed by hand: nothing is told rather than something else."""
    proposal, plan = plan_of("dense")
    assert plan.speed
    other = replace(plan, speed=replace(plan.speed, tpot_s=plan.speed.tpot_s.scaled(1.1)))
    assert TOKEN not in {part.title for part in arithmetic(proposal, other)}
    assert "Memory of one device" in {part.title for part in arithmetic(whole(), whole().plans[0])}


def test_lines_stand_in_columns_and_long_formulas_go_on_below() -> None:
    terms = (Term("weights", "1 + 2", 3 * 2**30, "bytes"), Term("a token", "x " * 30, 0.0123, "s"))
    assert arithmetic_text(terms, 50).splitlines() == [
        "weights  3.000 GiB = 1 + 2",
        "a token    12.3 ms = x x x x x x x x x x x x x x x",
        "                     x x x x x x x x x x x x x x x",
    ]


@pytest.mark.parametrize(
    ("term", "told"),
    [
        (Term("", "", 131072, "bytes"), "131,072 bytes"),
        (Term("", "", 3.61 * 2**30, "bytes"), "3.610 GiB"),
        (Term("", "", 0.46, "USD"), "USD 0.46"),
        (Term("", "", 0.52, ""), "0.52"),
        (Term("", "", 29573, "tokens"), "29,573 tokens"),
    ],
)
def test_values_carry_their_unit(term: Term, told: str) -> None:
    assert shown_value(term) == told
