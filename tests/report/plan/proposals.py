"""Proposals made by hand: what the renderers are tried on, whatever the planner would say."""

from __future__ import annotations

from dataclasses import replace

from seatrial.domain.hardware import Gpu, Offer
from seatrial.domain.model import LayerGroup, Model, Source, Weights
from seatrial.domain.plan import (
    Change,
    Cost,
    Demand,
    Layout,
    Memory,
    Plan,
    Proposal,
    Rejection,
    Sensitivity,
    Speed,
    StartUp,
)
from seatrial.domain.trial import Objective, Slo
from seatrial.domain.values import Range
from seatrial.units import GIB

HUB = Source("config.json of the repository", "2026-11-21")
PRICES = Source("the cloud's public price list", "2026-11-21")
SLO = Slo((Objective("ttft_p95", "ttft_s", "p95", 1.0), Objective("tpot_p95", "tpot_s", "p95", 0.06)))
DEMAND = Demand(512, 128, rate_per_s=4.0, cv=0.5, slo=SLO)

LLAMA = Model(
    "llama-3.1-8b-instruct", "llama", "LlamaForCausalLM", 8_030_261_248, 8_030_261_248, 32, 4096, 32, 14336,
    128_256, 131_072, (LayerGroup("full", 32, 32, 8, 128, 128),), source=HUB,
)  # fmt: skip
BF16 = Weights(LLAMA.name, "safetensors", "bf16", 16_060_522_496, 16_060_522_496, 16_060_522_496, source=HUB)
W4 = Weights(LLAMA.name, "safetensors", "w4a16", 5_730_000_000, 5_600_000_000, 5_900_000_000)
Q4 = Weights(LLAMA.name, "gguf", "Q4_K_M", 4_920_000_000, 4_870_000_000, 4_970_000_000, tag="llama3.1:8b")

L4 = Gpu("L4", "NVIDIA", Range(22.03 * GIB, 21.95 * GIB, 22.1 * GIB), 300e9, (("f16", 121e12),), source=HUB)
A10G = Gpu("A10G", "NVIDIA", Range(22.2 * GIB, 22.1 * GIB, 22.35 * GIB), 600e9, (("f16", 70e12),), source=HUB)
H100 = Gpu("H100 SXM", "NVIDIA", Range.exact(79.19 * GIB), 3350e9, (("f16", 989e12),), source=HUB)
CPU = Gpu("Epyc", "CPU", Range.exact(64 * GIB), 40e9)
NOVEL = Gpu("Novel X1", "ACME", Range(47 * GIB, 46 * GIB, 48 * GIB), 900e9)

G2 = Offer("gcp", "g2-standard-8", "L4", 1, "us-central1", 0.8536, "on demand", "2026-11-20", source=PRICES)
G5 = Offer("aws", "g5.2xlarge", "A10G", 1, "us-east-1", 1.212, "on demand", "2026-11-20", source=PRICES)
P5 = Offer("aws", "p5.48xlarge", "H100 SXM", 8, "us-east-1", 55.04, "on demand", "2026-11-20", source=PRICES)


def about(value: float, low: float, high: float) -> Range:
    return Range(value, low, high)


def layout(engine: str, gpu: Gpu, weights: Weights, **changed: object) -> Layout:
    version = {"vllm": "0.19.0", "ollama": "0.13.1", "llama.cpp": "b6900"}.get(engine, "0.3.1")
    base = Layout(
        engine, version, gpu, weights, "bfloat16", "bfloat16", 8192, 256, 2048, gpu_memory_utilization=0.9
    )
    return replace(base, **changed)  # type: ignore[arg-type]


def memory(at: Layout, pool_gib: float, short_gib: float = 0.0) -> Memory:
    total = at.gpu.memory_bytes or Range.exact(16 * GIB)
    weights = Range(float(at.weights.bytes), at.weights.low_bytes, at.weights.high_bytes).scaled(
        1 / at.tensor_parallel
    )
    return Memory(
        total, total.scaled(at.gpu_memory_utilization), weights,
        about(1.02 * GIB, 0.99 * GIB, 1.06 * GIB), about(0.25 * GIB, 0.2 * GIB, 0.3 * GIB), Range.exact(0.0),
        about(pool_gib * GIB, pool_gib * 0.97 * GIB, pool_gib * 1.03 * GIB),
        131_072.0, round(pool_gib * GIB / 131_072), round(pool_gib * GIB / 131_072 / 8192, 2), 22.4,
        short_gib * GIB, 8_030_261_248 * 4 / 2 * 1.2,
    )  # fmt: skip


