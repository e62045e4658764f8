"""--set: each engine's own names."""

from __future__ import annotations

import pytest

from seatrial.errors import UsageError
from seatrial.sizing.choice.settings import read_settings


@pytest.mark.parametrize(
    ("text", "engine", "field"),
    [
        ("max_model_len=8192", "vllm", ("max_model_len", 8192)),
        ("--max-model-len = 8_192", "vllm", ("max_model_len", 8192)),
        ("gpu_memory_utilization=0.95", "vllm", ("gpu_memory_utilization", 0.95)),
        ("enforce_eager=true", "vllm", ("cuda_graphs", False)),
        ("OLLAMA_NUM_PARALLEL=4", "ollama", ("max_num_seqs", 4)),
        ("n_gpu_layers=20", "llama.cpp", ("gpu_layers", 20)),
    ],
)
def test_a_setting_fills_its_field(text: str, engine: str, field: tuple[str, object]) -> None:
    assert read_settings([text], [engine]) == (field,)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["max_modle_len=1"], "not a setting of vllm"),
        (["max_model_len"], "gives no value"),
        (["max_model_len=many"], "whole number"),
        (["max_model_len=0"], "whole number"),
        (["gpu_memory_utilization=1.5"], "share above 0"),
        (["max_model_len=1", "max_model_len=2"], "twice"),
    ],
)
def test_what_is_no_setting(texts: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_settings(texts, ["vllm"])


def test_a_slip_of_the_pen_is_told_the_nearest_name() -> None:
    with pytest.raises(UsageError) as caught:
        read_settings(["max_modle_len=1"], ["vllm"])
    assert caught.value.hint == 'did you mean "max_model_len"?'


def test_a_setting_must_be_of_every_engine() -> None:
    assert read_settings(["max_model_len=1024"], ["vllm", "ollama"]) == (("max_model_len", 1024),)
    with pytest.raises(UsageError, match="not a setting of ollama"):
        read_settings(["enforce_eager=yes"], ["vllm", "ollama"])
