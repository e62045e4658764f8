"""Lists of quantisations, GPUs that somebody has counted, and machines with several GPUs."""

from __future__ import annotations

import pytest

from seatrial.catalog.models import find_model
from seatrial.errors import UsageError
from seatrial.sizing.choice.question import Question
from seatrial.verbs.planning.plan import Wishes, plan, question_about
from seatrial.verbs.planning.settled import settled

MODEL = find_model("llama-3.1-8b")


def asked(**wishes: object) -> Question:
    return question_about(MODEL.model, MODEL.files, Wishes(**wishes))  # type: ignore[arg-type]


def test_quantisations_may_be_listed_and_repeated() -> None:
    assert asked(quants=("fp8, bf16",)).pins.quants == ("fp8", "bf16")
    assert asked(quants=("fp8", "bf16")).pins.quants == ("fp8", "bf16")
    with pytest.raises(UsageError, match="foo"):
        asked(quants=("fp8,foo",))
    with pytest.raises(UsageError, match="Q4_K_M"):
        asked(quants=("fp8", "Q4_K_M"), engines=("vllm",))


@pytest.mark.parametrize("text", ["2 x RTX 3090", "2x RTX 3090", "2xrtx 3090"])
def test_a_number_of_gpus_is_how_many_there_are(text: str) -> None:
    once = settled(Wishes(gpus=(text,)))
    assert once.owned == (("RTX 3090", 2),)
    assert settled(once) == once
    (gpu,) = asked(gpus=(text,)).gpus
    assert gpu.name == "RTX 3090"


def test_more_gpus_than_there_are_cannot_be_asked_for() -> None:
    for more in ({"tensor_parallel": 4}, {"tensor_parallel": 2, "replicas": 2}):
        with pytest.raises(UsageError, match="4 GPUs are asked for"):
            asked(gpus=("2 x L4",), **more)
    with pytest.raises(UsageError, match="no GPU at all"):
        asked(gpus=("0 x L4",))


def test_a_fixed_layout_takes_the_whole_machine_and_says_so() -> None:
    question = asked(engines=("vllm",), instances=("g5.12xlarge",))
    assert question.exact
    assert question.pins.tensor_parallel == 4
    assert "a replica is on all 4 GPUs, since nothing was said; --tp says how many" in question.notes
    assert asked(engines=("vllm",), instances=("g5.12xlarge",), tensor_parallel=1).pins.tensor_parallel == 1
    assert asked(engines=("llama.cpp",), instances=("g5.12xlarge",)).pins.pipeline_parallel == 4
    assert asked(engines=("vllm",), gpus=("3 x L4",)).pins.tensor_parallel == 2  # 32 heads on 3 GPUs do not go
    assert asked(engines=("vllm",), gpus=("L4",)).pins.tensor_parallel is None


def test_ollama_takes_no_more_gpus_than_it_needs() -> None:
    assert asked(engines=("ollama",), instances=("g5.12xlarge",)).pins.pipeline_parallel == 1
    found = plan("llama-3.1-70b", Wishes(engines=("ollama",), instances=("g5.12xlarge",)))
    assert found.plans[0].layout.gpu_count == 3  # 42 GB on GPUs of 22 GiB, with a cache and 1 GiB kept free on each


def test_counted_gpus_are_shared_by_replicas() -> None:
    pins = asked(engines=("vllm",), gpus=("16 x L4",)).pins
    assert (pins.tensor_parallel, pins.replicas) == (8, 2)


def test_what_one_gpu_cannot_hold_runs_on_the_whole_machine() -> None:
    found = plan("qwen3-32b", Wishes(engines=("vllm",), instances=("g5.12xlarge",)))
    assert found.plans[0].layout.gpu_count == 4
