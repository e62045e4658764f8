"""Whole trials through the command line, and what must hold of their documents."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

MODEL = "smollm2:135m"
UNTRUSTED = 4
TOKENS = ("--suite", "tokens", "--output-tokens", "16,64,256", "--input-tokens", "32,256,1024")


def seatrial(*words: str, store: Path) -> tuple[int, str]:
    """Exit code and standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "seatrial", *words, "--store", str(store)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=1500,
    )
    return done.returncode, done.stdout


def trial(url: str, *words: str, store: Path) -> list[dict[str, Any]]:
    """The workloads of a run with --json, which must be one trusted document that ended well.

    A run that says of itself that it cannot be trusted is made once more: client and engine share two cores with
    whatever else the machine does, and telling when that was too much is what trust is for.
    """
    code, out = seatrial("run", url, "--model", MODEL, *words, "--json", store=store)
    if code == UNTRUSTED:
        print("once more:", json.loads(out)["trust"]["reasons"])
        code, out = seatrial("run", url, "--model", MODEL, *words, "--json", store=store)
    document = json.loads(out)
    assert document["trust"]["verdict"] == "trusted", document["trust"]
    assert code == 0
    (candidate,) = document["candidates"]
    workloads: list[dict[str, Any]] = candidate["workloads"]
    return workloads


def assert_complete(workload: dict[str, Any]) -> None:
    requests = workload["requests"]
    assert requests["completed"] == requests["planned"] > 0, workload
    for name in ("ttft_s", "tpot_s", "e2e_s", "ttft_intended_s", "send_lag_s"):
        assert workload["metrics"][name]["mean"]["value"] >= 0, (workload["name"], name)
    assert workload["metrics"]["output_tokens_per_s"]["value"] > 0


def assert_tokens_as_asked(workloads: list[dict[str, Any]]) -> None:
    """3 lengths out and 3 in, each with 1, 2 and 4 users, and prompts as long as asked: 2 % or 2 tokens."""
    assert len(workloads) == 18
    for workload in workloads:
        assert_complete(workload)
        tokens = workload["tokens"]
        asked, counted = tokens["input_asked"], tokens["input_counted"]
        assert abs(counted - asked) <= max(2, 0.02 * asked), workload["name"]


def samples(store: Path) -> list[dict[str, Any]]:
    _, out = seatrial("runs", "export", "last", store=store)
    return [json.loads(line) for line in out.splitlines()]
