from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from seatrial.domain.values import Range
from seatrial.report.plan.document import proposal_document
from tests.report.plan.proposals import PROPOSALS, refused, whole
from tests.report.plan.real import proposal_of


def document() -> dict[str, Any]:
    return proposal_document(whole())


def test_the_document_is_the_promised_one() -> None:
    """The names that scripts depend on, each where the README says."""
    first = document()["plans"][0]
    assert document()["schema"] == 1
    assert (first["engine"], first["engine_version"], first["gpu"]) == ("vllm", "0.19.0", "L4")
    assert (first["gpu_count"], first["tensor_parallel"], first["replicas"]) == (1, 1, 1)
    assert first["flags"]["--max-model-len"] == "8192"
    for name in ("weights_bytes", "activation_bytes", "non_torch_bytes", "kv_pool_bytes"):
        assert set(first["memory"][name]) == {"value", "low", "high"}
    for name in ("kv_bytes_per_token", "max_concurrency_at_max_len", "kv_tokens", "resident_requests",
                 "rule_of_thumb_bytes"):  # fmt: skip
        assert isinstance(first["memory"][name], int | float)
    for name in ("tpot_s", "ttft_s", "ttft_p95_s", "e2e_s", "output_tokens_per_s", "capacity_per_s"):
        assert set(first["speed"][name]) == {"value", "low", "high"}
    assert first["start_up_s"] == {"value": 155, "low": 90, "high": 290}


def test_a_change_is_a_flag_from_and_to() -> None:
    (only,) = proposal_document(refused())["rejected"]
    assert only["smallest_change"] == {"flag": "max_model_len", "from": 131_072, "to": 29_568}
    assert "131,072 tokens" in only["reason"]


def test_a_price_says_whose_and_when() -> None:
    assert document()["plans"][0]["cost"]["offer"] == {
        "cloud": "gcp",
        "instance": "g2-standard-8",
        "gpu": "L4",
        "gpu_count": 1,
        "region": "us-central1",
        "price_usd_per_hour": 0.8536,
        "price_kind": "on demand",
        "date": "2026-11-20",
        "source": {"text": "the cloud's public price list", "checked": "2026-11-21"},
    }
    assert document()["plans"][3]["cost"] is None


def test_an_end_without_bound_is_null() -> None:
    proposal = whole()
    best = proposal.plans[0]
    assert best.speed
    endless = replace(best.speed, ttft_s=Range(0.2, 0.1, float("inf")))
    found = proposal_document(replace(proposal, plans=(replace(best, speed=endless),)))
    assert found["plans"][0]["speed"]["ttft_s"] == {"value": 0.2, "low": 0.1, "high": None}
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("make", [*PROPOSALS.values(), lambda: proposal_of("two GPUs")])
def test_every_document_is_json(make: Any) -> None:
    assert json.loads(json.dumps(proposal_document(make()), allow_nan=False))["assumptions"]
