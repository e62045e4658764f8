"""What users write for a plan, as the planner takes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatrial.catalog.models import catalog_models, find_model
from seatrial.catalog.offers import all_offers
from seatrial.domain.plan import Plan
from seatrial.errors import UsageError
from seatrial.sizing.choice.search import propose_all
from seatrial.verbs.planning.plan import Wishes, plan, planned, question_about
from seatrial.verbs.planning.words import chosen_clouds, read_budget, read_prices, read_size

MODEL = find_model("llama-3.1-8b")


@pytest.mark.parametrize(
    ("text", "usd"),
    [("2000/month", 2000.0), ("3/hour", 2190.0), ("$2,000 / mo", 2000.0), ("0.5/h", 365.0)],
)
def test_a_budget_is_by_the_month(text: str, usd: float) -> None:
    assert read_budget(text) == usd


@pytest.mark.parametrize("text", ["2000", "/month", "2000/year", "nan/month", "-1/hour", "1.2.3/hour"])
def test_what_is_no_budget(text: str) -> None:
    with pytest.raises(UsageError, match="budget"):
        read_budget(text)


@pytest.mark.parametrize(
    ("text", "size"), [("64GiB", 64 * 2**30), ("16GB", 16 * 10**9), ("1_000", 1000), ("1.5 g", 15 * 10**8)]
)
def test_a_size_in_bytes(text: str, size: int) -> None:
    assert read_size(text, "--x") == size


@pytest.mark.parametrize("text", ["", "GiB", "12 parsecs", "0", "1e99", "999999999 TB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(UsageError, match="--x"):
        read_size(text, "--x")


def test_a_price_is_of_a_gpu_a_machine_or_any_gpu() -> None:
    told = read_prices(["h100=2.10", "G5.2xlarge=$1", "0.5/h"], all_offers())
    assert told == (("H100 SXM", 2.10), ("g5.2xlarge", 1.0), ("", 0.5))
    for wrong in (["L41=1"], ["L4=much"], ["1", "2"], ["L4=-1"]):
        with pytest.raises(UsageError):
            read_prices(wrong, all_offers())


def test_clouds_are_typed_in_small_letters() -> None:
    assert chosen_clouds(["AWS,cloud_run", "gcp"], all_offers()) == ("aws", "cloud-run", "gcp")


def test_one_engine_and_one_gpu_is_that_one_layout() -> None:
    def exact(**wishes: object) -> bool:
        return question_about(MODEL.model, MODEL.files, Wishes(**wishes)).exact  # type: ignore[arg-type]

    assert exact(engines=("vllm",), gpus=("L4",))
    assert exact(engines=("ollama",), gpus=("g5.2xlarge",))  # a machine says which GPU
    assert not exact(engines=("vllm",))
    assert not exact(engines=("vllm",), gpus=("L4", "T4"))
    assert not exact(engines=("vllm",), gpus=("L4",), quants=("fp8", "bf16"))


def test_engines_that_do_not_know_what_is_wished_are_left_out() -> None:
    def engines(**wishes: object) -> tuple[str, ...]:
        return question_about(MODEL.model, MODEL.files, Wishes(**wishes)).engines  # type: ignore[arg-type]

    assert engines() == ("vllm", "llama.cpp", "ollama")
    assert engines(quants=("fp8",)) == ("vllm",)
    assert engines(quants=("fp8", "Q4_K_M")) == ("vllm", "llama.cpp", "ollama")
    assert engines(settings=("slots=4",)) == ("llama.cpp", "ollama")
    assert engines(kv_dtype="q5_1") == ("llama.cpp",)


def test_a_folder_is_told_to_the_engine_by_its_path(tmp_path: Path) -> None:
    config = {
        "architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "hidden_size": 1024,
        "intermediate_size": 3072, "num_hidden_layers": 28, "num_attention_heads": 16, "num_key_value_heads": 8,
        "head_dim": 128, "vocab_size": 151936, "max_position_embeddings": 40960, "torch_dtype": "bfloat16",
        "tie_word_embeddings": True,
    }  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config))
    made = planned(str(tmp_path), Wishes(engines=("vllm",), gpus=("T4",), concurrency=2))
    (found,) = made.proposal.plans
    assert (made.serve, dict(found.flags)["serve"]) == (str(tmp_path), str(tmp_path))
    assert found.layout.dtype == "float16"  # a T4 has no bfloat16


def test_weights_that_others_made_are_a_place_to_fill_in() -> None:
    found = plan("llama-3.1-8b", Wishes(engines=("vllm",), gpus=("L4",), quants=("w4a16",), concurrency=1)).plans[0]
    assert dict(found.flags)["serve"] == "<w4a16 weights of meta-llama/Llama-3.1-8B-Instruct>"
    assert any("repository that holds w4a16" in note for note in found.notes)


def test_every_model_of_the_catalogue_can_be_planned() -> None:
    wishes = Wishes(rate_per_s=1.0, input_tokens=256, output_tokens=64)
    questions = [question_about(each.model, each.files, wishes, explained=False) for each in catalog_models()]
    answers = list(propose_all(questions))
    assert len(answers) == len(questions)
    assert sum(isinstance(answer, Plan) for answer in answers) > 0.9 * len(answers)
