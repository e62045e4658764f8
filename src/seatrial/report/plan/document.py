"""A proposal as one JSON document, for programs. Memory is per GPU; a prediction is value, low and high (80 %)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seatrial.report.plan.objectives import judged
from seatrial.report.plan.rests import ASSUMPTIONS

if TYPE_CHECKING:
    from seatrial.domain.hardware import Offer
    from seatrial.domain.model import Model, Source, Weights
    from seatrial.domain.plan import Cost, Demand, Layout, Memory, Plan, Proposal, Rejection, Speed, StartUp
    from seatrial.domain.values import Range

SCHEMA = 1
MEMORY = ("weights", "activation", "non_torch", "graphs", "kv_pool", "budget", "total")
SPEED = (
    "tpot_s", "tpot_p95_s", "ttft_s", "ttft_p95_s", "e2e_s", "e2e_p95_s", "prefill_s", "output_tokens_per_s",
    "capacity_per_s",
)  # fmt: skip


def proposal_document(proposal: Proposal) -> dict[str, Any]:
    """The whole proposal, JSON-able, plans best first; what is not known is null.

    Schema 1: model, demand, plans, rejected, sensitivity, notes, assumptions.
    """
    return {
        "schema": SCHEMA,
        "model": _model(proposal.model),
        "demand": _demand(proposal.demand),
        "plans": [plan_document(plan, proposal.demand) for plan in proposal.plans],
        "rejected": [_rejection(each) for each in proposal.rejected],
        "sensitivity": [{"change": each.change, "answer": each.answer} for each in proposal.sensitivity],
        "notes": list(proposal.notes),
        "assumptions": list(ASSUMPTIONS),
    }


def plan_document(plan: Plan, demand: Demand) -> dict[str, Any]:
    """One plan; `slo` holds an entry for every objective that is predicted or not."""
    return {
        **layout_document(plan.layout),
        "replicas": plan.replicas,
        "flags": dict(plan.flags),
        "memory": _memory(plan.memory),
        "speed": None if plan.speed is None else _speed(plan.speed),
        "slo": [
            {
                "key": each.key,
                "limit": each.limit,
                "met": each.met,
                "sure": each.sure,
                "predicted": span(each.found),
            }
            for each in judged(demand, plan.speed)
        ],
        "cost": None if plan.cost is None else _cost(plan.cost),
        "start_up_s": span(plan.start_up.total_s),
        "start_up_phases": _phases(plan.start_up),
        "failing": plan.failing or None,
        "notes": list(plan.notes),
    }


def layout_document(layout: Layout) -> dict[str, Any]:
    """Which engine, with which settings, on what."""
    return {
        "engine": layout.engine,
        "engine_version": layout.engine_version,
        "gpu": layout.gpu.name,
        "gpu_count": layout.gpu_count,
        "tensor_parallel": layout.tensor_parallel,
        "pipeline_parallel": layout.pipeline_parallel,
        "quant": layout.weights.quant,
        "dtype": layout.dtype,
        "kv_dtype": layout.kv_dtype,
        "settings": {
            "max_model_len": layout.max_model_len,
            "max_num_seqs": layout.max_num_seqs,
            "max_num_batched_tokens": layout.max_num_batched_tokens,
            "gpu_memory_utilization": layout.gpu_memory_utilization,
            "gpu_layers": layout.gpu_layers,
        },
        "weights": _weights(layout.weights),
    }


def span(found: Range | None) -> dict[str, float | None] | None:
    """`{"value", "low", "high"}`; an end without bound is null."""
    if found is None:
        return None
    return {"value": _finite(found.value), "low": _finite(found.low), "high": _finite(found.high)}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _model(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "family": model.family,
        "architecture": model.architecture,
        "parameters": model.parameters,
        "active_parameters": model.active_parameters,
        "layers": model.layers,
        "hidden": model.hidden,
        "heads": model.heads,
        "vocabulary": model.vocabulary,
        "context_tokens": model.context_tokens,
        "attention": [
            {"kind": g.kind, "layers": g.layers, "kv_heads": g.kv_heads, "window_tokens": g.window_tokens}
            for g in model.attention
        ],
        "source": _source(model.source),
    }


def _weights(weights: Weights) -> dict[str, Any]:
    return {
        "format": weights.format,
        "tag": weights.tag,
        "bytes": {"value": weights.bytes, "low": weights.low_bytes, "high": weights.high_bytes},
        "source": _source(weights.source),
    }


def _demand(demand: Demand) -> dict[str, Any]:
    return {
        "rate_per_s": demand.rate_per_s,
        "concurrency": demand.concurrency,
        "input_tokens": demand.input_tokens,
        "output_tokens": demand.output_tokens,
        "cv": demand.cv,
        "slo": {each.key: each.limit for each in demand.slo.objectives},
    }


def _memory(memory: Memory) -> dict[str, Any]:
    return {
        **{f"{name}_bytes": span(getattr(memory, name)) for name in MEMORY},
        "kv_bytes_per_token": memory.kv_bytes_per_token,
        "kv_tokens": memory.kv_tokens,
        "max_concurrency_at_max_len": memory.max_concurrency_at_max_len,
        "resident_requests": memory.resident_requests,
        "offloaded_bytes": memory.offloaded,
        "shortfall_bytes": memory.shortfall,
        "rule_of_thumb_bytes": memory.rule_of_thumb,
    }


def _speed(speed: Speed) -> dict[str, Any]:
    return {
        **{name: span(getattr(speed, name)) for name in SPEED},
        "in_flight": speed.in_flight,
        "utilization": speed.utilization,
        "measured": speed.measured,
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "usd_per_hour": cost.usd_per_hour,
        "usd_per_month": cost.usd_per_month,
        "usd_per_million_output_tokens": span(cost.usd_per_million_output_tokens),
        "machines": cost.machines,
        "by_user": cost.by_user,
        "offer": _offer(cost.offer),
    }


def _offer(offer: Offer) -> dict[str, Any]:
    return {
        "cloud": offer.cloud,
        "instance": offer.instance,
        "gpu": offer.gpu,
        "gpu_count": offer.gpu_count,
        "region": offer.region,
        "price_usd_per_hour": offer.usd_per_hour,
        "price_kind": offer.price_kind,
        "date": offer.price_date,
        "source": _source(offer.source),
    }


def _source(source: Source) -> dict[str, Any] | None:
    return {"text": source.text, "checked": source.checked} if source.text else None


def _phases(start_up: StartUp) -> dict[str, Any]:
    return {name: span(getattr(start_up, name)) for name in ("fetch_s", "load_s", "prepare_s")}


def _rejection(rejection: Rejection) -> dict[str, Any]:
    change = rejection.change
    return {
        **layout_document(rejection.layout),
        "reason": rejection.reason,
        "smallest_change": None
        if change is None
        else {"flag": change.flag, "from": change.before, "to": change.after},
        "memory": None if rejection.memory is None else _memory(rejection.memory),
        "speed": None if rejection.speed is None else _speed(rejection.speed),
        "offer": None if rejection.offer is None else _offer(rejection.offer),
        "usd_per_month": rejection.usd_per_month,
    }
