"""The search against brute force, its refusals, and what pinning, spares and regions do to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.domain.plan import Proposal
from seatrial.sizing.choice.evaluate import Draft, evaluate
from seatrial.sizing.choice.layouts import layouts_of
from seatrial.sizing.choice.objectives import misses
from seatrial.sizing.choice.question import ENGINES, Pins, Question
from seatrial.sizing.choice.ranking import best_of_group, price_class
from seatrial.sizing.choice.search import pairs, propose, propose_all

from .questions import L4, MARKET, T4, demand, offer, question, slo
from .shapes import APPLE, H100, weights

SLO = slo("ttft_p95=1s", "tpot_p95=60ms")


def reasons(found: Proposal) -> dict[tuple[str, str], str]:
    return {(each.layout.engine, each.layout.gpu.name): each.reason for each in found.rejected}


@settings(max_examples=15, deadline=None)
@given(st.floats(0.1, 30), st.sampled_from([64, 512, 3000]), st.sampled_from([0.03, 0.06, 0.2]))
def test_pruning_loses_nothing(rate: float, asked: int, tpot_s: float) -> None:
    """The best layout of every engine and GPU is the one that trying all of them without a shortcut finds."""
    limits = slo("ttft_p95=2s", f"tpot_p95={tpot_s}s")
    traffic = question(demand=demand(rate_per_s=rate, input_tokens=asked, slo=limits), explained=False)
    found = {
        (p.layout.engine, p.layout.gpu.name): p for p in propose(replace(traffic, engines=("vllm", "ollama"))).plans
    }
    for engine, gpu in pairs(replace(traffic, engines=("vllm", "ollama"))):
        every = [evaluate(traffic, layout) for layout in layouts_of(traffic, engine, gpu)]
        wanted = best_of_group(draft for draft in every if isinstance(draft, Draft))
        got = found.get((engine, gpu.name))
        assert (wanted is None) == (got is None)
        if wanted and got:
            assert (got.layout, got.replicas) == (wanted.layout, wanted.replicas)


def test_every_plan_meets_the_slo_and_the_cheapest_class_comes_first() -> None:
    found = propose(question(demand=demand(slo=SLO)))
    assert found.plans
    for plan in found.plans:
        assert plan.speed is not None
        assert not misses(plan.speed, found.demand)
    months = [price_class(plan.cost.usd_per_month) for plan in found.plans if plan.cost]
    assert months == sorted(months)
    assert found == propose(question(demand=demand(slo=SLO)))  # the same answer, always
    (first,) = propose_all([question(demand=demand(slo=SLO))])
    assert first == found.plans[0]


def test_every_engine_on_every_gpu_is_a_plan_a_twin_or_refused() -> None:
    found = propose(question(demand=demand(slo=slo("ttft_p95=50ms"))))
    told = {(plan.layout.engine, plan.layout.gpu.name) for plan in found.plans} | set(reasons(found))
    twins = {(engine, gpu) for engine in ("llama.cpp", "ollama") for gpu in ("T4", "L4", "H100 SXM")}
    wanted = {(engine, gpu.name) for engine in ENGINES for gpu in (T4, L4, H100)}
    assert wanted - told <= twins
    assert len(found.rejected) == len(reasons(found))


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"demand": demand(slo=slo("tpot_p95=1ms"))}, ("vllm", "L4"), "TPOT p95"),
        ({"demand": demand(slo=slo("tpot_p95=1ms"))}, ("vllm", "L4"), "even with one request in flight"),
        ({"market": replace(MARKET, clouds=("gcp",))}, ("vllm", "T4"), "no offer of T4 in gcp"),
        ({"budget_usd_per_month": 100.0}, ("vllm", "L4"), "over the budget of USD 100"),
        ({"gpus": (APPLE,)}, ("vllm", "Apple M1"), "Apple"),
        ({"pins": Pins(quants=("bf16",)), "engines": ("vllm",)}, ("vllm", "T4"), "short of memory"),
        ({"pins": Pins(quants=("nvfp4",)), "engines": ("vllm",)}, ("vllm", "T4"), "8.0"),
    ],
)
def test_the_reason_of_a_refusal(changes: dict[str, object], key: tuple[str, str], reason: str) -> None:
    assert reason in reasons(propose(question(**changes)))[key]


def test_a_model_that_is_too_large_comes_with_the_change_that_helps() -> None:
    found = propose(question(engines=("vllm",), gpus=(T4,), pins=Pins(quants=("bf16",))))
    (refused,) = found.rejected
    assert refused.change is not None
    assert (refused.change.flag, refused.change.before) == ("quant", "bf16")


def exactly(**changes: object) -> Question:
    return question(**{"engines": ("vllm",), "gpus": (H100,), "exact": True, **changes})


def test_a_pinned_layout_is_evaluated_without_offers_and_even_if_it_misses() -> None:
    asked = exactly(market=replace(MARKET, offers=()), demand=demand(slo=slo("tpot_p95=1ms")))
    found = propose(asked)
    (plan,) = found.plans
    assert plan.cost is None
    assert plan.failing.startswith("misses the SLO: TPOT p95")
    assert plan.failing.endswith("more replicas do not help")
    assert any("no offer of H100 SXM" in note for note in plan.notes)
    assert plan.layout.weights.quant == "bf16"


def test_a_pinned_layout_that_does_not_run_is_refused_with_a_change() -> None:
    found = propose(exactly(gpus=(L4,), pins=Pins(settings=(("max_model_len", 131072),))))
    assert not found.plans
    (refused,) = found.rejected
    assert refused.memory is not None
    assert refused.memory.shortfall > 0
    assert refused.change is not None
    assert refused.change.flag == "max_model_len"


def test_pinned_replicas_are_kept_even_if_overloaded() -> None:
    found = propose(exactly(demand=demand(rate_per_s=500.0), pins=Pins(replicas=1)))
    (plan,) = found.plans
    assert (plan.replicas, plan.speed) == (1, None)
    assert plan.failing.startswith("500 requests/s are ")
    assert " % of the " in plan.failing
    needed = int(plan.failing.partition("; ")[2].split()[0])
    assert propose(exactly(demand=demand(rate_per_s=500.0))).plans[0].replicas == needed


def test_more_replicas_than_a_plan_has_are_refused() -> None:
    asked = {"demand": demand(rate_per_s=20_000.0), "gpus": (T4,), "engines": ("llama.cpp",)}
    for each in (question(**asked), exactly(**asked)):
        found = propose(each)
        assert not found.plans
        assert "replicas; more than 64 are no plan" in found.rejected[0].reason


def test_engines_that_run_the_same_code_are_two_plans_only_if_they_were_named() -> None:
    asked = question(engines=("llama.cpp", "ollama"), gpus=(T4,))
    assert len(propose(asked).plans) == 1
    assert len(propose(replace(asked, engines_named=True)).plans) == 2


def test_another_gpu_is_proposed_only_where_a_machine_holds_as_many() -> None:
    """One L4 or H100 is too few for a layout of four; the market has four L4 and eight H100 in a machine."""
    desktop = replace(H100, name="desktop")
    own = (weights(question().model, "bf16", 200 * 10**9),)
    pins = Pins(tensor_parallel=4)
    asked = exactly(files=own, only_files=True, gpus=(T4,), pins=pins, larger=(desktop, L4, H100))
    (refused,) = propose(asked).rejected
    assert refused.change is not None
    assert (refused.change.flag, refused.change.after) == ("gpu", "H100 SXM")
    few = replace(asked, market=replace(MARKET, offers=tuple(each for each in MARKET.offers if each.gpu_count < 8)))
    (alone,) = propose(few).rejected
    assert alone.change is None or alone.change.flag != "gpu"


def test_own_weights_are_taken_as_they_are() -> None:
    own = weights(question().model, "bf16", 10**9)
    found = propose(exactly(files=(own,), only_files=True))
    assert found.plans[0].layout.weights == own


def test_a_spare_and_regions_are_on_top_of_what_is_needed() -> None:
    traffic = demand(rate_per_s=40.0)
    plain, spare, regions, both = (
        propose(question(engines=("vllm",), gpus=(L4,), demand=traffic, spare=n, sites=sites)).plans[0]
        for n, sites in ((0, 1), (1, 1), (0, 3), (1, 3))
    )
    needed = plain.replicas
    assert needed > 2
    assert spare.replicas == needed + 1
    each = -(-needed // 2)  # two regions must carry all of it
    assert (regions.replicas, both.replicas) == (3 * each, 3 * (each + 1))
    assert spare.speed == plain.speed  # a plan's speed is the one it has left when the spare has failed


def test_a_plan_without_a_price_comes_after_those_with_one() -> None:
    market = replace(
        MARKET, offers=(*(o for o in MARKET.offers if o.gpu != "H100 SXM"), offer("H100 SXM", 1, None))
    )
    found = propose(question(demand=demand(slo=SLO), market=market, engines=("vllm",)))
    priced = [plan.cost is not None for plan in found.plans]
    assert priced == sorted(priced, reverse=True)
    assert not priced[-1]


def test_gpus_that_are_paid_for_anyhow_are_not_used_without_need() -> None:
    """A machine of eight costs the same whether one of its GPUs is used or all."""
    only_eights = replace(MARKET, offers=(offer("H100 SXM", 8, 55.0),))
    found = propose(question(engines=("vllm",), gpus=(H100,), market=only_eights, demand=demand(slo=SLO)))
    assert found.plans[0].layout.gpu_count == 1


def test_a_machine_of_more_gpus_than_are_used_is_told() -> None:
    found = propose(question(engines=("vllm",), gpus=(H100,), pins=Pins(tensor_parallel=2)))
    assert any("6 of the 8 GPUs" in note for note in found.plans[0].notes)
