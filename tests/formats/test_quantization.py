"""The number format a checkpoint is in, from the many ways its config says it."""

import json
from pathlib import Path
from typing import Any

import pytest

from seatrial.formats.quantization import quant_of_config

_REAL: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "bench" / "scoreboard" / "configs.json").read_text()
)
_FP4_WEIGHTS = {"weights": {"num_bits": 4, "type": "float"}}
_INT4_WEIGHTS = {"weights": {"num_bits": 4, "type": "int"}, "input_activations": None}


@pytest.mark.parametrize(
    ("name", "quant"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "bf16"),
        ("microsoft/phi-2", "f16"),
        ("RedHatAI/Qwen2.5-7B-Instruct-fp8-dynamic", "fp8"),
        ("RedHatAI/Qwen2.5-7B-Instruct-quantized.w8a8", "w8a8"),
        ("RedHatAI/Meta-Llama-3.1-8B-Instruct-quantized.w4a16", "w4a16"),
        ("openai/gpt-oss-20b", "mxfp4"),
        ("MiniMaxAI/MiniMax-M2.5", "fp8"),
        ("qwen3.5-397b-gptq", "w4a16"),
    ],
)
def test_published_checkpoints(name: str, quant: str) -> None:
    assert quant_of_config(_REAL[name]) == quant


@pytest.mark.parametrize(
    ("said", "quant"),
    [
        ({"quant_method": "awq", "bits": 4}, "w4a16"),
        ({"quant_method": "gptq", "bits": 8}, "w8a16"),
        ({"quant_method": "modelopt", "quant_algo": "NVFP4"}, "nvfp4"),
        ({"quant_method": "modelopt", "quant_algo": "FP8"}, "fp8"),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, "bnb-4bit"),
        ({"quant_method": "compressed-tensors", "format": "nvfp4-pack-quantized"}, "nvfp4"),
        ({"quant_method": "compressed-tensors", "config_groups": {"group_0": _INT4_WEIGHTS}}, "w4a16"),
        ({"quant_method": "compressed-tensors", "config_groups": {"group_0": _FP4_WEIGHTS}}, "nvfp4"),
        ({"quant_method": "brandnew"}, "brandnew"),
    ],
)
def test_ways_of_saying_it(said: dict[str, Any], quant: str) -> None:
    assert quant_of_config({"quantization_config": said}) == quant
    assert quant_of_config({"text_config": {"quantization_config": said}}) == quant


def test_silence_is_sixteen_bits() -> None:
    assert quant_of_config({}) == "bf16"
    assert quant_of_config({"text_config": {"dtype": "float32"}}) == "f32"
