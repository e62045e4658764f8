from __future__ import annotations

import json
from dataclasses import replace

from seatrial.domain.values import Estimate
from seatrial.report.document import run_document
from tests.report.runs import bake_off, nothing, single


def test_the_contract_of_the_core() -> None:
    document = run_document(bake_off())
    assert (document["schema"], document["run"], document["seed"]) == (1, "20261121-153000-ab12", 7)
    assert document["trust"].keys() == {"verdict", "reasons", "notes"}
    assert document["trust"]["verdict"] == "doubtful"
    one, four = document["candidates"]
    assert (one["name"], one["engine"], one["model"], one["recommended"]) == (
        "one-slot",
        "llama.cpp",
        "smollm2",
        False,
    )
    assert four["recommended"] is True
    workload = four["workloads"][2]
    assert workload["requests"] == {"planned": 20, "sent": 20, "completed": 20, "failed": 0, "never_sent": 0}
    assert workload["metrics"]["ttft_s"]["mean"] == {
        "value": 0.32,
        "low": 0.32 * 0.98,
        "high": 0.32 * 1.02,
        "n": 20,
    }
    assert workload["metrics"]["ttft_s"]["p99"] is None
    assert workload["metrics"]["output_tokens_per_s"]["value"] == 102.0
    assert workload["slo"]["met"] is True
    told = workload["slo"]["checks"][1]
    assert (told["key"], told["limit"], told["value"], told["met"]) == ("success", 0.99, 1.0, True)


def test_absent_is_null() -> None:
    document = run_document(single())
    (candidate,) = document["candidates"]
    assert document["recommendation"] is None
    assert (document["name"], candidate["model"], candidate["engine_version"]) == (None, None, None)
    (workload,) = candidate["workloads"]
    assert workload["slo"] == {"met": None, "checks": []}
    assert workload["cold"] is None
    last = workload["stages"][2]
    assert (last["offered_per_s"], last["ttft_s"], last["requests"]["planned"]) == (None, None, 0)
    assert run_document(nothing())["candidates"][0]["failed"] == "nobody answered at 127.0.0.1:1"


def test_what_is_not_a_number_is_null_and_the_document_is_strict_json() -> None:
    run = single()
    (candidate,) = run.candidates
    (workload,) = candidate.workloads
    broken = replace(workload, rates={"requests_per_s": Estimate(float("inf"), float("nan"), 1.0, 3)})
    run = replace(run, candidates=(replace(candidate, workloads=(broken,)),))
    document = json.loads(json.dumps(run_document(run), allow_nan=False))
    rate = document["candidates"][0]["workloads"][0]["metrics"]["requests_per_s"]
    assert rate == {"value": None, "low": None, "high": 1.0, "n": 3}
