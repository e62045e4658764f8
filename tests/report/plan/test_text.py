from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.domain.plan import Change, Proposal, Rejection
from seatrial.domain.values import Range
from seatrial.report.figures import Scale
from seatrial.report.plan.text import proposal_text
from seatrial.report.plan.words import of_size, of_time, ranged
from seatrial.units import GIB
from tests.report.plan.proposals import (
    A10G,
    BF16,
    H100,
    L4,
    PROPOSALS,
    about,
    layout,
    memory,
    of_engine,
    pinned,
    refused,
    whole,
)


def section(text: str, heading: str) -> str:
    return text.partition(f"\n\n{heading}\n")[2].partition("\n\n\n")[0]


@pytest.mark.parametrize("width", [60, 80, 100, 120])
@pytest.mark.parametrize("name", PROPOSALS)
def test_text_keeps_to_its_width(name: str, width: int) -> None:
    lines = proposal_text(PROPOSALS[name](), width=width, explain=True).splitlines()
    assert max(map(len, lines)) <= width + (24 if width < 80 else 0)  # a formula keeps some room


def test_the_answer_comes_first_with_its_doubt() -> None:
    text = " ".join(proposal_text(whole()).split())
    assert text.startswith(
        "seatrial plan llama-3.1-8b-instruct ANSWER Serve llama-3.1-8b-instruct (bf16) with vLLM 0.19.0 on 1 x L4"
        " (g2-standard-8, us-central1): TPOT 55 ms [46, 66], TTFT p95 385 ms [321, 462], USD 623 a month."
    )
    assert "TPOT p95 at most 60 ms: met at the middle of the prediction, not at its slow end (71 ms)" in text
    assert "TTFT p95 at most 1 s: met, even at the slow end (462 ms)" in text


def test_a_plan_that_misses_is_not_recommended() -> None:
    proposal = whole()
    best = proposal.plans[0]
    assert best.speed
    slow = replace(
        best, speed=replace(best.speed, tpot_s=about(0.09, 0.08, 0.1), tpot_p95_s=about(0.093, 0.086, 0.1))
    )
    text = proposal_text(replace(proposal, plans=(slow,)))
    assert "Misses the SLO: llama-3.1-8b-instruct (bf16)" in text
    assert "missed, even at the quick end (86 ms)" in text


def test_what_was_asked_for_and_fails_is_said_first() -> None:
    failing = "500 requests/s are 4,399 % of the 11.4 that it can serve; 52 replicas would do"
    best = replace(whole().plans[0], speed=None, failing=failing)
    text = " ".join(proposal_text(replace(whole(), plans=(best,))).split())
    assert f"ANSWER It does not carry the demand: {failing}. As asked: llama-3.1-8b-instruct (bf16)" in text


def test_another_gpu_is_as_many_of_it() -> None:
    four = Rejection(layout("vllm", A10G, BF16, tensor_parallel=4), "short", Change("gpu", "A10G", "H100 SXM"))
    told = proposal_text(replace(whole(), plans=(), rejected=(four,)))
    assert "gpu 4 x A10G -> 4 x H100 SXM" in told


def test_a_refusal_says_what_would_help_first() -> None:
    text = proposal_text(refused())
    assert "The smallest change that helps (vLLM bf16, 1 x L4): max_model_len 131,072 -> 29,568." in text


def test_refusals_are_ranked_and_counted() -> None:
    short = layout("vllm", L4, BF16)
    words = "abcdefghijklmnopqrstuvwxyz"
    rejected = tuple(
        Rejection(short, f"reason {word}", memory=memory(short, 1, 30 - i)) for i, word in enumerate(words)
    )
    told = section(proposal_text(replace(whole(), rejected=(*rejected, Rejection(short, "no offer")))), "REFUSED")
    bullets = [line.strip(" -") for line in told.partition("\n\n")[0].splitlines()]
    assert bullets[:2] == ["vLLM bf16, 1 x L4: no offer", "vLLM bf16, 1 x L4: reason z"]
    assert bullets[-1] == "and 17 more: --json lists all"