def speed(tpot_ms: float, width: float = 0.2, busy: float = 0.52, measured: str = "") -> Speed:
    tpot = about(tpot_ms / 1e3, tpot_ms / 1e3 / (1 + width), tpot_ms / 1e3 * (1 + width))
    return Speed(
        tpot, tpot.scaled(1.08), tpot.scaled(4), tpot.scaled(7), tpot.scaled(131), tpot.scaled(190),
        Range.exact(512.0), tpot.scaled(3), Range(4 / busy, 4 / busy / (1 + width), 4 / busy * (1 + width)),
        22.4, busy,
        measured or "public measurements of vLLM on L4: 41 rows of 4 model families, this family among them",
    )  # fmt: skip


def start_up() -> StartUp:
    return StartUp(about(80, 40, 160), about(30, 20, 60), about(45, 30, 70))


def cost(offer: Offer, machines: int = 1, *, by_user: bool = False) -> Cost:
    hourly = (offer.usd_per_hour or 0.0) * machines
    millions = hourly / (512 * 3600 / 1e6)
    return Cost(offer, machines, hourly, hourly * 730, Range.exact(millions), by_user=by_user)


def _best() -> Plan:
    chosen = layout("vllm", L4, BF16)
    flags = (
        ("serve", LLAMA.name),
        ("--max-model-len", "8192"),
        ("--max-num-seqs", "256"),
        ("--gpu-memory-utilization", "0.9"),
    )
    return Plan(chosen, 1, flags, memory(chosen, 3.61), speed(55), start_up(), cost(G2))


def _others() -> tuple[Plan, ...]:
    ollama = layout("ollama", A10G, Q4, dtype="float16", kv_dtype="f16", max_num_seqs=8, gpu_memory_utilization=1.0)
    flags = (("OLLAMA_NUM_PARALLEL", "8"), ("OLLAMA_CONTEXT_LENGTH", "8192"))
    pair = layout("vllm", H100, BF16, tensor_parallel=2, gpu_memory_utilization=0.95)
    two = (("serve", LLAMA.name), ("--tensor-parallel-size", "2"), ("--max-model-len", "8192"))
    novel = layout("vllm", NOVEL, W4)
    return (
        Plan(ollama, 2, flags, memory(ollama, 8.0), speed(31), start_up(), cost(G5, 2)),
        Plan(pair, 1, two, memory(pair, 61.2), speed(6.4, busy=0.08), start_up(), cost(P5),
             ("the machine has 8 GPUs, 6 stay idle",)),
        Plan(novel, 1, (), memory(novel, 33.0), speed(24, 1.1, measured="no measurement of this GPU: scaled by "
             "its bandwidth from others"), start_up(), None),
    )  # fmt: skip


def _rejected() -> tuple[Rejection, ...]:
    long = layout("vllm", L4, BF16, max_model_len=131_072)
    slow = layout("ollama", L4, Q4, kv_dtype="f16")
    full = layout("vllm", A10G, W4)
    dear = layout("vllm", H100, BF16)
    return (
        Rejection(dear, "USD 40,179 a month is over the budget of USD 2,000", None, memory(dear, 52.0), speed(8),
                  P5),
        Rejection(slow, "TPOT 96 ms [80, 115], over the 60 ms of tpot_p95", None, memory(slow, 12.0),
                  speed(96), G2),
        Rejection(full, "4 requests/s are 118 % of what it can serve", Change("replicas", 1, 2),
                  memory(full, 12.1), None, G5),
        Rejection(long, "one request of 131,072 tokens needs 16.0 GiB of KV cache, and 3.61 GiB are left",
                  Change("max_model_len", 131_072, 29_568), memory(long, 3.61, 12.39), None, G2),
        Rejection(replace(long, tensor_parallel=3), "32 attention heads cannot be split over 3 GPUs"),
    )  # fmt: skip


def whole() -> Proposal:
    """Several plans, a rejection of each kind, one without a price, one on hardware nobody measured."""
    sensitivity = (
        Sensitivity("the price is 20 % higher", "the same: vLLM on 1 x L4"),
        Sensitivity("decoding is 20 % slower", "Ollama on 1 x A10G, 2 replicas"),
    )
    return Proposal(LLAMA, DEMAND, (_best(), *_others()), _rejected(), sensitivity, ("1 offer has no known price",))


def pinned() -> Proposal:
    """One layout, by 32 users, without objectives and prices."""
    best = replace(_best(), cost=None)
    return Proposal(LLAMA, Demand(1024, 512, concurrency=32), (best,), ())


def refused() -> Proposal:
    """One layout that does not fit."""
    return Proposal(LLAMA, DEMAND, (), _rejected()[3:4])


def of_engine(engine: str, gpu: Gpu = L4) -> Proposal:
    """One plan with this engine."""
    weights = {"vllm": BF16}.get(engine, Q4)
    chosen = layout(engine, gpu, weights, max_num_seqs=4)
    return Proposal(LLAMA, DEMAND, (replace(_best(), layout=chosen, flags=()),), ())


PROPOSALS = {"whole": whole, "pinned": pinned, "refused": refused}
