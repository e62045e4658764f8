"""`seatrial plan` end to end: the pinned contract, the search, files, slips of the pen."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seatrial.specfile import load_plan, load_spec

from .harness import Ended, seatrial

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "torch_dtype": "bfloat16",
}
PINNED = (
    "--engine", "vllm", "--engine-version", "0.19.0", "--gpu", "H100 SXM", "--tp", "2", "--dtype", "bfloat16",
    "--set", "max_model_len=8192", "--set", "gpu_memory_utilization=0.95",
    "--concurrency", "32", "--input", "1024", "--output", "512",
)  # fmt: skip
TRAFFIC = ("--rate", "4", "--input", "512", "--output", "128", "--slo", "ttft_p95=1s", "--slo", "tpot_p95=60ms")
SMALL = ("--engine", "vllm", "--gpu", "L4", "--concurrency", "2")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text(json.dumps(CONFIG))
    return tmp_path / "model"


def plan(*words: object, store: str = "none.db") -> Ended:
    return seatrial("plan", *words, env={"SEATRIAL_STORE": store})


def is_range(found: Any) -> bool:
    return set(found) == {"value", "low", "high"} and bool(found["low"] <= found["value"] <= found["high"])


def test_the_pinned_document_is_a_contract(folder: Path) -> None:
    ended = plan(folder, *PINNED, "--json")
    assert (ended.code, ended.err) == (0, "")
    document = ended.document
    assert document["schema"] == 1
    assert document["model"]["parameters"] == 8_030_261_248
    assert document["rejected"] == []
    (found,) = document["plans"]
    told = {"engine", "engine_version", "gpu", "gpu_count", "tensor_parallel", "replicas"}
    assert {name: found[name] for name in told} == {
        "engine": "vllm",
        "engine_version": "0.19.0",
        "gpu": "H100 SXM",
        "gpu_count": 2,
        "tensor_parallel": 2,
        "replicas": 1,
    }
    assert found["flags"]["--max-model-len"] == "8192"
    memory = found["memory"]
    assert all(is_range(memory[f"{name}_bytes"]) for name in ("weights", "activation", "non_torch", "kv_pool"))
    assert memory["kv_bytes_per_token"] == 2 * 32 * 4 * 128 * 2  # of one GPU: half of the 8 heads
    assert memory["max_concurrency_at_max_len"] == pytest.approx(memory["kv_tokens"] / 8192, rel=1e-3)
    assert memory["rule_of_thumb_bytes"] == pytest.approx(8_030_261_248 * 2 * 1.2)
    assert all(is_range(found["speed"][name]) for name in ("tpot_s", "ttft_s", "output_tokens_per_s"))
    assert found["cost"]["offer"]["gpu"] == "H100 SXM"
    assert is_range(found["start_up_s"])


def test_a_pinned_layout_that_does_not_run_is_refused_with_the_smallest_change() -> None:
    words = ("--engine", "vllm", "--gpu", "L4", "--set", "max_model_len=131072")
    ended = plan("llama-3.2-3b", *words, "--set", "gpu_memory_utilization=0.9", "--concurrency", 4, "--json")
    assert ended.code == 1
    assert ended.document["plans"] == []
    (refused,) = ended.document["rejected"]
    assert refused["smallest_change"]["flag"] == "max_model_len"
    assert refused["smallest_change"]["from"] == 131072
    less = f"max_model_len={refused['smallest_change']['to']}"
    again = plan("llama-3.2-3b", "--engine", "vllm", "--gpu", "L4", "--set", less, "--set",
                 "gpu_memory_utilization=0.9", "--concurrency", 4, "--json")  # fmt: skip
    assert again.code == 0


def test_a_pinned_layout_that_misses_the_slo_is_shown_and_fails() -> None:
    ended = plan("llama-3.1-8b", *SMALL, "--slo", "tpot_p95=1ms", "--json")
    assert ended.code == 1
    (found,) = ended.document["plans"]
    assert found["failing"].startswith("misses the SLO")


def test_an_overloaded_layout_is_not_recommended() -> None:
    ended = plan("llama-3.2-1b", "--rate", 500, "--engine", "vllm", "--gpu", "L4", "--replicas", 1)
    assert ended.code == 1
    answer = " ".join(ended.out.split()).partition("ANSWER ")[2]
    assert answer.startswith("It does not carry the demand: 500 requests/s are ")
    assert "replicas would do. As asked: llama-3.2-1b-instruct" in answer
    assert "Serve" not in answer.partition("THE PLAN")[0]


def test_weights_of_no_file_are_called_estimated(folder: Path) -> None:
    told = " ".join(plan(folder, *SMALL).out.split())
    assert "The size of the bf16 weights: estimated from the shape of the model" in told


def test_ollama_is_told_its_layers_in_a_modelfile() -> None:
    words = ("--engine", "ollama", "--gpu", "T4", "--set", "gpu_layers=20")
    lines = [line.strip() for line in plan("qwen3-8b", *words).out.splitlines()]
    at = lines.index("ollama pull qwen3:8b")
    assert lines[at + 1] == r"printf 'FROM qwen3:8b\nPARAMETER num_gpu 20\n' > Modelfile"
    assert lines[at + 2] == "ollama create qwen3:8b -f Modelfile"
    assert "ollama serve" in lines  # and nothing after it


def test_llamacpp_has_a_place_for_the_file_to_fill_in() -> None:
    (found,) = plan("qwen3-8b", "--engine", "llama.cpp", "--gpu", "T4", "--json").document["plans"]
    assert found["flags"]["-m"] == "<qwen3-8b Q4_K_M file>.gguf"


@pytest.mark.parametrize("size", ["16060522496", "8.5GB"])
def test_the_size_of_the_weights_can_be_given(size: str, folder: Path) -> None:
    for model in (folder, "llama-3.1-8b"):
        (found,) = plan(model, *SMALL, "--weights-bytes", size, "--json").document["plans"]
        wanted = 8.5e9 if "GB" in size else 16060522496
        assert found["weights"]["bytes"]["value"] == wanted
        assert found["memory"]["weights_bytes"]["value"] == pytest.approx(wanted, rel=0.01)


def test_a_search_ranks_plans_and_tells_why_others_fail() -> None:
    ended = plan("llama-3.1-70b", *TRAFFIC, "--cloud", "aws,gcp", "--json")
    assert ended.code == 0
    document = ended.document
    assert len(document["plans"]) > 3
    for found in document["plans"]:
        assert all(each["met"] for each in found["slo"])
        assert found["cost"]["offer"]["cloud"] in {"AWS", "GCP"}
    assert {each["engine"] for each in document["rejected"]} <= {"vllm", "llama.cpp", "ollama"}
    assert all(each["reason"] for each in document["rejected"])
    assert document["sensitivity"][0]["change"] == "the price is 20 % higher"


def test_sure_plans_are_met_at_the_slow_end() -> None:
    ended = plan("llama-3.1-8b", *TRAFFIC, "--cloud", "aws,gcp", "--sure", "--json")
    assert ended.code == 0
    assert all(each["sure"] for found in ended.document["plans"] for each in found["slo"])
    assert "Likely only: --sure" not in plan("llama-3.1-8b", *TRAFFIC, "--cloud", "aws,gcp", "--sure").out
    assert "Likely only: --sure" in plan("llama-3.1-8b", *TRAFFIC, "--cloud", "aws,gcp").out
    assert plan("llama-3.1-8b", "--sure").code == 2


def test_the_cheapest_that_is_over_the_budget_is_the_answer() -> None:
    words = ("llama-3.1-70b", "--rate", 20, "--budget", "2000/month")
    told = " ".join(plan(*words).out.split())
    assert "The cheapest that serves (" in told.partition("REFUSED")[0]
    rejected = plan(*words, "--json").document["rejected"]
    costs = [each["usd_per_month"] for each in rejected if each["usd_per_month"]]
    assert costs == sorted(costs)


def test_a_number_of_gpus_is_the_most_that_a_plan_takes() -> None:
    found = plan("qwen3-32b", "--gpu", "2 x RTX 3090", "--price", "0.2", "--json").document["plans"]
    assert found
    assert all(each["gpu"] == "RTX 3090" and each["gpu_count"] * each["replicas"] <= 2 for each in found)
    assert plan("qwen3-32b", "--gpu", "2 x RTX 3090", "--tp", 4).code == 2


def test_a_machine_says_which_gpu_and_whose_price() -> None:
    (found,) = plan(
        "llama-3.1-70b", "--engine", "ollama", "--instance", "Standard_NC24ads_A100_v4", "--json"
    ).document["plans"]
    assert (found["gpu"], found["quant"]) == ("A100 80GB PCIe", "Q4_K_M")
    assert found["cost"]["offer"]["instance"] == "Standard_NC24ads_A100_v4"
    assert 41e9 < found["weights"]["bytes"]["value"] < 44e9


def test_your_own_price_is_said_to_be_yours() -> None:
    (found,) = plan("llama-3.1-8b", *SMALL, "--price", "L4=0.5", "--json").document["plans"]
    assert (found["cost"]["by_user"], found["cost"]["usd_per_month"]) == (True, 365.0)


def test_nothing_within_the_budget_is_exit_code_1() -> None:
    ended = plan("llama-3.1-70b", *TRAFFIC, "--budget", "0.5/hour", "--json")
    assert (ended.code, ended.document["plans"]) == (1, [])
    assert any("over the budget" in each["reason"] for each in ended.document["rejected"])


def test_what_is_assumed_is_said() -> None:
    ended = plan("llama-3.2-1b", "--gpu", "L4")
    assert ended.code == 0
    said = " ".join(ended.out.split())
    assert "4 users at once (--concurrency or --rate), 1,024 tokens in (--input), 256 out (--output)" in said
    assert "No SLO was given" in said


@pytest.mark.parametrize(
    ("name", "begins"), [("p.toml", "#"), ("p.json", "{"), ("p.md", "#"), ("p.txt", "seatrial plan")]
)
def test_a_file_has_the_form_of_its_ending(name: str, begins: str, tmp_path: Path) -> None:
    ended = plan("llama-3.2-1b", *SMALL, "-o", tmp_path / name)
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == f"wrote {tmp_path / name}\n"
    assert (tmp_path / name).read_text().startswith(begins)
    again = plan("llama-3.2-1b", *SMALL, "-o", tmp_path / name)
    assert again.code == 2
    assert "--force" in again.err
    assert plan("llama-3.2-1b", *SMALL, "-o", tmp_path / name, "--force").code == 0


def test_a_run_accepts_the_plan(tmp_path: Path) -> None:
    plan("llama-3.2-1b", *TRAFFIC, "--gpu", "L4", "-o", tmp_path / "plan.toml")
    text = (tmp_path / "plan.toml").read_text()
    assert load_spec(text).workloads[0].rate_per_s == 4.0
    assert load_plan(text)["gpu"] == "L4"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lama-3.1-8b"], "llama-3.1-8b"),
        (["llama-3.1-8b", "--gpu", "H1000"], "not in the catalogue"),
        (["llama-3.1-8b", "--engine", "vlm"], 'did you mean "vllm"?'),
        (["llama-3.1-8b", "--cloud", "awz"], 'did you mean "aws"?'),
        (["llama-3.1-8b", "--region", "us-east-2"], 'did you mean "us-east-1"?'),
        (["llama-3.1-8b", "--set", "max_model_length=1", "--engine", "vllm"], 'did you mean "max_model_len"?'),
        (["llama-3.1-8b", "--set", "max_model_length=1"], "not a setting"),
        (["llama-3.1-8b", "--quant", "q5km"], "no quantisation"),
        (["llama-3.1-8b", "--budget", "2000"], "2000/month"),
        (["llama-3.1-8b", "--price", "L41=1"], "not in the catalogue"),
        (["llama-3.1-8b", "--slo", "ttft=1s"], "not an objective"),
        (["llama-3.1-8b", "--rate", "1", "--concurrency", "1"], "cannot both be given"),
        (["llama-3-8b", "--input", "9000"], "made for 8,192"),
        (["llama-3.1-8b", "--dtype", "int3"], "--dtype"),
        (["llama-3.1-8b", "--engine", "vllm", "--kv-dtype", "q8_0"], "--kv-dtype"),
        (["llama-3.1-8b", "-o", "plan.doc"], "says no format"),
    ],
)
def test_a_slip_of_the_pen_is_exit_code_2(words: list[str], message: str) -> None:
    ended = plan(*words)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert "Traceback" not in ended.err


LAYOUT = ("plan", "qwen2.5-0.5b-instruct", "--engine", "vllm", "--gpu", "L4", "--no-calibration")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--budget", "0/month"), 2, "buys nothing"),
        (("--budget", "1/month"), 1, "costs too much"),
        (("--set", "max_model_len=1"), 1, "longer than its context"),
        (("--set", "max_num_batched_tokens=1"), 1, "does not start"),
        (("--replicas", "1", "--spare", "3"), 2, "leaves nothing"),
        (("--replicas", "2", "--regions", "3"), 2, "cannot both be given"),
        (("--engine-version", "nosuch"), 2, "is not a version"),
        (("--price", "1,2"), 2, "not an amount"),
        (("--price", "=1"), 2, "names nothing"),
    ],
)
def test_what_cannot_be_or_would_not_serve_is_said(words: tuple[str, ...], code: int, said: str) -> None:
    ended = seatrial(*LAYOUT, *words)
    assert ended.code == code
    assert said in " ".join((ended.out + ended.err).split())
