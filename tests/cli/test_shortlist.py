"""`seatrial models shortlist`: needs in, candidates and a spec out."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.catalog.models import find_model
from seatrial.specfile import load_spec

from .harness import Ended, seatrial

NEEDS = ("--task", "code", "--licence", "commercial", "--fits", "L4", "--max-latency", "60ms")


def shortlist(*words: object) -> Ended:
    return seatrial("models", "shortlist", *words, env={"SEATRIAL_STORE": "none.db"})


def test_every_candidate_meets_the_needs_and_is_served_on_one_gpu() -> None:
    ended = shortlist(*NEEDS, "--max-params", "15B", "--json")
    assert (ended.code, ended.err) == (0, "")
    chosen = ended.document["shortlist"]
    assert 3 <= len(chosen) <= 5
    for each in chosen:
        found = find_model(each["model"])
        assert "code" in found.card.capabilities
        assert each["commercial_use"] != "no"
        assert each["parameters"] <= 15e9
        assert (each["plan"]["gpu"], each["plan"]["gpu_count"], each["plan"]["replicas"]) == ("L4", 1, 1)
        assert each["plan"]["speed"]["tpot_p95_s"]["value"] <= 0.06


def test_what_only_the_middle_meets_is_likely() -> None:
    chosen = shortlist(*NEEDS, "--json").document["shortlist"]
    lines = shortlist(*NEEDS).out.splitlines()
    for each in chosen:
        (slo,) = each["plan"]["slo"]
        line = next(line for line in lines if line.startswith(each["model"]))
        assert ("likely" if not slo["sure"] else "met") in line.split()
    refused = shortlist("--task", "code", "--fits", "L4").out
    assert "REFUSED\n" in refused


def test_families_differ_before_sizes_do() -> None:
    chosen = shortlist(*NEEDS, "--json").document["shortlist"]
    families = [find_model(each["model"]).model.family for each in chosen]
    assert len(set(families)) == len(families)


def test_what_was_refused_is_told_with_the_reason() -> None:
    ended = shortlist("--family", "llama", "--min-params", "60B", "--fits", "T4", "--json")
    assert (ended.code, ended.document["shortlist"]) == (1, [])
    assert {each["model"] for each in ended.document["rejected"]} >= {"llama-3.1-70b-instruct"}
    assert all("too large" in each["reason"] for each in ended.document["rejected"])


def test_a_run_accepts_the_spec(tmp_path: Path) -> None:
    ended = shortlist(*NEEDS, "--top", "3", "-o", tmp_path / "spec.toml")
    assert ended.code == 0
    assert "wrote" in ended.err
    spec = load_spec((tmp_path / "spec.toml").read_text())
    assert len(spec.candidates) == 3
    alone = [candidate.endpoint for candidate in spec.candidates if candidate.engine != "ollama"]
    assert len(set(alone)) == len(alone)
    assert spec.slo.objectives[0].key == "tpot_p95"
    assert shortlist(*NEEDS, "-o", tmp_path / "spec.toml").code == 2  # never over a file


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--task", "cooking"], "cooking"),
        (["--fits", "L41"], "not in the catalogue"),
        (["--max-latency", "fast"], "tpot_p95"),
        (["--licence", "mine"], "licence"),
        (["--family", "llama", "--task", "vision", "--max-params", "1M"], "no model of the catalogue meets"),
        (["-o", "list.json"], "end it in .toml"),
    ],
)
def test_a_slip_of_the_pen_is_exit_code_2(words: list[str], message: str) -> None:
    ended = shortlist(*words)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