def test_refusals_that_differ_in_figures_are_told_once() -> None:
    found = ((L4, 1, "202 GiB / 1 = 9.9 GiB"), (A10G, 2, "30.5 GiB / 2 = 15 GiB"), (H100, 4, "7 GiB / 4 = 2 GiB"))
    rejected = [
        Rejection(layout("vllm", gpu, BF16, tensor_parallel=ranks), f"{size}, the {gpu.name} has 3")
        for gpu, ranks, size in found
    ]
    told = section(proposal_text(replace(whole(), rejected=tuple(rejected))), "REFUSED").partition("\n\n")[0]
    assert " ".join(told.split()) == (
        "- vLLM bf16, 1 x L4: 202 GiB / 1 = 9.9 GiB, the L4 has 3. Much the same on 2 x A10G, 4 x H100 SXM"
    )


def test_absent_figures_are_dashes() -> None:
    fourth = next(line for line in proposal_text(whole()).splitlines() if "4. vLLM w4a16" in line)
    assert fourth.split()[-1] == "-"
    assert "No price is known of this hardware" in proposal_text(pinned())
    without = replace(pinned(), plans=tuple(replace(plan, speed=None) for plan in pinned().plans))
    assert "SPEED" not in proposal_text(without, explain=True)


def test_the_command_can_be_copied() -> None:
    lines = proposal_text(whole(), serve="meta-llama/Llama 3.1").splitlines()
    start = lines.index("    vllm serve 'meta-llama/Llama 3.1' \\")
    assert lines[start + 1 : start + 4] == [
        "        --max-model-len 8192 \\",
        "        --max-num-seqs 256 \\",
        "        --gpu-memory-utilization 0.9",
    ]
    ollama = Proposal(whole().model, whole().demand, whole().plans[1:2], ())
    assert "OLLAMA_NUM_PARALLEL=8 \\\n        OLLAMA_CONTEXT_LENGTH=8192 \\\n        ollama serve" in proposal_text(
        ollama
    )


def test_a_file_of_ones_own_comes_to_ollama_in_a_modelfile_and_heads_the_text() -> None:
    lines = proposal_text(of_engine("ollama"), serve="./100%.gguf", typed="./100%.gguf").splitlines()
    assert lines[0] == "seatrial plan ./100%.gguf"
    at = lines.index(r"    printf 'FROM ./100%%.gguf\n' > Modelfile")
    assert lines[at + 1] == "    ollama create llama-3.1-8b-instruct -f Modelfile"
    assert not any("ollama pull" in line for line in lines)


@given(st.text(min_size=1))
def test_what_others_named_does_not_steer_a_terminal(name: str) -> None:
    proposal = replace(whole(), model=replace(whole().model, name=name), notes=(name,))
    text = proposal_text(proposal, explain=True)
    assert all(char.isprintable() or char == "\n" for char in text)


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (about(0.055, 0.0458, 0.066), "55 ms [46, 66]"),
        (about(0.31, 0.1, float("inf")), "310 ms [100, -]"),
        (Range.exact(0.0), "0 ms"),
        (about(float("inf"), 1.0, float("inf")), "without bound"),
        (None, "-"),
    ],
)
def test_times_have_the_digits_they_deserve(found: Range | None, told: str) -> None:
    assert of_time(found) == told


def test_sizes_have_three_digits_and_no_needless_interval() -> None:
    assert of_size(about(3.61 * GIB, 3.5 * GIB, 3.72 * GIB)) == "3.61 GiB [3.50, 3.72]"
    assert of_size(about(14.99 * GIB, 14.985 * GIB, 14.995 * GIB)) == "15.0 GiB"


@given(st.floats(0, 1e15), st.floats(0, 1e15), st.floats(0, 1e15))
def test_any_range_can_be_told(one: float, two: float, three: float) -> None:
    low, value, high = sorted((one, two, three))
    assert ranged(Range(value, low, high), Scale(1e3, " ms"))
