"""Why a layout does not serve a demand, in words; and what to know of one that does."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seatrial.sizing.choice.objectives import unsure
from seatrial.sizing.speed.predict import MOST_LOAD
from seatrial.sizing.startup import FETCH_BYTES_PER_S
from seatrial.units import format_bytes, format_s, significant
from seatrial.words import joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seatrial.domain.hardware import Gpu
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Demand, Layout, Memory, Speed
    from seatrial.sizing.choice.objectives import Miss
    from seatrial.sizing.cost import Market, Purchase
    from seatrial.sizing.speed.predict import Overloaded


def too_large(layout: Layout, memory: Memory) -> str:
    """`2.1 GiB short of memory: weights 15 GiB, ... of 20.3 GiB`, as the engine would refuse it."""
    parts = [("weights", memory.weights.value), ("activations", memory.activation.value)]
    parts += [("CUDA and the engine", memory.non_torch.value + memory.graphs.value)]
    kept = max(0.0, memory.budget.value - sum(size for _, size in parts))
    needed = kept + memory.shortfall
    what = joined([f"{name} {format_bytes(size)}" for name, size in parts if size > 0])
    cache = "no room is left for a KV cache"
    if kept:
        cache = f"{format_bytes(kept)} are left for a KV cache of {format_bytes(needed)}"
    if layout.engine != "vllm":
        slots = f"{layout.max_num_seqs} x {layout.max_model_len:,} tokens"
        cache = f"the KV cache of {slots} takes {format_bytes(memory.kv_pool.value)}"
    each = "on each GPU" if layout.gpu_count > 1 else "of memory"
    return f"{format_bytes(memory.shortfall)} short {each}: {what} of {format_bytes(memory.budget.value)}; {cache}"


def weights_too_large(layout: Layout) -> str:
    """The same where the weights alone decide."""
    assert layout.gpu.memory_bytes is not None
    each = layout.weights.bytes / layout.gpu_count
    split = f" / {layout.gpu_count}" if layout.gpu_count > 1 else ""
    size = format_bytes(layout.weights.bytes)
    has = format_bytes(layout.gpu.memory_bytes.value)
    told = f"{size}{split} = {format_bytes(each)}" if split else size
    return f"the {layout.weights.quant} weights alone are too large: {told}, and the GPU has {has}"


def overloaded(error: Overloaded, demand: Demand) -> str:
    """`500 requests/s are 4,399 % of the 11.4 that it can serve`, and that no forecast is made so near to all."""
    rate, capacity = significant(demand.rate_per_s), significant(error.capacity_per_s)
    if not math.isfinite(error.utilization):
        return f"it cannot serve one request of {demand.input_tokens:,.0f} tokens in its memory"
    share = f"{rate} requests/s are {error.utilization * 100:,.0f} % of the {capacity} that it can serve"
    limit = f"above {MOST_LOAD * 100:.0f} % no waiting can be foretold"
    return share if error.utilization > 1 else f"{share}; {limit}"


def would_carry(needed: int | None, most: int) -> str:
    """What a plan that fails would need: so many replicas; None where no number of them would do."""
    if needed is None:
        return "more replicas do not help"
    many = f"{needed:,} replica{'s' if needed > 1 else ''} would do"
    return f"{many}, more than the {most} that count as a plan" if needed > most else many


def too_many(replicas: int, most: int) -> str:
    """`it would take 80 replicas; more than 64 are no plan`."""
    return f"it would take {replicas:,} replicas; more than {most} are no plan"


def not_enough(layout: Layout, needed: int, owned: int) -> str:
    """That more GPUs are needed than there are."""
    return f"it would take {needed} x {layout.gpu.name}, and there {'are' if owned > 1 else 'is'} {owned}"


def too_slow(missed: Sequence[Miss]) -> str:
    """`TTFT p95 2.3 s > 1 s even with one request in flight`."""
    return f"{joined(map(_missed, missed))} even with one request in flight"


def missed_now(missed: Sequence[Miss]) -> str:
    """`misses the SLO: TTFT p95 2.3 s > 1 s`, with the replicas that were asked for."""
    return f"misses the SLO: {joined(map(_missed, missed))}"


def too_dear(bought: Purchase, replicas: int, budget: float) -> str:
    """That the machines cost more than the budget, in USD a month."""
    many = f"{replicas} replicas" if replicas > 1 else "one replica"
    month = f"USD {bought.usd_per_month:,.0f} a month"
    return (
        f"{many} on {bought.machines} x {bought.offer.instance} cost {month}, over the budget of USD {budget:,.0f}"
    )


def not_sold(market: Market, gpu: Gpu, gpus_per_replica: int) -> str:
    """No machine of the asked ones has this GPU, or enough of it, or a price."""
    asked = [*market.clouds, *market.regions, *market.instances]
    where = f" in {', '.join(asked)}" if asked else ""
    offers = market.selling(gpu.name)
    if not offers:
        return f"no offer of {gpu.name}{where}"
    if all(offer.gpu_count < gpus_per_replica for offer in offers):
        return f"no machine with {gpus_per_replica} x {gpu.name}{where}"
    return f"no price is known for {gpus_per_replica} x {gpu.name}{where}; give one with --price"


def _missed(miss: Miss) -> str:
    objective, found = miss
    name = f"{objective.metric.removesuffix('_s').replace('_', ' ').upper()} {objective.stat}"
    limit = format_s(objective.limit)
    if found.value > objective.limit:
        return f"{name} {format_s(found.value)} > {limit}"
    far = format_s(found.high) if math.isfinite(found.high) else "without bound"
    return f"{name} {far} at the slow end of its interval > {limit}"


def unsure_notes(speed: Speed, demand: Demand) -> Iterator[str]:
    """Objectives that hold at the middle of the prediction, but not at the far end of its interval."""
    for objective, found in unsure(speed, demand):
        far, limit = format_s(found.high), format_s(objective.limit)
        yield f"{objective.key} is met only at the middle of its interval: its far end is {far}, the limit {limit}"


def waiting_notes(waiting: int, demand: Demand) -> Iterator[str]:
    """That not all users of a closed loop are answered at once."""
    if waiting:
        users = demand.concurrency or 0
        yield f"of {users:,} users {users - waiting:,} are answered at once, and the others wait for their turn"


def weights_notes(model: Model, layout: Layout) -> Iterator[str]:
    """That the size of the weights is an estimate, where it is one of more than 3 %."""
    weights = layout.weights
    if not weights.exact and weights.high_bytes > weights.low_bytes * 1.03:
        low, high = format_bytes(weights.low_bytes), format_bytes(weights.high_bytes)
        yield f"the size of {model.name} in {weights.quant} is an estimate, {low} to {high}: no such file is known"


def quant_notes(model: Model, layout: Layout) -> Iterator[str]:
    """That the model's own repository does not hold the weights that vLLM must be given.

    vLLM's `--quantization fp8` reads the 16-bit ones and has them on the GPU until they are made smaller.
    """
    quant = layout.weights.quant
    if layout.engine != "vllm":
        return
    yield f"give vLLM a repository that holds {quant} weights of this model"
    if quant == "fp8":
        rate = math.sqrt(FETCH_BYTES_PER_S[0] * FETCH_BYTES_PER_S[1])
        size = 2 * model.parameters
        each = size / layout.gpu_count
        slower = f"about {format_s(size / rate)} instead of {format_s(layout.weights.bytes / rate)}"
        memory = layout.gpu.memory_bytes
        enough = memory is None or each < memory.value
        held = f"held on {'each' if layout.gpu_count > 1 else 'the'} GPU while loading"
        room = f"{format_bytes(each)} are {held}{'' if enough else ', which is more than it has'}"
        made = "--quantization fp8 makes them of the 16-bit ones instead"
        yield f"{made}: at each start {format_bytes(size)} are fetched ({slower}) and {room}"


def machine_notes(layout: Layout, bought: Purchase, sites: Sequence[int], spare: int) -> Iterator[str]:
    """What whole machines mean for the plan: idle GPUs, and spares that fail together."""
    offer = bought.offer
    owned, used = bought.machines * offer.gpu_count, layout.gpu_count * sum(sites)
    if not bought.by_user and owned > used:
        idle = f"{owned - used} of the {owned} GPUs that are paid for stand idle"
        yield f"{idle}: {offer.instance} comes with {offer.gpu_count}"
    if spare and offer.gpu_count >= 2 * layout.gpu_count and not bought.by_user:
        yield f"one {offer.instance} holds {offer.gpu_count // layout.gpu_count} replicas, which fail together"
    if len(sites) > 1 and not bought.by_user:
        yield f"every region is taken to cost what {offer.region} costs"
