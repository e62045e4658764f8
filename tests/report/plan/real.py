"""Proposals made by the planner itself, of models and GPUs of the catalogue."""

from __future__ import annotations

from seatrial.catalog.gpus import find_gpu
from seatrial.catalog.models import find_model
from seatrial.domain.plan import Demand, Plan, Proposal
from seatrial.domain.trial import Objective, Slo
from seatrial.sizing.choice.question import Pins, Question
from seatrial.sizing.choice.search import propose

SLO = Slo((Objective("ttft_p95", "ttft_s", "p95", 2.0), Objective("tpot_p95", "tpot_s", "p95", 0.2)))
OPEN = Demand(512, 128, rate_per_s=2.0, cv=0.5, slo=SLO)
CLOSED = Demand(1024, 256, concurrency=24)
VARIED = Demand(300, 200, concurrency=600, cv=0.4)

LAYOUTS = {
    "dense": ("llama-3.1-8b-instruct", "L4", "vllm", "0.19.0", "bf16", 1, OPEN),
    "two GPUs": ("llama-3.1-8b-instruct", "H100 SXM", "vllm", "0.33.0", "bf16", 2, CLOSED),
    "crowd": ("llama-3.1-8b-instruct", "L4", "vllm", "0.33.0", "fp8", 1, VARIED),
    "windows": ("gemma-3-12b-it", "H100 SXM", "vllm", "0.33.0", "bf16", 1, CLOSED),
    "experts": ("qwen3-30b-a3b", "H100 SXM", "vllm", "0.33.0", "bf16", 1, OPEN),
    "latent": ("deepseek-v2-lite-chat", "H100 SXM", "vllm", "0.33.0", "bf16", 2, OPEN),
    "llama.cpp": ("llama-3.1-8b-instruct", "L4", "llama.cpp", None, "Q4_K_M", 1, CLOSED),
    "Ollama": ("llama-3.1-8b-instruct", "A10G", "ollama", None, "Q4_K_M", 1, OPEN),
}


def proposal_of(name: str) -> Proposal:
    model, gpu, engine, version, quant, ranks, demand = LAYOUTS[name]
    found = find_model(model)
    question = Question(
        model=found.model,
        files=found.files,
        demand=demand,
        gpus=(find_gpu(gpu),),
        engines=(engine,),
        pins=Pins(engine_version=version, quants=(quant,), tensor_parallel=ranks),
        exact=True,
    )
    return propose(question)


def plan_of(name: str) -> tuple[Proposal, Plan]:
    proposal = proposal_of(name)
    assert proposal.plans, proposal.rejected
    return proposal, proposal.plans[0]
