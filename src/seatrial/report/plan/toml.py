"""A plan as plan.toml: what was predicted ([plan]), and the spec that tries it (`seatrial run plan.toml`)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seatrial.domain.traffic import Arrivals, Lengths, Workload
from seatrial.domain.trial import Candidate, Spec
from seatrial.errors import UsageError
from seatrial.report.plan.command import ollama_name
from seatrial.report.spec_toml import spec_toml, toml_key, toml_value
from seatrial.sizing import names
from seatrial.sizing.choice.layouts import TEMPLATE_TOKENS
from seatrial.specfile.kinds import CROWD, MOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from seatrial.domain.plan import Cost, Demand, Layout, Plan, Proposal
    from seatrial.domain.values import Range

DURATION_S = 300.0
WHOLE_FROM = 1e5
EMBEDDED = "embedded"
PORTS = {"vllm": 8000, "ollama": 11434, "llama.cpp": 8080}
OTHER = "openai"
OTHER_PORT = 8000
MEMORY = ("weights", "kv_pool", "activation", "non_torch", "graphs", "budget", "total")
SPEED = (
    "tpot_s", "tpot_p95_s", "ttft_s", "ttft_p95_s", "e2e_s", "e2e_p95_s", "output_tokens_per_s", "capacity_per_s",
)  # fmt: skip


def plan_toml(
    proposal: Proposal, *, serve: str | None = None, model_path: str | None = None, header: Iterable[str] = ()
) -> str:
    """The best plan as the text of a spec file, which `load_spec` and `load_plan` read; ends in a newline.

    `serve` is what the engine calls the model, if not by its name (or Ollama's tag). With `model_path`, a GGUF
    file, llama.cpp on a CPU is the embedded engine, which seatrial starts itself. `header` are lines of comment.
    Raises UsageError where there is no plan.
    """
    if not proposal.plans:
        raise UsageError("there is no plan to write: every layout was refused", "seatrial plan tells each reason")
    plan, demand = proposal.plans[0], proposal.demand
    candidate = _candidate(proposal, serve, model_path)
    blocks = [
        _comment(["What seatrial plan proposes; `seatrial run` on this file tries it.", *header]),
        *_tables(_plan(proposal, plan)),
        *([spec_toml(Spec((), (), demand.slo))] if demand.slo.objectives else []),
        f"{_start(candidate)}\n{spec_toml(Spec((candidate,), ()))}",
        f"{_load(plan, demand)}\n{spec_toml(Spec((), (_workload(demand, plan.layout),)))}",
    ]
    return "\n\n".join(block.strip("\n") for block in blocks) + "\n"


def _plan(proposal: Proposal, plan: Plan) -> dict[str, Any]:
    """[plan] as a table of plain values and tables."""
    layout = plan.layout
    return {
        "model": _named(proposal.model.name),
        "engine": _named(layout.engine),
        "engine_version": _named(layout.engine_version),
        "gpu": _named(layout.gpu.name),
        "gpu_count": layout.gpu_count,
        "tensor_parallel": layout.tensor_parallel,
        "pipeline_parallel": layout.pipeline_parallel,
        "replicas": plan.replicas,
        "quant": _named(layout.weights.quant),
        "weights_bytes": layout.weights.bytes,
        "dtype": _named(layout.dtype),
        "kv_dtype": _named(layout.kv_dtype),
        "max_model_len": layout.max_model_len,
        "max_num_seqs": layout.max_num_seqs,
        "max_num_batched_tokens": layout.max_num_batched_tokens,
        "gpu_memory_utilization": layout.gpu_memory_utilization,
        "gpu_layers": layout.gpu_layers,
        "flags": dict(plan.flags),
        "demand": _demand(proposal.demand),
        "price": {} if plan.cost is None else _price(plan.cost),
        "predicted": dict(_predicted(plan)),
    }


def _demand(demand: Demand) -> dict[str, Any]:
    return {
        "rate": demand.rate_per_s,
        "concurrency": demand.concurrency,
        "input_tokens": demand.input_tokens,
        "output_tokens": demand.output_tokens,
        "cv": demand.cv,
    }


def _price(cost: Cost) -> dict[str, Any]:
    offer = cost.offer
    return {
        "usd_per_hour": cost.usd_per_hour,
        "usd_per_month": cost.usd_per_month,
        "machines": cost.machines,
        "cloud": _named(offer.cloud),
        "instance": _named(offer.instance),
        "region": _named(offer.region),
        "kind": _named(offer.price_kind),
        "date": _named(offer.price_date),
        "source": _named(offer.source.text),
    }


def _predicted(plan: Plan) -> Iterator[tuple[str, dict[str, float]]]:
    for name in MEMORY:
        yield f"{name}_bytes", _span(getattr(plan.memory, name))
    yield "kv_bytes_per_token", {"value": plan.memory.kv_bytes_per_token}
    if plan.speed is not None:
        for name in SPEED:
            yield name, _span(getattr(plan.speed, name))
    yield "start_up_s", _span(plan.start_up.total_s)


def _span(found: Range) -> dict[str, float]:
    """Rounded to so many digits as no prediction has; without an end that has no bound."""
    ends = {"value": found.value, "low": found.low, "high": found.high}
    return {name: _rounded(end) for name, end in ends.items() if math.isfinite(end)}


def _rounded(value: float) -> float:
    return round(value) if abs(value) >= WHOLE_FROM else float(f"{value:.6g}")


def _tables(plan: Mapping[str, Any]) -> Iterator[str]:
    """[plan], then a table for each table in it; what is None or empty is left out."""
    yield "\n".join(["[plan]", *_lines({name: v for name, v in plan.items() if not isinstance(v, dict)})])
    for name, value in plan.items():
        if isinstance(value, dict) and value:
            yield "\n".join([f"[plan.{toml_key(name)}]", *_lines(value)])


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        if value is not None:
            shown = tuple(value.items()) if isinstance(value, dict) else value
            yield f"{toml_key(name)} = {toml_value(shown)}"


def _candidate(proposal: Proposal, serve: str | None, model_path: str | None) -> Candidate:
    plan = proposal.plans[0]
    layout = plan.layout
    name = _named(names.short_name(layout)) or "the plan"
    usd = plan.cost.usd_per_hour if plan.cost and 0 < plan.cost.usd_per_hour <= MOST else None
    if _is_embedded(layout, model_path):
        settings = [("slots", layout.max_num_seqs), ("context", layout.max_model_len)]
        path = [("model_path", model_path)] if model_path is not None else []
        model = _named(proposal.model.name)
        return Candidate(name, model, EMBEDDED, settings=(*path, *settings), usd_per_hour=usd)
    engine = layout.engine if layout.engine in PORTS else OTHER
    endpoint = f"http://127.0.0.1:{PORTS.get(engine, OTHER_PORT)}"
    called = _named(serve or layout.weights.tag or proposal.model.name)
    if engine == "ollama" and serve:
        called = _named(ollama_name(serve, proposal.model.name))
    answers_to_any = engine == "llama.cpp"
    return Candidate(name, None if answers_to_any else called, engine, endpoint, usd_per_hour=usd)


def _is_embedded(layout: Layout, model_path: str | None) -> bool:
    """Whether seatrial can start it: llama.cpp without a GPU, on a file that is here."""
    here = model_path is not None and layout.engine == "llama.cpp" and layout.gpu.vendor == names.CPU
    return here or layout.engine == EMBEDDED


def _start(candidate: Candidate) -> str:
    if candidate.endpoint is None:
        return "# seatrial starts this engine itself, on this computer."
    return "# Change endpoint to where it runs; it is started with [plan.flags]."


def _load(plan: Plan, demand: Demand) -> str:
    if plan.replicas == 1 or demand.rate_per_s is None:
        return "# The traffic that was planned for."
    share = demand.rate_per_s / plan.replicas
    return f"# The traffic of all {plan.replicas} replicas together; one of them alone gets rate = {share:.4g}."


def _workload(demand: Demand, layout: Layout) -> Workload:
    lengths = _lengths(demand, layout.max_model_len)
    if demand.rate_per_s is None:
        users = min(demand.concurrency or 1, CROWD)
        return Workload("planned", Arrivals.CLOSED, duration_s=DURATION_S, concurrency=users, **lengths)
    rate = min(demand.rate_per_s, float(CROWD))
    lasts = min(DURATION_S, float(math.floor(MOST / rate)))
    return Workload("planned", Arrivals.POISSON, duration_s=lasts, rate_per_s=rate, **lengths)


def _lengths(demand: Demand, context_tokens: int) -> dict[str, Any]:
    """The lengths demanded; if they vary, no longer than the context holds together."""
    asked, answered = max(1.0, demand.input_tokens), max(1.0, demand.output_tokens)
    if not demand.cv:
        return {"input_tokens": Lengths(asked), "output_tokens": Lengths(answered)}
    room = max(0, context_tokens - TEMPLATE_TOKENS)
    longest_out = max(math.ceil(answered), min(math.ceil(8 * answered), room // 2))
    longest_in = max(math.ceil(asked), min(math.ceil(8 * asked), room - longest_out))
    return {
        "input_tokens": Lengths(asked, demand.cv, high=longest_in),
        "output_tokens": Lengths(answered, demand.cv, high=longest_out),
    }


def _comment(lines: Iterable[str]) -> str:
    return "\n".join(f"# {_printable(line)}".rstrip() for line in lines)


def _named(text: str | None) -> str | None:
    """A text that a spec can hold: on one line and not blank; else None, which is left out."""
    return _printable(text or "").strip() or None


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
