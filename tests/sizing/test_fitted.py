from __future__ import annotations

from dataclasses import replace

import pytest

from seatrial.catalog.coefficients import read_coefficients, shipped, shipped_form, write_coefficients
from seatrial.domain.coefficients import Calibration
from seatrial.sizing.speed.fitted import (
    NO_GPU,
    OTHER_ATTENTION,
    OTHER_GPU,
    OTHER_MODEL,
    OTHER_VENDOR,
    coefficients_for,
)
from tests.sizing.shapes import GPT_OSS_20B, H100, LLAMA_8B, MLA, UNSEEN, layout, weights

CPU = replace(UNSEEN, name="this computer", vendor="CPU")
OTHER = replace(UNSEEN, name="Ascend 910B", vendor="Huawei")


def calibration(**changes: object) -> Calibration:
    step = replace(shipped_form("vllm", "step"), log_spread=0.03, n=12)
    made = Calibration("vllm", "0.18.0", "this computer", LLAMA_8B.name, "r-7", "2026-11-20T10:00:00", step, step)
    made = replace(made, largest_batch=4.0)
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gpu", "distance", "said"),
    [
        (H100, 0.0, "on H100 SXM)"),
        (UNSEEN, OTHER_GPU, "never on Unseen 1"),
        (OTHER, OTHER_VENDOR, "nor on another GPU of Huawei"),
        (CPU, NO_GPU, "calibrate"),
    ],
)
def test_the_further_from_what_was_measured_the_wider(gpu: object, distance: float, said: str) -> None:
    fitted = coefficients_for(layout(LLAMA_8B, gpu))  # type: ignore[arg-type]
    assert fitted.distance == distance
    assert said in fitted.note
    assert not fitted.calibrated


def test_attention_that_no_row_had_widens_the_interval() -> None:
    fitted = coefficients_for(layout(MLA))
    assert fitted.for_model(MLA).distance == OTHER_ATTENTION
    assert "attention of this kind" in fitted.for_model(MLA).note
    assert fitted.for_model(LLAMA_8B) is fitted
    seen = coefficients_for(layout(MLA, engine="llama.cpp", weights=replace(weights(MLA), format="gguf")))
    assert seen.for_model(MLA) is seen


def test_a_gpu_whose_rows_are_too_old_for_factors_of_its_own_is_not_known() -> None:
    """The one row of an A100 is of 2023, and 80 % off."""
    held = replace(weights(LLAMA_8B), format="gguf")
    spreads = [
        coefficients_for(layout(LLAMA_8B, replace(UNSEEN, name=name), engine="llama.cpp", weights=held)).distance
        for name in ("RTX 4090", "A100 80GB SXM")
    ]
    assert spreads == [0.0, OTHER_GPU]


def test_a_calibration_of_this_engine_on_this_device_comes_first() -> None:
    here = layout(LLAMA_8B, CPU)
    fitted = coefficients_for(here, [calibration()])
    assert fitted.calibrated
    assert fitted.step_spread(4) == pytest.approx(0.03)
    assert fitted.step_spread(8) > 0.05
    assert "r-7, 2026-11-20, 12 points" in fitted.note
    for elsewhere in (calibration(device="another"), calibration(engine="ollama")):
        assert not coefficients_for(here, [elsewhere]).calibrated


def test_of_two_calibrations_the_newer_counts() -> None:
    newer = calibration(run="r-8", created="2026-11-21T10:00:00")
    assert "r-8" in coefficients_for(layout(LLAMA_8B, CPU), [newer, calibration()]).note


def test_a_calibration_with_another_model_is_used_and_said_so() -> None:
    fitted = coefficients_for(layout(GPT_OSS_20B, CPU), [calibration()])
    assert fitted.distance == OTHER_MODEL
    assert "not this model" in fitted.note


def test_more_sequences_than_were_measured_widen_the_interval() -> None:
    fitted = coefficients_for(layout(LLAMA_8B))
    assert fitted.step_spread(64) == fitted.step.log_spread < fitted.step_spread(256)


def test_every_engine_that_is_planned_has_both_forms() -> None:
    for engine in ("vllm", "llama.cpp", "ollama"):
        held = replace(weights(LLAMA_8B), format="safetensors" if engine == "vllm" else "gguf")
        fitted = coefficients_for(layout(LLAMA_8B, engine=engine, weights=held))
        assert fitted.step.n > 50
        assert fitted.first.get("prefill") > 0


def test_factors_are_written_as_they_are_read() -> None:
    text = write_coefficients(shipped(), "anything")
    assert write_coefficients(read_coefficients(text), "anything") == text


def test_a_form_that_nobody_fitted() -> None:
    with pytest.raises(LookupError, match="dance of vllm"):
        shipped_form("vllm", "dance")
