"""What a GGUF file changes in the terms of a step, and what the public rows make of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bench.scoreboard.ggml import by_gpu, ggml_section, is_stream, left_out_fits, streams_of
from bench.scoreboard.ggml_fit import DECODE, Stream, device_factor, fit_streams, scaled, terms_of
from bench.scoreboard.rows import read_rows
from bench.scoreboard.score import GPUS
from bench.scoreboard.shapes import gguf_file

from seatrial.sizing.speed.gguf_terms import offloaded_share

STREAMS, LEFT = streams_of(row for row in read_rows() if is_stream(row))


def stream(model: str, gpu: str) -> Stream:
    return next(each for each in STREAMS if (each.row.model, each.gpu, each.quantity) == (model, gpu, DECODE))


def test_layers_left_on_the_host_are_read_at_its_speed() -> None:
    whole = stream("Llama-3-8B", "RTX 3080")
    half = replace(whole.layout, gpu_layers=16)
    on_gpu, split = whole.terms, terms_of(whole.model, half, DECODE)
    assert offloaded_share(whole.model, half) == 0.5
    assert on_gpu["offloaded"] == 0.0
    assert split["weights"] == pytest.approx(on_gpu["weights"] / 2)
    assert split["offloaded"] * 50e9 == pytest.approx(on_gpu["weights"] / 2 * 760e9)


def test_a_float_file_needs_no_unpacking() -> None:
    quantised = stream("Llama-3-8B", "RTX 3080")
    plain = next(each for each in STREAMS if each.layout.weights.quant == "F16" and each.gpu == "RTX 4090")
    assert "float_weights" not in quantised.terms
    assert plain.terms["float_weights"] > 0
    assert plain.terms.get("weights", 0.0) == 0.0


def test_models_are_told_by_name_or_left_with_a_reason() -> None:
    found = gguf_file("DeepSeek-R1-Distill-Llama-8B-Q4_K_M.gguf", "")
    assert not isinstance(found, str)
    assert found.weights.bytes == pytest.approx(4.92e9, rel=0.01)
    assert gguf_file("Perciqa_Aurora-Code-1-Q4_K_M.gguf", "") == "unknown model, no size in the name"
    assert gguf_file("never-heard-of.gguf", "") == "no such name in gguf_names.csv"


def test_expert_widths_that_follow_from_parameters_are_those_published() -> None:
    published = {
        "Qwen3-Omni-30B-A3B-Instruct-Q4_K_M.gguf": 768,
        "ornith:35b": 512,
        "gemma-4-26B-A4B-it-QAT-Q4_0.gguf": 704,
        "DeepSeek-Coder-V2-Lite-Instruct-Q4_K_M.gguf": 1408,
        "Step-3.7-Flash-UD-IQ4_NL.gguf": 1280,
    }
    for name, width in published.items():
        found = gguf_file(name, "")
        assert not isinstance(found, str)
        assert found.model.experts is not None
        assert found.model.experts.ffn == width


def test_what_a_gpu_is_predicted_from_does_not_hold_it() -> None:
    for each, step in left_out_fits(STREAMS, by_gpu):
        assert each.gpu not in step.gpus
        assert step.device is None or step.values == fit_streams([s for s in STREAMS if s.gpu != each.gpu]).values


def test_a_gpu_gets_its_own_factor_by_how_many_rows_it_has() -> None:
    step = fit_streams(STREAMS)
    one = [stream("Qwen3-1.7B-Q4_K_M.gguf", "GTX 1050 Ti")]
    assert 1.7 < device_factor(STREAMS, step, "GTX 1050 Ti") < 2.1
    assert 1.0 < device_factor(one, step, "GTX 1050 Ti") < step.seconds(one[0].terms) ** -1 * one[0].seconds
    assert device_factor(STREAMS, step, "H100 SXM") == 1.0
    assert scaled(step, 2.0, "X").get("weights") == pytest.approx(2 * step.get("weights"))


def test_a_row_faster_than_its_memory_is_left_out() -> None:
    known = [each.row for each in STREAMS if each.gpu in ("RTX 3080", "RTX A6000")]
    found = ggml_section([*known, replace(known[0], line=2, value=400.0)])
    assert [each.row.line for each in found.left] == [2]
    assert {each.row.line for each in found.scored if each.left_out == GPUS} == {row.line for row in known}
