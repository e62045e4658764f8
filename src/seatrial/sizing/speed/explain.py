"""The arithmetic of a predicted speed, line by line with the numbers put in: a token, a prompt, the waiting.

Every line is computed by the functions that made the prediction; a test holds the sums of the lines against it.
"""

from __future__ import annotations

from math import exp, inf
from typing import TYPE_CHECKING

from seatrial.domain.plan import Term
from seatrial.domain.values import Z80
from seatrial.sizing.speed.operating import Replica
from seatrial.sizing.speed.queueing import wait_for_server, wait_for_slot
from seatrial.sizing.speed.reads import at_once, kv_read_bytes, weight_bytes
from seatrial.sizing.speed.work import peak_flops
from seatrial.units import format_bytes, format_s

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.model import Model
    from seatrial.domain.plan import Demand, Plan
    from seatrial.sizing.speed.fitted import Fitted
    from seatrial.sizing.speed.operating import Point

CLOSE = 1e-6
LEAST_S = 1e-6
"""A wait below this is not told."""
NAMES = {
    "weights": "weights read once a step",
    "experts": "experts that are picked",
    "kv": "KV cache read",
    "compute": "arithmetic that reading does not hide",
    "routing": "the same of routed experts",
    "attention": "what attention takes beyond that",
    "comm": "all-reduces between GPUs",
    "layers": "kernel launches",
    "sync": "synchronising the GPUs",
    "requests": "sampling and scheduling",
    "step": "each step",
}
_COUNTED = {"layers": "layers", "sync": "layers", "requests": "requests", "step": "step"}


def replica_of(model: Model, plan: Plan, demand: Demand, fitted: Fitted) -> Replica | None:
    """The replica whose point is the plan's speed: all share the demand, or those that a lost region leaves.

    None where `fitted` is not what the plan was made with.
    """
    for sharing in range(plan.replicas, 0, -1):
        replica = Replica(model, plan.layout, plan.memory, demand, fitted, sharing)
        if plan.speed is not None and _is_speed(replica.point(), plan):
            return replica
    return None


def _is_speed(point: Point, plan: Plan) -> bool:
    assert plan.speed is not None
    pairs = ((point.tpot_s, plan.speed.tpot_s.value), (point.sequences, plan.speed.in_flight))
    return all(abs(one - other) <= CLOSE * abs(other) for one, other in pairs)


def _plain(value: float) -> str:
    """Three digits without a tail of zeros: `32`, `0.991`, `1,536`."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def token_lines(replica: Replica) -> Iterator[Term]:
    """TPOT: every term of a step at full speed times its fitted factor; the last line is their sum."""
    point, fitted = replica.point(), replica.fitted
    for name, seconds in replica.terms_of_token(point.sequences).items():
        factor = fitted.step.get(name)
        if seconds * factor > 0:
            yield Term(
                NAMES.get(name, name), _step_formula(replica, point, name, seconds, factor), seconds * factor, "s"
            )
    off = exp(Z80 * fitted.for_model(replica.model).step_spread(point.sequences))
    told = f"the sum; 8 of 10 lie within x {off:.2f} and / {off:.2f} where requests in flight stay the same"
    yield Term("time per token (TPOT)", told, point.tpot_s, "s")


def _step_formula(replica: Replica, point: Point, name: str, seconds: float, factor: float) -> str:
    if name in _COUNTED:
        count = seconds * 1e6
        return f"{_plain(count)} {_COUNTED[name]} x {_plain(factor)} us"
    return f"{_at_full_speed(replica, point, name)} = {format_s(seconds)}, x {_plain(factor)}"


def _at_full_speed(replica: Replica, point: Point, name: str) -> str:
    """What is done in that term, and by what it is divided."""
    layout, model, demand = replica.layout, replica.model, replica.demand
    each = f"{layout.gpu.bandwidth_bytes_per_s / 1e9:,.0f} GB/s"
    ranks = f" x {at_once(layout)}" if at_once(layout) > 1 else ""
    if name == "weights":
        return f"{format_bytes(weight_bytes(model, layout.weights).dense)} / ({each}{ranks})"
    if name == "experts":
        return f"its share of {format_bytes(weight_bytes(model, layout.weights).experts)} / ({each}{ranks})"
    if name == "kv":
        context = demand.input_tokens + demand.output_tokens / 2
        of_one = format_bytes(kv_read_bytes(model, layout, context))
        return f"{_plain(point.sequences)} requests x {of_one} (at {context:,.0f} tokens) / {each}"
    peak = f"{_plain(peak_flops(layout.gpu, layout.weights) / 1e12)} TFLOPS{ranks}"
    if name in {"compute", "routing"}:
        prompts = _plain(replica.prompts_between(point.sequences))
        return f"tokens and {prompts} prompts an answer at {peak}, less what reading hides"
    if name == "attention":
        return f"of prompts, among their own tokens, at {peak}"
    return "two all-reduces a layer over the link"


def load_lines(replica: Replica) -> Iterator[Term]:
    """How many requests are decoded together, and what the replica could serve at most."""
    point, demand, layout, memory = replica.point(), replica.demand, replica.layout, replica.memory
    room = f"{_plain(memory.resident_requests)} that the KV cache holds"
    yield Term("slots", f"the smaller of {layout.max_num_seqs:,} and {room}", replica.slots, "requests")
    share = f" / {replica.replicas} replicas" if replica.replicas > 1 else ""
    if demand.rate_per_s is None:
        users = f"the smaller of {demand.concurrency or 1:,} users{share} and the slots"
        yield Term("decoded together", users, point.sequences, "requests")
    else:
        rate = f"{_plain(demand.rate_per_s)}/s{share}"
        little = f"{rate} x {demand.output_tokens:g} tokens x {format_s(point.tpot_s)}"
        yield Term("decoded together", little, point.sequences, "requests")
    later = f"{format_s(replica.tpot_s(replica.slots))} x {replica.later_tokens:g}"
    held = f"{replica.slots} slots / ({later} + {format_s(replica.prefill_s(0.0))})"
    yield Term("capacity of a replica", held, replica.capacity_per_s, "requests/s")
    if demand.rate_per_s is not None:
        told = f"{_plain(demand.rate_per_s)}/s{share} / {_plain(replica.capacity_per_s)}/s"
        yield Term("share of it that is asked for", told, point.utilization, "")


def first_token_lines(replica: Replica) -> Iterator[Term]:
    """TTFT and E2E: the prompt itself, and everything it waits for; TTFT is the sum of the lines above it."""
    point = replica.point()
    yield Term("the prompt itself", _prompt_formula(replica, point), point.prefill_s, "s")
    waits = [*(_closed_waits(replica, point) if replica.demand.rate_per_s is None else _open_waits(replica, point))]
    yield from (wait for wait in waits if wait.value >= LEAST_S)
    yield Term("time to first token (TTFT), mean", "the sum", point.ttft_s, "s")
    later = replica.later_tokens
    formula = f"{format_s(point.ttft_s)} + {later:g} tokens x {format_s(point.tpot_s)}"
    yield Term("end to end (E2E), mean", formula, point.ttft_s + later * point.tpot_s, "s")


def _prompt_formula(replica: Replica, point: Point) -> str:
    """The factor of prompts, and the step's terms that matter: all of 1 % and more."""
    step, demand = replica.fitted.step, replica.demand
    beside = max(point.sequences - 1.0, 0.0) if demand.rate_per_s is None else point.sequences
    parts = {name: seconds * step.get(name) for name, seconds in replica.terms_of_prompt(beside).items()}
    least = 0.01 * sum(parts.values())
    told = [f"{name} {format_s(seconds)}" for name, seconds in parts.items() if seconds >= least]
    rest = " + rest" if any(0 < seconds < least for seconds in parts.values()) else ""
    return f"{_plain(replica.fitted.first.get('prefill'))} x ({' + '.join(told)}{rest})"


