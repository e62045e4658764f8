"""A plan: one way to serve a model, what it needs, how fast it is, what it costs, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seatrial.domain.trial import Slo

if TYPE_CHECKING:
    from seatrial.domain.hardware import Gpu, Offer
    from seatrial.domain.model import Model, Weights
    from seatrial.domain.values import Range

SettingValue = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Demand:
    """The traffic to serve: an open process of `rate_per_s`, or `concurrency` users who each wait for their answer.

    Exactly one of the two is given. `cv` is the coefficient of variation of both lengths.
    """

    input_tokens: float
    output_tokens: float
    rate_per_s: float | None = None
    concurrency: int | None = None
    cv: float = 0.0
    slo: Slo = field(default_factory=Slo)


@dataclass(frozen=True, slots=True)
class Layout:
    """One engine, of one version, with all its settings, on so many of one GPU. Nothing is left to a default.

    `dtype`: bfloat16, float16, float32. `kv_dtype`: bfloat16, float16, float32, fp8 (vLLM); f16, q8_0, q4_0 (GGUF).
    vLLM reads `max_model_len`, `max_num_seqs`, `max_num_batched_tokens`, `gpu_memory_utilization`. llama.cpp and
    Ollama read `slots` and `max_model_len` (the context of one slot), `max_num_batched_tokens` (their ubatch) and
    `gpu_layers` (None: all).
    """

    engine: str
    engine_version: str
    gpu: Gpu
    weights: Weights
    dtype: str
    kv_dtype: str
    max_model_len: int
    max_num_seqs: int
    max_num_batched_tokens: int
    gpu_memory_utilization: float = 1.0
    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    expert_parallel: bool = False
    block_tokens: int = 16
    cuda_graphs: bool = True
    kv_cache_bytes: int | None = None
    gpu_layers: int | None = None

    @property
    def gpu_count(self) -> int:
        return self.tensor_parallel * self.pipeline_parallel


@dataclass(frozen=True, slots=True)
class Memory:
    """What a layout takes, per GPU, in bytes.

    `kv_pool`: room for the KV cache (vLLM: what is left of the budget; llama.cpp: what is allocated at the start).
    `kv_bytes_per_token`: of one token in all layers on one GPU, unbounded layers only where some are bounded.
    `kv_tokens` and `max_concurrency_at_max_len`: as the engine logs them. `resident_requests`: how many requests of
    the demanded length are in memory at once; more may be offered, they wait. `shortfall`: how much more it would
    need to start (0: it runs). `rule_of_thumb`: parameters x 4 bytes / (32 / bits) x 1.2, of the whole model.
    """

    total: Range
    budget: Range
    weights: Range
    activation: Range
    non_torch: Range
    graphs: Range
    kv_pool: Range
    kv_bytes_per_token: float
    kv_tokens: int
    max_concurrency_at_max_len: float
    resident_requests: float
    shortfall: float
    rule_of_thumb: float
    offloaded: float = 0.0

    @property
    def fits(self) -> bool:
        return self.shortfall <= 0


@dataclass(frozen=True, slots=True)
class Term:
    """One line of an arithmetic, with the numbers put in: `what` = `formula` = `value` `unit`."""

    what: str
    formula: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast one replica serves its share of the demand.

    `in_flight`: requests decoded together, on average. `utilization`: of the most it could serve.
    `tpot_s`, `ttft_s` and `e2e_s` are means over requests, waiting included; their p95 are beside them.
    `capacity_per_s`: requests per second at saturation. A `high` of infinity: at that end of the interval the
    demand is more than the capacity. `measured`: what the coefficients rest on, in a sentence.
    """

    tpot_s: Range
    tpot_p95_s: Range
    ttft_s: Range
    ttft_p95_s: Range
    e2e_s: Range
    e2e_p95_s: Range
    output_tokens_per_s: Range
    prefill_s: Range
    capacity_per_s: Range
    in_flight: float
    utilization: float
    measured: str


@dataclass(frozen=True, slots=True)
class StartUp:
    """From nothing to the first token on a machine that is up: fetch, read into the GPU, prepare."""

    fetch_s: Range
    load_s: Range
    prepare_s: Range

    @property
    def total_s(self) -> Range:
        return self.fetch_s + self.load_s + self.prepare_s


@dataclass(frozen=True, slots=True)
class Cost:
    """Money at the operating point. `offer` says whose price; `by_user` that it was given with --price."""

    offer: Offer
    machines: int
    usd_per_hour: float
    usd_per_month: float
    usd_per_million_output_tokens: Range | None
    by_user: bool = False


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What the answer becomes if one figure is off: `change` in words, `answer` in words."""

    change: str
    answer: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One feasible way. `flags` are the engine's own, for its version, in the order they would be typed.

    `failing`: why a plan that was asked for as it is does not carry the demand, by how much, and what would; empty
    where it does.
    """

    layout: Layout
    replicas: int
    flags: tuple[tuple[str, str], ...]
    memory: Memory
    speed: Speed | None
    start_up: StartUp
    cost: Cost | None
    notes: tuple[str, ...] = ()
    failing: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """The smallest single change that makes a refused layout run: one flag, from what to what."""

    flag: str
    before: SettingValue
    after: SettingValue


@dataclass(frozen=True, slots=True)
class Rejection:
    """A layout that does not serve the demand, and why. `usd_per_month`: of one that only the budget rules out."""

    layout: Layout
    reason: str
    change: Change | None = None
    memory: Memory | None = None
    speed: Speed | None = None
    offer: Offer | None = None
    usd_per_month: float | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """The whole answer to a question of sizing: the plans, best first, and everything that was refused."""

    model: Model
    demand: Demand
    plans: tuple[Plan, ...]
    rejected: tuple[Rejection, ...]
    sensitivity: tuple[Sensitivity, ...] = ()
    notes: tuple[str, ...] = ()
