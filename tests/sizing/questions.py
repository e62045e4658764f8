"""Questions to search on: real shapes, and offers whose prices are round enough to reckon with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from seatrial.domain.hardware import Gpu, Offer
from seatrial.domain.model import Source
from seatrial.domain.plan import Demand
from seatrial.domain.trial import Slo
from seatrial.domain.values import Range
from seatrial.sizing.choice.question import Question
from seatrial.sizing.cost import Market
from seatrial.specfile.slo import parse_slo

from .shapes import GIB, H100, LLAMA_8B

L4 = Gpu(
    "L4", "NVIDIA", Range(22.03 * GIB, 21.7 * GIB, 22.35 * GIB), 300e9,
    (("f16", 121e12), ("fp8", 242e12), ("int8", 242e12)), link_bytes_per_s=32e9, capability="8.9", bf16=True,
)  # fmt: skip
T4 = Gpu(
    "T4", "NVIDIA", Range(14.56 * GIB, 14.1 * GIB, 15.0 * GIB), 320e9,
    (("f16", 65e12), ("int8", 130e12)), capability="7.5", bf16=False,
)  # fmt: skip


def offer(gpu: str, count: int, usd: float | None, cloud: str = "AWS", **changes: Any) -> Offer:
    known = Offer(
        cloud, f"{gpu}-{count}", gpu, count, "us-east-1", usd, "on-demand", "2026-07", source=Source("a list")
    )
    return replace(known, **changes)


OFFERS = (
    offer("L4", 1, 1.0),
    offer("L4", 4, 5.0),
    offer("L4", 1, 0.8, "GCP", instance="g2", region="us-central1"),
    offer("L4", 1, 0.3, "GCP", instance="g2", region="us-central1", price_kind="spot"),
    offer("T4", 1, 0.5),
    offer("H100 SXM", 1, 7.0),
    offer("H100 SXM", 8, 55.0),
)
MARKET = Market(OFFERS)


def demand(**changes: Any) -> Demand:
    return replace(Demand(512, 128, rate_per_s=2.0), **changes)


def slo(*texts: str) -> Slo:
    return Slo(tuple(parse_slo(text) for text in texts))


def question(**changes: Any) -> Question:
    known = Question(LLAMA_8B, (), demand(), (T4, L4, H100), (T4, L4, H100), MARKET)
    return replace(known, **changes)