def _open_waits(replica: Replica, point: Point) -> Iterator[Term]:
    """What an arriving request of a Poisson process waits for; nothing where the queue has no steady state."""
    demand, first = replica.demand, replica.fitted.first
    rate = (demand.rate_per_s or 0.0) / replica.replicas
    yield Term("before its turn", "arrival and tokenizing", replica.arrival_s, "s")
    running = first.get("running") * point.tpot_s * min(1.0, point.sequences)
    yield Term(
        "rest of the running step", f"{_plain(first.get('running'))} x {format_s(point.tpot_s)}", running, "s"
    )
    held = point.prefill_s + point.tpot_s * replica.later_tokens
    try:
        prompts = wait_for_server(rate, replica.prompt_share_s, demand.cv).mean_s
        slot = wait_for_slot(rate, held, replica.slots).mean_s
    except ValueError:
        prompts, slot = inf, 0.0
    told = f"M/G/1: {_plain(rate)}/s, {format_s(replica.prompt_share_s)} each, cv {demand.cv:g}"
    yield Term("prompts before it", told, prompts, "s")
    told = f"M/M/{replica.slots}: {_plain(rate)}/s, each holds a slot for {format_s(held)}"
    yield Term("a free slot", told, slot, "s")


def _closed_waits(replica: Replica, point: Point) -> Iterator[Term]:
    """What a user's next request waits for; the prompts of others are what the other waits leave of the whole."""
    first, sequences = replica.fitted.first, point.sequences
    yield Term("before its turn", "arrival and tokenizing", replica.arrival_s, "s")
    running = first.get("running") * point.tpot_s if sequences > 1 else 0.0
    queue = (replica.users - sequences) / sequences
    own = point.prefill_s + running + point.tpot_s * replica.later_tokens
    others = (point.wait.mean_s - replica.arrival_s - running - own * queue) / (1.0 + queue)
    prompts = _plain(others / point.prefill_s)
    told = f"{prompts} prompts of others who ended together x {format_s(point.prefill_s)}"
    yield Term("prompts before it", told, others, "s")
    formula = f"{_plain(first.get('running'))} x {format_s(point.tpot_s)}"
    yield Term("rest of the running step", formula, running, "s")
    slots = f"{_plain(replica.users)} users on {_plain(sequences)} slots"
    told = f"{slots}, each held for {format_s(own + others)}"
    yield Term("a free slot", told, (own + others) * queue, "s")
